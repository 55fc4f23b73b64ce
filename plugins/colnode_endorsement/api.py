"""Endorsements at /api/v1: read, give, confirm, withdraw; ask and answer; what learners hold."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from colnode.plugin import NotFound, _, current_node, current_person, may, operation, require
from colnode_endorsement import asking, elsewhere, forms, giving, holding, pages, standing
from colnode_endorsement.content import Content
from colnode_endorsement.models import Ask, Given, Held
from colnode_endorsement.subjects import find_subject

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("endorsement_api", __name__)
_TAG = "endorsements"


class EndorsementInput(BaseModel):
    """What an endorser says. A receipt says that a badge was accepted for `opportunity`."""

    model_config = ConfigDict(extra="forbid")

    comment: str = Field("", max_length=5_000)
    opportunity: str = Field("", max_length=500)
    opportunity_url: str = Field("", max_length=2_000)
    valid_until: AwareDatetime | None = None
    is_receipt: bool = False


class NewEndorsement(EndorsementInput):
    """`about` is `NODE/achievement/ID`, `NODE/organisation/ID` or an earned badge's address."""

    about: str = Field(min_length=1, max_length=2_000)


class StandingOutput(BaseModel):
    """An endorsement that counts. `document` is the signed EndorsementCredential."""

    id: str
    endorser: dict[str, str]
    endorser_did: str
    city: dict[str, str] | None
    about: str
    type: str
    comment: str
    opportunity: str
    opportunity_url: str
    is_receipt: bool
    is_changed: bool
    signed_at: datetime
    valid_until: datetime | None
    document: dict[str, Any]


class StandingList(BaseModel):
    """Who stands behind something."""

    items: list[StandingOutput]


class AboutQuery(BaseModel):
    """What is endorsed: `NODE/achievement/ID` or `NODE/organisation/ID`."""

    about: str = Field(min_length=1, max_length=500)


class GivenOutput(BaseModel):
    """An endorsement of an organisation of this city, in any state."""

    id: str
    url: str
    organisation_id: str
    about: str
    name: dict[str, str]
    type: str
    state: str
    comment: str
    opportunity: str
    opportunity_url: str
    is_receipt: bool
    signed_at: datetime | None
    valid_until: datetime | None
    withdrawn_at: datetime | None


class GivenList(BaseModel):
    """What an organisation endorses, newest first."""

    items: list[GivenOutput]


class AskInput(BaseModel):
    """Whom to ask: an organisation of this city, or an e-mail address."""

    model_config = ConfigDict(extra="forbid")

    about: str = Field(min_length=1, max_length=2_000)
    endorser_id: str | None = Field(None, max_length=100)
    email: str = Field("", max_length=300)
    message: str = Field("", max_length=5_000)


class AskOutput(BaseModel):
    """A request and what became of it. `email` is there until it is answered."""

    id: str
    about: str
    name: dict[str, str]
    type: str
    endorser_id: str | None
    organisation_id: str | None
    email: str | None
    message: str
    state: str
    answer: str
    created_at: datetime
    expires_at: datetime


class AskList(BaseModel):
    """Requests: those that wait for an answer, and those that were made."""

    waiting: list[AskOutput]
    asked: list[AskOutput]


class DeclineInput(BaseModel):
    """Why not, if one wants to say."""

    model_config = ConfigDict(extra="forbid")

    answer: str = Field("", max_length=5_000)


class LinkAnswer(EndorsementInput):
    """An answer by a mailed link's token; without an account it opens one, with an organisation."""

    token: str = Field(min_length=1, max_length=200)
    organisation_id: str | None = Field(None, max_length=100)
    organisation_name: str = Field("", max_length=300)
    organisation_url: str = Field("", max_length=2_000)
    display_name: str = Field("", max_length=300)


class LinkDecline(DeclineInput):
    """No, by a mailed link's token."""

    token: str = Field(min_length=1, max_length=200)


class HeldInput(BaseModel):
    """An endorsement from another city for one's own badge."""

    model_config = ConfigDict(extra="forbid")

    badge: str = Field(min_length=1, max_length=2_000)
    source_url: str = Field(min_length=1, max_length=2_000)


class HeldChange(BaseModel):
    """Whether everybody sees it and the badge carries it."""

    model_config = ConfigDict(extra="forbid")

    is_shown: bool


class HeldOutput(BaseModel):
    """An endorsement of one's own badge; `outcome` is checking, valid, ended or unproven."""

    id: str
    badge: str
    source_url: str
    outcome: str
    is_shown: bool
    received_at: datetime


class HeldList(BaseModel):
    """All endorsements of one's own badges, newest first."""

    items: list[HeldOutput]


class GraphOutput(BaseModel):
    """Organisations, and each endorsement between two of them."""

    organisations: list[dict[str, Any]]
    endorsements: list[dict[str, Any]]


def _content(given: EndorsementInput) -> Content:
    return Content(
        given.comment,
        given.opportunity,
        given.opportunity_url,
        given.valid_until,
        given.is_receipt,
    )


def _standing(item: standing.Standing) -> StandingOutput:
    return StandingOutput(
        id=item.url,
        endorser=dict(item.endorser),
        endorser_did=item.endorser_did,
        city=dict(item.city) if item.city else None,
        about=item.about,
        type=str(item.kind),
        comment=item.comment,
        opportunity=item.opportunity,
        opportunity_url=item.opportunity_url,
        is_receipt=item.is_receipt,
        is_changed=item.is_changed,
        signed_at=item.signed_at,
        valid_until=item.valid_until,
        document=dict(item.document),
    )


def _given(node: "Node", item: Given) -> GivenOutput:
    return GivenOutput(
        id=item.id,
        url=giving.endorsement_url(node, item.address),
        organisation_id=item.organisation_id,
        about=item.about,
        name=dict(item.about_name),
        type=item.kind,
        state=item.state,
        comment=item.comment,
        opportunity=item.opportunity,
        opportunity_url=item.opportunity_url,
        is_receipt=item.is_receipt,
        signed_at=item.signed_at,
        valid_until=item.valid_until,
        withdrawn_at=item.withdrawn_at,
    )


def _ask(item: Ask) -> AskOutput:
    return AskOutput(
        id=item.id,
        about=item.about,
        name=dict(item.about_name),
        type=item.kind,
        endorser_id=item.endorser_id,
        organisation_id=item.organisation_id,
        email=item.email,
        message=item.message,
        state=item.state,
        answer=item.answer,
        created_at=item.created_at,
        expires_at=item.expires_at,
    )


def _held(item: Held) -> HeldOutput:
    return HeldOutput(
        id=item.id,
        badge=item.about,
        source_url=item.source_url,
        outcome=item.outcome,
        is_shown=item.is_shown,
        received_at=item.received_at,
    )


def _given_owner(node: "Node", given_id: str) -> str:
    return giving.organisation_of(node, given_id)


def _ask_owner(node: "Node", ask_id: str) -> str:
    return asking.endorser_of(node, ask_id)


@bp.route("/endorsements")
@require("public.read")
@operation(tag=_TAG, query=AboutQuery, response=StandingList)
def list_standing(query: AboutQuery) -> StandingList:
    """Who stands behind a badge or an organisation, of this city or another."""
    node = current_node()
    if "://" in query.about:
        raise NotFound(_("This is not offered, or not any more."))
    found = standing.behind(node, find_subject(node, query.about))
    return StandingList(items=[_standing(item) for item in found])


@bp.route("/endorsements/graph")
@require("public.read")
@operation(tag=_TAG, response=GraphOutput)
def get_graph() -> GraphOutput:
    """Who stands behind whom across cities."""
    return GraphOutput(**pages.graph_document(current_node()))


@bp.route("/organisations/<organisation_id>/endorsements")
@require("endorsement.manage")
@operation(tag=_TAG, response=GivenList)
def list_given(organisation_id: str) -> GivenList:
    """What your organisation endorses, also what waits and what was withdrawn."""
    node = current_node()
    found = giving.list_given(node, organisation_id)
    return GivenList(items=[_given(node, item) for item in found])


@bp.route("/organisations/<organisation_id>/endorsements", methods=["POST"])
@require("endorsement.manage")
@operation(tag=_TAG, body=NewEndorsement, response=GivenOutput, status=201)
def give(organisation_id: str, json: NewEndorsement) -> GivenOutput:
    """Endorse something. An earned badge of another city is looked at first, then it is signed."""
    node = current_node()
    content, actor_id = _content(json), forms.actor_id()
    if elsewhere.is_elsewhere(node, json.about):
        found = elsewhere.give(
            node, organisation_id, json.about, content=content, actor_id=actor_id
        )
    else:
        found = giving.give(node, organisation_id, json.about, content=content, actor_id=actor_id)
    return _given(node, found)


@bp.route("/endorsements/<given_id>/confirm", methods=["POST"])
@require("endorsement.manage", organisation_of=_given_owner)
@operation(tag=_TAG, response=GivenOutput)
def confirm(given_id: str) -> GivenOutput:
    """Say that an endorsement holds for what has changed since."""
    node = current_node()
    given = giving.get_given(node, given_id)
    return _given(node, giving.confirm(node, given.id, actor_id=forms.actor_id()))


@bp.route("/endorsements/<given_id>/withdraw", methods=["POST"])
@require("endorsement.manage", organisation_of=_given_owner)
@operation(tag=_TAG, response=GivenOutput)
def withdraw(given_id: str) -> GivenOutput:
    """Revoke an endorsement."""
    node = current_node()
    given = giving.get_given(node, given_id)
    return _given(node, giving.withdraw(node, given.id, actor_id=forms.actor_id()))


@bp.route("/organisations/<organisation_id>/endorsement-requests")
@require("endorsement.manage")
@operation(tag=_TAG, response=AskList)
def list_requests(organisation_id: str) -> AskList:
    """What your organisation is asked, and what it asked for."""
    node = current_node()
    return AskList(
        waiting=[_ask(item) for item in asking.list_waiting(node, organisation_id)],
        asked=[_ask(item) for item in asking.list_asked(node, organisation_id=organisation_id)],
    )


@bp.route("/organisations/<organisation_id>/endorsement-requests", methods=["POST"])
@require("endorsement.manage")
@operation(tag=_TAG, body=AskInput, response=AskOutput, status=201)
def ask(organisation_id: str, json: AskInput) -> AskOutput:
    """Ask for an endorsement of your organisation or of a badge of it."""
    found = asking.ask(
        current_node(),
        json.about,
        actor_id=forms.actor_id(),
        organisation_id=organisation_id,
        endorser_id=json.endorser_id,
        email=json.email,
        message=json.message,
    )
    return _ask(found)


@bp.route("/endorsement-requests/<ask_id>/accept", methods=["POST"])
@require("endorsement.manage", organisation_of=_ask_owner)
@operation(tag=_TAG, body=EndorsementInput, response=GivenOutput, status=201)
def accept(ask_id: str, json: EndorsementInput) -> GivenOutput:
    """Say yes to a request to your organisation."""
    node = current_node()
    given = asking.accept(
        node,
        ask_id,
        organisation_id=asking.endorser_of(node, ask_id),
        content=_content(json),
        actor_id=forms.actor_id(),
    )
    return _given(node, given)


@bp.route("/endorsement-requests/<ask_id>/decline", methods=["POST"])
@require("endorsement.manage", organisation_of=_ask_owner)
@operation(tag=_TAG, body=DeclineInput, response=AskOutput)
def decline(ask_id: str, json: DeclineInput) -> AskOutput:
    """Say no to a request to your organisation."""
    node = current_node()
    return _ask(asking.decline(node, ask_id, answer=json.answer, actor_id=forms.actor_id()))


@bp.route("/endorsement-requests/<ask_id>", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, status=204)
def cancel(ask_id: str) -> None:
    """Take your own request back."""
    asking.cancel(current_node(), ask_id, actor_id=forms.actor_id())


@bp.route("/endorsement-answers", methods=["POST"])
@require("public.read")
@operation(tag=_TAG, body=LinkAnswer, response=GivenOutput, status=201)
def accept_by_link(json: LinkAnswer) -> GivenOutput:
    """Say yes by a mailed link."""
    node, person = current_node(), current_person()
    if json.organisation_id and not may("endorsement.manage", json.organisation_id):
        raise NotFound(_("There is no such organisation among yours."))
    given = asking.accept_by_link(
        node,
        json.token,
        content=_content(json),
        person_id=person.id if person else None,
        organisation_id=json.organisation_id,
        newcomer=asking.Newcomer(json.organisation_name, json.organisation_url, json.display_name),
    )
    return _given(node, given)


@bp.route("/endorsement-answers/decline", methods=["POST"])
@require("public.read")
@operation(tag=_TAG, body=LinkDecline, status=204)
def decline_by_link(json: LinkDecline) -> None:
    """Say no by a mailed link."""
    node = current_node()
    asking.decline(node, asking.by_token(node, json.token).id, answer=json.answer)


@bp.route("/me/endorsements")
@require("account.use")
@operation(tag=_TAG, response=HeldList)
def list_held() -> HeldList:
    """Endorsements of your own badges, also those that nobody else sees."""
    found = holding.list_held(current_node(), forms.actor_id())
    return HeldList(items=[_held(item) for item in found])


@bp.route("/me/endorsements", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=HeldInput, response=HeldOutput, status=202)
def bring(json: HeldInput) -> HeldOutput:
    """Add an endorsement from another city to your own badge."""
    found = holding.bring(current_node(), forms.actor_id(), json.badge, json.source_url)
    return _held(found)


@bp.route("/me/endorsements/<held_id>", methods=["PATCH"])
@require("account.use")
@operation(tag=_TAG, body=HeldChange, response=HeldOutput)
def change_held(held_id: str, json: HeldChange) -> HeldOutput:
    """Show an endorsement on your badge's page and in the badge, or hide it."""
    found = holding.set_shown(
        current_node(), held_id, person_id=forms.actor_id(), is_shown=json.is_shown
    )
    return _held(found)


@bp.route("/me/endorsements/<held_id>", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, status=204)
def remove_held(held_id: str) -> None:
    """Forget an endorsement of your badge."""
    holding.remove(current_node(), held_id, person_id=forms.actor_id())


@bp.route("/me/endorsement-requests")
@require("account.use")
@operation(tag=_TAG, response=AskList)
def list_my_requests() -> AskList:
    """What you asked for your own badges."""
    found = asking.list_asked(current_node(), person_id=forms.actor_id())
    return AskList(waiting=[], asked=[_ask(item) for item in found])


@bp.route("/me/endorsement-requests", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=AskInput, response=AskOutput, status=201)
def ask_for_badge(json: AskInput) -> AskOutput:
    """Ask somebody to stand behind your own badge."""
    found = asking.ask(
        current_node(),
        json.about,
        actor_id=forms.actor_id(),
        endorser_id=json.endorser_id,
        email=json.email,
        message=json.message,
    )
    return _ask(found)
