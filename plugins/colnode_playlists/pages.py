"""Pages for everybody: all playlists, one playlist, one's own way along it, and the guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    current_node,
    current_person,
    gettext,
    pick_language,
    record_links,
    render,
    require,
    url,
)
from colnode_playlists import (
    access,
    guide,
    journeys,
    library,
    progress,
    service,
    states,
    views,
    words,
)

if TYPE_CHECKING:
    from colnode_playlists.library import Found

__all__ = ["bp"]

bp = Blueprint("playlists", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(playlist_words=words))


@bp.route("/playlists")
@require("public.read")
def index() -> ResponseReturnValue:
    """Every playlist that can be started here, of this and other cities, own ones first."""
    node = current_node()
    arguments = {
        name: request.args.get(name, "").replace("\x00", "").strip()[:200]
        for name in ("q", "language", "own", "tag")
    }
    found, total, following = library.search(
        node,
        text=arguments["q"],
        is_own=arguments["own"] == "1",
        language=arguments["language"],
        tag=arguments["tag"],
        cursor=request.args.get("after"),
    )
    kept = {name: value for name, value in arguments.items() if value}
    return render(
        "playlists/index.html",
        cards=[views.card(node, item) for item in found],
        total=total,
        chosen=kept,
        next_url=url("playlists.index", after=following, **kept) if following else None,
        spoken=words.language_choices(),
    )


@bp.route("/playlists/<playlist_id>")
@require("public.read")
def show(playlist_id: str) -> ResponseReturnValue:
    """One playlist of this city; drafts and people's own for those who may see them."""
    return _page(f"self/playlist/{playlist_id}")


@bp.route("/playlists/from/<origin>/<playlist_id>")
@require("public.read")
def show_foreign(origin: str, playlist_id: str) -> ResponseReturnValue:
    """One playlist of any city, from this city's copy of its record."""
    return _page(f"{origin}/playlist/{playlist_id}")


@bp.route("/playlists/shared/<code>")
@require("public.read")
def shared(code: str) -> ResponseReturnValue:
    """The playlist of a person who shared its link."""
    playlist = service.find_shared(current_node(), code)
    return _page(f"self/playlist/{playlist.id}", code=code)


def _page(reference: str, *, code: str | None = None) -> str:
    node, person = current_node(), current_person()
    code = code or request.args.get("code")
    found = access.seen(reference, code=code)
    facts = progress.look_up(node, person.id if person else None)
    state = progress.work_out(node, found.reference, found.content, facts)
    journey = journeys.find(node, person.id, found.reference) if person else None
    record = library.find_record(node, found.reference)
    is_going = journey is not None and journey.state != states.JourneyState.LEFT
    return render(
        "playlists/playlist.html",
        playlist=found,
        sections=views.sections(node, found.content, state, is_going=is_going),
        state=state,
        journey=journey if is_going else None,
        badge=views.badge_of(node, found.content),
        code=code,
        is_editor=found.row is not None and access.is_editor(found.row),
        can_start=found.state != states.State.RETIRED,
        can_ask=found.is_own and is_going and found.content.giving == states.Giving.REVIEWED,
        more_links=record_links(record) if record else (),
        here=views.page_url(found, code=code),
        because=words.because(found.content, state) if is_going else None,
    )


@bp.route("/my/playlists")
@require("account.use")
def mine() -> ResponseReturnValue:
    """The lines that a person is on, and the playlists that they made for themselves."""
    node, person_id = current_node(), access.person_id()
    facts = progress.look_up(node, person_id)
    ways = []
    for journey in journeys.list_journeys(node, person_id):
        found = library.find(node, journey.reference)
        ways.append(_way(journey, found, facts))
    return render(
        "playlists/mine.html",
        going=[way for way in ways if not way["is_over"]],
        over=[way for way in ways if way["is_over"]],
        own=[library.of_row(node, row) for row in service.list_of_person(node, person_id)],
        page_url=views.page_url,
    )


def _way(journey: Any, found: Found | None, facts: progress.Facts) -> dict[str, Any]:
    """A line that somebody is on; `found` is None when its city is not read any more."""
    if found is None:
        return {"journey": journey, "card": None, "is_over": False, "because": None}
    state = progress.work_out(current_node(), found.reference, found.content, facts)
    return {
        "journey": journey,
        "card": views.card(current_node(), found, state),
        "is_over": state.is_complete or journey.completed_at is not None,
        "because": words.because(found.content, state),
    }


@bp.route("/playlists/from/<origin>/<playlist_id>/journey", methods=["POST"])
@require("account.use")
def travel(origin: str, playlist_id: str) -> ResponseReturnValue:
    """Start, rest, go on or leave, as the button said."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=request.form.get("code"))
    wish = request.form.get("wish")
    if wish == "pause":
        journeys.pause(node, person_id, found.reference)
        flash(gettext("You rest on this line. What you do meanwhile still counts."), "success")
    elif wish == "leave":
        journeys.leave(node, person_id, found.reference)
        flash(gettext("You have left the line. Come back whenever you like."), "success")
        return redirect(url("playlists.mine"), 303)
    else:
        journeys.start(node, person_id, found.reference)
        flash(gettext("You are on the way."), "success")
    return redirect(views.page_url(found, code=request.form.get("code")), 303)


@bp.route("/playlists/from/<origin>/<playlist_id>/stops/<step_id>", methods=["POST"])
@require("account.use")
def tick(origin: str, playlist_id: str, step_id: str) -> ResponseReturnValue:
    """Tick a stop off, or take that back."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=request.form.get("code"))
    if request.form.get("done") == "1":
        journeys.tick(node, person_id, found.reference, step_id)
    else:
        journeys.untick(node, person_id, found.reference, step_id)
    here = views.page_url(found, code=request.form.get("code"))
    return redirect(f"{here}#stop-{step_id}", 303)


@bp.route("/playlists/from/<origin>/<playlist_id>/badge", methods=["POST"])
@require("account.use")
def ask(origin: str, playlist_id: str) -> ResponseReturnValue:
    """Ask for the badge at the end."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}")
    narrative = request.form.get("narrative", "").strip() or gettext(
        "I have done every stop of the playlist “%(title)s”.",
        title=pick_language(found.content.title),
    )
    request_id = journeys.ask_for_review(node, person_id, found.reference, narrative=narrative)
    flash(gettext("You have asked for the badge. You get a mail with the answer."), "success")
    return redirect(url("requests.show", application_id=request_id), 303)


@bp.route("/playlists/from/<origin>/<playlist_id>/guide.<kind>")
@require("public.read")
def download(origin: str, playlist_id: str, kind: str) -> ResponseReturnValue:
    """The playlist as a guide to take along: Markdown (md) or PDF."""
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=request.args.get("code"))
    return _file(found, kind)


def _file(found: Found, kind: str) -> Response:
    node = current_node()
    written = guide.write(node, found)
    name = guide.file_name(found)
    if kind == "pdf":
        answer = Response(guide.as_pdf(node, written), content_type="application/pdf")
    else:
        answer = Response(guide.as_markdown(written), content_type="text/markdown; charset=utf-8")
    ending = "pdf" if kind == "pdf" else "md"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer
