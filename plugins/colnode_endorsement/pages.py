"""Public pages: the graph, one endorsement, and the answer to a mailed request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, json, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    ColnodeError,
    NotFound,
    _,
    current_node,
    current_person,
    find_earned,
    gettext,
    may,
    organisations,
    pick_language,
    render,
    require,
    url,
)
from colnode_endorsement import asking, forms, giving, graph, models, standing, subjects
from colnode_endorsement.states import Kind, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp", "graph_document", "subject_of_ask"]

bp = Blueprint("endorsement", __name__)
_DOCUMENT = "application/vc"


@bp.route("/endorsements")
@require("public.read")
def show_graph() -> ResponseReturnValue:
    """Who stands behind whom, as a drawing and as a table that says the same."""
    found = graph.read(current_node())
    return render(
        "endorsement/graph.html", graph=found, drawing=graph.draw(found), wrapped=graph.wrapped
    )


@bp.route("/endorsements/graph.json")
@require("public.read")
def show_graph_json() -> ResponseReturnValue:
    """The same as data."""
    answer = Response(
        json.dumps(graph_document(current_node()), ensure_ascii=False),
        content_type="application/json",
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


def graph_document(node: Node) -> dict[str, Any]:
    """The graph as JSON: the organisations, and each endorsement between two of them."""
    found = graph.read(node)
    parties = {item.id: item for item in [*found.endorsers, *found.endorsed]}
    base = node.config.server.base_url
    return {
        "organisations": [
            {"id": item.id, "name": item.name, "city": item.city, "url": base + item.url}
            for item in parties.values()
        ],
        "endorsements": [
            {
                "id": edge.standing.url,
                "endorser": edge.endorser.id,
                "endorsed": edge.endorsed.id,
                "about": edge.standing.about,
                "name": edge.standing.about_name,
                "type": edge.standing.kind,
                "signed_at": edge.standing.signed_at.isoformat(),
                "valid_until": _iso(edge.standing.valid_until),
                "waits_for_confirmation": edge.is_changed,
            }
            for edge in found.edges
        ],
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


@bp.route("/endorsements/<address>")
@require("public.read")
def show(address: str) -> ResponseReturnValue:
    """One endorsement of this city: a page for people, the signed document for programs."""
    given = _readable(address)
    best = request.accept_mimetypes.best_match(
        ["text/html", "application/vc", "application/ld+json", "application/json"]
    )
    if request.accept_mimetypes and best not in (None, "text/html"):
        return _as_document(given)
    node = current_node()
    shown = standing.of_given(node, given)
    organisation = organisations.get_organisation(node, given.organisation_id)
    page = render(
        "endorsement/show.html",
        given=given,
        shown=shown,
        organisation=organisation,
        subject=_subject(given),
        is_private=given.kind == Kind.CREDENTIAL,
        address=giving.endorsement_url(node, given.address),
        is_mine=may("endorsement.manage", given.organisation_id),
    )
    answer = Response(page)
    answer.vary.add("Accept")
    if given.kind == Kind.CREDENTIAL:
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@bp.route("/endorsements/<address>.json")
@require("public.read")
def show_json(address: str) -> ResponseReturnValue:
    """The signed EndorsementCredential, byte for byte."""
    return _as_document(_readable(address))


def _readable(address: str) -> models.Given:
    """One that is signed. That of a person's badge has an unguessable address."""
    given = giving.get_given(current_node(), address)
    if given.address != address or given.document in (None, "{}"):
        raise NotFound(_("There is no such endorsement."))
    return given


def _as_document(given: models.Given) -> Response:
    answer = Response(given.document, content_type=_DOCUMENT)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.add("Accept")
    if given.kind == Kind.CREDENTIAL:
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _subject(given: models.Given) -> subjects.Subject | None:
    try:
        return subjects.find_subject(current_node(), given.about)
    except NotFound:
        return None


@bp.route("/endorsements/asked/<token>")
@require("public.read")
def asked(token: str) -> ResponseReturnValue:
    """What somebody is asked for by mail, with yes and no."""
    return answer_page(asking.by_token(current_node(), token), token=token)


@bp.route("/endorsements/asked/<token>/accept", methods=["POST"])
@require("public.read")
def accept(token: str) -> ResponseReturnValue:
    """Yes, with an organisation that one works for or a new one."""
    node, person = current_node(), current_person()
    found = asking.by_token(node, token)
    organisation_id = request.form.get("organisation_id") or None
    if organisation_id and not may("endorsement.manage", organisation_id):
        raise NotFound(_("There is no such organisation among yours."))
    try:
        given = asking.accept_by_link(
            node,
            token,
            content=forms.read_content(node),
            person_id=person.id if person else None,
            organisation_id=organisation_id,
            newcomer=asking.Newcomer(
                request.form.get("name", ""),
                request.form.get("url", ""),
                request.form.get("display_name", ""),
            ),
        )
    except ColnodeError as error:
        return answer_page(found, token=token, error=error)
    return render("endorsement/thanks.html", given=given, is_signed=given.state == State.SIGNED)


@bp.route("/endorsements/asked/<token>/decline", methods=["POST"])
@require("public.read")
def decline(token: str) -> ResponseReturnValue:
    """No, with or without a reason."""
    node = current_node()
    found = asking.by_token(node, token)
    person = current_person()
    asking.decline(
        node,
        found.id,
        answer=request.form.get("answer", "")[:1_000],
        actor_id=person.id if person else None,
    )
    return render("endorsement/thanks.html", given=None, is_signed=False)


def answer_page(
    found: models.Ask, *, token: str | None = None, error: ColnodeError | None = None
) -> ResponseReturnValue:
    """The page with a request: what it is about, who asks, and the forms of yes and no."""
    node = current_node()
    asker = None
    if found.organisation_id is not None:
        asker = organisations.get_organisation(node, found.organisation_id)
    choices = forms.my_organisations(node)
    if token is None:
        choices = [choice for choice in choices if choice[0] == found.endorser_id]
    page = render(
        "endorsement/answer.html",
        asked=found,
        asker=asker,
        subject=subject_of_ask(node, found),
        token=token,
        organisations=choices,
        values=forms.typed(),
        errors=forms.errors_of(error) if error else {},
        reason=forms.say(error) if error else None,
        has_account=error is not None and error.code == "conflict",
    )
    return (page, error.status) if error else page


def subject_of_ask(node: Node, found: models.Ask) -> dict[str, Any]:
    """What a page shows of the thing that a request is about."""
    try:
        subject = subjects.find_subject(node, found.about, viewer_id=found.asked_by)
    except NotFound:
        raise NotFound(_("What you were asked about is not there any more.")) from None
    document: dict[str, Any] = {}
    if subject.kind is Kind.CREDENTIAL:
        badge = find_earned(node, subject.id, viewer_id=found.asked_by)
        document = dict(badge.document["credentialSubject"]["achievement"])
    return {
        "name": pick_language(subject.name),
        "kind": kind_words(subject.kind),
        "url": subject.page_url,
        "address": node.config.server.base_url + subject.page_url,
        "text": document.get("description", ""),
        "criteria": document.get("criteria", {}).get("narrative", ""),
        "is_credential": subject.kind is Kind.CREDENTIAL,
    }


def kind_words(kind: str) -> str:
    """What is endorsed, in a word."""
    words = {
        Kind.ACHIEVEMENT: gettext("Badge"),
        Kind.ORGANISATION: gettext("Organisation"),
        Kind.CREDENTIAL: gettext("One person’s badge"),
    }
    return words[Kind(kind)]


@bp.route("/endorsements/start")
@require("account.use")
def start() -> ResponseReturnValue:
    """Choose the organisation that endorses; straight to the form when there is one."""
    node, about = current_node(), request.args.get("about", "")
    choices = forms.my_organisations(node)
    if len(choices) == 1:
        target = url("endorsement_organising.give", organisation_id=choices[0][0], about=about)
        return redirect(target)
    if not choices:
        flash(gettext("Endorsements are given by organisations. Register yours first."), "info")
        return redirect("/organisations/new")
    return render("endorsement/choose.html", organisations=choices, about=about)
