"""Organisers' pages: what they endorse, what they are asked, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    ColnodeError,
    NotFound,
    current_node,
    gettext,
    organisations,
    pick_language,
    render,
    require,
    url,
)
from colnode_endorsement import asking, elsewhere, forms, giving, models, pages, standing, subjects
from colnode_endorsement.states import Kind, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("endorsement_organising", __name__)


def _given_owner(node: Node, given_id: str) -> str:
    return giving.organisation_of(node, given_id)


def _ask_owner(node: Node, ask_id: str) -> str:
    return asking.endorser_of(node, ask_id)


@bp.route("/organiser/endorsements")
@require("account.use")
def mine() -> ResponseReturnValue:
    """The organisations to endorse for; straight there when it is one."""
    choices = forms.my_organisations(current_node())
    if len(choices) == 1:
        return redirect(url("endorsement_organising.listing", organisation_id=choices[0][0]))
    return render("endorsement/mine.html", organisations=choices)


@bp.route("/organiser/<organisation_id>/endorsements")
@require("endorsement.manage")
def listing(organisation_id: str) -> ResponseReturnValue:
    """What waits for an answer, what the organisation endorses, and what it asked for."""
    node = current_node()
    about = f"{node.id}/organisation/{organisation_id}"
    return render(
        "endorsement/listing.html",
        organisation=organisations.get_organisation(node, organisation_id),
        waiting=asking.list_waiting(node, organisation_id),
        given=[_row(node, item) for item in giving.list_given(node, organisation_id)],
        asked=asking.list_asked(node, organisation_id=organisation_id),
        behind=_behind(node, about),
        about=about,
        kind_words=pages.kind_words,
    )


def _behind(node: Node, about: str) -> list[standing.Standing]:
    try:
        return standing.behind(node, subjects.find_subject(node, about))
    except NotFound:
        return []


def _row(node: Node, given: models.Given) -> dict[str, object]:
    subject, is_changed = None, False
    try:
        subject = subjects.find_subject(node, given.about)
        is_changed = given.state == State.SIGNED and given.digest != subject.digest
    except NotFound:
        pass
    return {
        "given": given,
        "url": f"/endorsements/{given.address}" if given.state != State.WAITING else None,
        "is_changed": is_changed and given.kind != Kind.CREDENTIAL,
        "is_over": given.state == State.SIGNED and not giving.stands(given, node.clock.now()),
        "about_url": subject.page_url if subject else "",
    }


@bp.route("/organiser/<organisation_id>/endorsements/give")
@require("endorsement.manage")
def give(organisation_id: str) -> ResponseReturnValue:
    """The form about something; without it, the field for the address of an earned badge."""
    about = request.args.get("about", "").strip()
    if not about:
        return _form(organisation_id, None, "")
    try:
        return _form(organisation_id, _subject(current_node(), about), about)
    except ColnodeError as error:
        return _form(organisation_id, None, about, error)


@bp.route("/organiser/<organisation_id>/endorsements/give", methods=["POST"])
@require("endorsement.manage")
def give_now(organisation_id: str) -> ResponseReturnValue:
    """Sign it, or let a job look at a badge of another city first."""
    node, about = current_node(), request.form.get("about", "").strip()
    try:
        content = forms.read_content(node)
        actor_id = forms.actor_id()
        if elsewhere.is_elsewhere(node, about):
            elsewhere.give(node, organisation_id, about, content=content, actor_id=actor_id)
            flash(gettext("We look at the badge in its city, then your endorsement is signed."))
        else:
            giving.give(node, organisation_id, about, content=content, actor_id=actor_id)
            flash(gettext("Signed. Everybody can check that it is yours."), "success")
    except ColnodeError as error:
        subject = None
        if not elsewhere.is_elsewhere(node, about):
            subject = _subject(node, about)
        return _form(organisation_id, subject, about, error)
    return redirect(url("endorsement_organising.listing", organisation_id=organisation_id))


def _subject(node: Node, about: str) -> subjects.Subject:
    if elsewhere.is_elsewhere(node, about):
        return elsewhere.look(node, about)
    return subjects.find_subject(node, about, viewer_id=forms.actor_id())


def _form(
    organisation_id: str,
    subject: subjects.Subject | None,
    about: str,
    error: ColnodeError | None = None,
) -> ResponseReturnValue:
    page = render(
        "endorsement/give.html",
        organisation=organisations.get_organisation(current_node(), organisation_id),
        subject=subject,
        name=pick_language(subject.name) if subject else "",
        kind=pages.kind_words(subject.kind) if subject else "",
        about=subject.reference if subject else about,
        values=forms.typed(),
        errors=forms.errors_of(error) if error else {},
        reason=forms.say(error) if error else None,
    )
    return (page, error.status) if error else page


@bp.route("/organiser/endorsements/<given_id>/withdraw", methods=["GET", "POST"])
@require("endorsement.manage", organisation_of=_given_owner)
def withdraw(given_id: str) -> ResponseReturnValue:
    """Ask before it is revoked for good."""
    node = current_node()
    given = giving.get_given(node, given_id)
    if request.method != "POST":
        return render("endorsement/withdraw.html", given=given)
    giving.withdraw(node, given.id, actor_id=forms.actor_id())
    flash(gettext("Withdrawn. Whoever checks it sees that."), "success")
    return redirect(url("endorsement_organising.listing", organisation_id=given.organisation_id))


@bp.route("/organiser/endorsements/<given_id>/confirm", methods=["POST"])
@require("endorsement.manage", organisation_of=_given_owner)
def confirm(given_id: str) -> ResponseReturnValue:
    """It holds for what has changed."""
    node = current_node()
    given = giving.get_given(node, given_id)
    giving.confirm(node, given.id, actor_id=forms.actor_id())
    flash(gettext("Confirmed. It holds for what it says now."), "success")
    return redirect(url("endorsement_organising.listing", organisation_id=given.organisation_id))


@bp.route("/organiser/endorsements/requests/<ask_id>")
@require("endorsement.manage", organisation_of=_ask_owner)
def answer(ask_id: str) -> ResponseReturnValue:
    """A request to this organisation, with yes and no."""
    return pages.answer_page(asking.get_ask(current_node(), ask_id))


@bp.route("/organiser/endorsements/requests/<ask_id>/accept", methods=["POST"])
@require("endorsement.manage", organisation_of=_ask_owner)
def accept(ask_id: str) -> ResponseReturnValue:
    """Yes: it is signed."""
    node = current_node()
    endorser_id = asking.endorser_of(node, ask_id)
    try:
        asking.accept(
            node,
            ask_id,
            organisation_id=endorser_id,
            content=forms.read_content(node),
            actor_id=forms.actor_id(),
        )
    except ColnodeError as error:
        return pages.answer_page(asking.get_ask(node, ask_id), error=error)
    flash(gettext("Signed. Everybody can check that it is yours."), "success")
    return redirect(url("endorsement_organising.listing", organisation_id=endorser_id))


@bp.route("/organiser/endorsements/requests/<ask_id>/decline", methods=["POST"])
@require("endorsement.manage", organisation_of=_ask_owner)
def decline(ask_id: str) -> ResponseReturnValue:
    """No, with or without a reason."""
    node = current_node()
    endorser_id = asking.endorser_of(node, ask_id)
    words = request.form.get("answer", "")[:1_000]
    asking.decline(node, ask_id, answer=words, actor_id=forms.actor_id())
    flash(gettext("Declined. Who asked gets a mail."), "success")
    return redirect(url("endorsement_organising.listing", organisation_id=endorser_id))


@bp.route("/organiser/<organisation_id>/endorsements/ask")
@require("endorsement.manage")
def ask(organisation_id: str) -> ResponseReturnValue:
    """Whom to ask for an endorsement of one's organisation or of a badge of it."""
    return _ask_form(organisation_id, request.args.get("about", ""))


@bp.route("/organiser/<organisation_id>/endorsements/ask", methods=["POST"])
@require("endorsement.manage")
def ask_now(organisation_id: str) -> ResponseReturnValue:
    """Send the request."""
    node, about = current_node(), request.form.get("about", "")
    try:
        asking.ask(
            node,
            about,
            actor_id=forms.actor_id(),
            organisation_id=organisation_id,
            endorser_id=request.form.get("endorser_id") or None,
            email=request.form.get("email", ""),
            message=request.form.get("message", ""),
        )
    except ColnodeError as error:
        return _ask_form(organisation_id, about, error)
    flash(gettext("Asked. You get a mail when there is an answer."), "success")
    return redirect(url("endorsement_organising.listing", organisation_id=organisation_id))


def _ask_form(
    organisation_id: str, about: str, error: ColnodeError | None = None
) -> ResponseReturnValue:
    node = current_node()
    subject = subjects.find_subject(node, about or f"{node.id}/organisation/{organisation_id}")
    if subject.owner_id != organisation_id:
        raise NotFound(gettext("This is not offered, or not any more."))
    page = render(
        "endorsement/ask.html",
        back_url=url("endorsement_organising.listing", organisation_id=organisation_id),
        post_url=url("endorsement_organising.ask_now", organisation_id=organisation_id),
        about=subject.reference,
        name=pick_language(subject.name),
        choices=endorser_choices(node, without=organisation_id),
        values=forms.typed(),
        errors=forms.errors_of(error) if error else {},
        reason=forms.say(error) if error else None,
    )
    return (page, error.status) if error else page


def endorser_choices(node: Node, *, without: str) -> list[tuple[str, str]]:
    """The verified organisations of the city, as a list to choose from."""
    verified = organisations.OrganisationStatus.VERIFIED
    found = organisations.list_organisations(node, status=verified, limit=500)
    named = [(item.id, pick_language(item.name)) for item in found if item.id != without]
    return sorted(named, key=lambda pair: pair[1].casefold())


@bp.route("/organiser/endorsements/asked/<ask_id>/cancel", methods=["POST"])
@require("account.use")
def cancel(ask_id: str) -> ResponseReturnValue:
    """Take one's own request back."""
    node = current_node()
    found = asking.get_ask(node, ask_id)
    asking.cancel(node, ask_id, actor_id=forms.actor_id())
    flash(gettext("Taken back."), "success")
    if found.organisation_id is None:
        address = found.about.rpartition("/")[2]
        return redirect(url("endorsement_mine.show", address=address))
    return redirect(url("endorsement_organising.listing", organisation_id=found.organisation_id))
