"""The editor: an organisation's playlists and people's own are made on the same pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    ColnodeError,
    Invalid,
    NotFound,
    TooLarge,
    _,
    catalogue,
    current_node,
    error_text,
    gettext,
    may,
    media,
    organisations,
    pick_language,
    render,
    require,
    url,
)
from colnode_playlists import (
    access,
    forms,
    journeys,
    library,
    models,
    progress,
    service,
    steps,
    views,
)
from colnode_playlists.content import Content

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["bp"]

bp = Blueprint("playlists_making", __name__)

_SEARCHED = ("achievement", "activity", "playlist")
_FOUND = 20


@bp.route("/my/playlists/new", methods=["GET", "POST"])
@require("account.use")
def new_own() -> ResponseReturnValue:
    """Make a playlist for oneself."""
    return _new(None)


@bp.route("/organiser/<organisation_id>/playlists/new", methods=["GET", "POST"])
@require("playlist.edit")
def new(organisation_id: str) -> ResponseReturnValue:
    """Make a playlist of an organisation."""
    return _new(organisation_id)


def _new(organisation_id: str | None) -> ResponseReturnValue:
    """A name first; everything else is added in the editor."""
    node, person_id = current_node(), access.person_id()
    if request.method == "GET":
        return _new_form(organisation_id, {}, {})
    title = forms.typed_texts(request.form, "title")
    description = forms.typed_texts(request.form, "description")
    count = len(service.list_of_organisation(node, organisation_id or ""))
    content = Content(title=title, description=description, line=count % 8 + 1)
    try:
        made = service.create(
            node,
            content=content,
            actor_id=person_id,
            organisation_id=organisation_id,
            person_id=None if organisation_id else person_id,
        )
    except Invalid as error:
        typed = {"title": title, "description": description}
        return _new_form(organisation_id, typed, _errors(error)), error.status
    return redirect(url("playlists_making.edit", playlist_id=made.id), 303)


def _new_form(
    organisation_id: str | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> str:
    node = current_node()
    owner = organisations.get_organisation(node, organisation_id) if organisation_id else None
    return render("playlists/new.html", organisation=owner, values=values, errors=errors)


@bp.route("/playlists/<playlist_id>/edit")
@require("account.use")
def edit(playlist_id: str) -> ResponseReturnValue:
    """The editor: the stops, and everything else about the playlist."""
    return _editor(access.editable(current_node(), playlist_id))


@bp.route("/playlists/<playlist_id>/edit", methods=["POST"])
@require("account.use")
def save(playlist_id: str) -> ResponseReturnValue:
    """Keep everything but the stops; a fault shows the form again with what was typed."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    content = library.content_of(playlist)
    try:
        with node.db.begin_nested():
            changed = forms.read_facts(
                request.form, content, picture=_picture(node, playlist.picture)
            )
            service.edit(
                node,
                playlist_id,
                content=changed,
                actor_id=access.person_id(),
                revision=request.form.get("revision", type=int),
            )
    except ColnodeError as error:
        node.db.expire_all()
        playlist = service.get_playlist(node, playlist_id)
        return _editor(playlist, typed=request.form, error=error), error.status
    flash(gettext("Saved."), "success")
    return redirect(url("playlists_making.edit", playlist_id=playlist_id), 303)


def _picture(node: Node, picture: str | None) -> str | None:
    sent = request.files.get("picture")
    if sent is not None and sent.filename:
        try:
            return media.store(node, sent.read()).digest
        except (Invalid, TooLarge) as error:
            raise Invalid(error.message, fields={"picture": _say(error)}) from error
    return None if request.form.get("remove_picture") else picture


def _editor(
    playlist: models.Playlist,
    *,
    typed: Mapping[str, Any] | None = None,
    error: ColnodeError | None = None,
) -> str:
    node = current_node()
    found = library.of_row(node, playlist)
    content = found.content
    state = progress.work_out(node, found.reference, content, progress.Facts())
    values: dict[str, Any] = dict(vars(content)) | {"tags": ", ".join(content.tags)}
    if typed is not None:
        values |= {name: typed.get(name, "") for name in ("tags", "age_from", "age_to", "line")}
        values |= {name: typed.get(name, "") for name in ("achievement", "giving")}
        values |= {name: forms.typed_texts(typed, name) for name in ("title", "description")}
        values["languages"] = request.form.getlist("languages")
    return render(
        "playlists/editor.html",
        playlist=found,
        row=playlist,
        sections=views.sections(node, content, state),
        values=values,
        errors=_errors(error) if error else {},
        reason=_say(error) if error else None,
        badges=_badges(node, playlist),
        organisation=_organisation(node, playlist),
    )


def _organisation(node: Node, playlist: models.Playlist) -> Any:
    if playlist.organisation_id is None:
        return None
    return organisations.get_organisation(node, playlist.organisation_id)


def _badges(node: Node, playlist: models.Playlist) -> list[tuple[str, str]]:
    """The badges of the organisation, as references with names."""
    if playlist.organisation_id is None:
        return []
    query = catalogue.Query(types=("achievement",), origin=catalogue.OWN, limit=500)
    return [
        (f"{node.id}/achievement/{item.id}", pick_language(item.title))
        for item in catalogue.search(node, query).items
        if item.body.get("organisation") == playlist.organisation_id
    ]


@bp.route("/playlists/<playlist_id>/stops/new")
@require("account.use")
def search_stop(playlist_id: str) -> ResponseReturnValue:
    """Find a record of any city to add, or write a link or a task."""
    return _stop_search(access.editable(current_node(), playlist_id))


def _stop_search(playlist: models.Playlist, *, error: ColnodeError | None = None) -> str:
    node = current_node()
    text = request.args.get("q", "").strip()[:200]
    kind = request.args.get("type", "")
    types = (kind,) if kind in _SEARCHED else _SEARCHED
    query = catalogue.Query(text=text, types=types, own_first=True, limit=_FOUND)
    content = library.content_of(playlist)
    there = {step.reference for step in content.steps}
    found = catalogue.search(node, query).items if text or kind else []
    own = library.reference_of(node, playlist.id)
    results = [item for item in _named(node, found) if item[1] != own]
    return render(
        "playlists/stop_search.html",
        playlist=library.of_row(node, playlist),
        q=text,
        kind=kind,
        results=[(item, reference, reference in there) for item, reference in results],
        typed=request.form if error else {},
        errors=_step_errors(error) if error else {},
        reason=_say(error) if error else None,
    )


def _named(node: Node, items: list[catalogue.RecordView]) -> list[tuple[catalogue.RecordView, str]]:
    return [
        (item, f"{node.id if item.is_own else item.origin}/{item.type}/{item.id}") for item in items
    ]


@bp.route("/playlists/<playlist_id>/stops/new", methods=["POST"])
@require("account.use")
def add_stop(playlist_id: str) -> ResponseReturnValue:
    """Add a record, a link or a task at the end of the line."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    try:
        with node.db.begin_nested():
            reference = request.form.get("reference")
            step = service.step_for(node, reference) if reference else forms.read_step(request.form)
            _keep(node, playlist, lambda content: steps.add(content, step))
    except ColnodeError as error:
        node.db.expire_all()
        return _stop_search(playlist, error=error), error.status
    flash(gettext("“%(stop)s” is on the line.", stop=pick_language(step.title)), "success")
    again = url("playlists_making.search_stop", playlist_id=playlist_id, q=request.args.get("q"))
    back = url("playlists_making.edit", playlist_id=playlist_id)
    return redirect(again if reference and request.args.get("q") else back, 303)


def _keep(node: Node, playlist: models.Playlist, change: Callable[[Content], Content]) -> None:
    content = change(library.content_of(playlist))
    service.edit(node, playlist.id, content=content, actor_id=access.person_id())


@bp.route("/playlists/<playlist_id>/stops/<step_id>")
@require("account.use")
def edit_stop(playlist_id: str, step_id: str) -> ResponseReturnValue:
    """One stop: its words, how long it takes, whether it must be, what it opens after."""
    return _stop_form(access.editable(current_node(), playlist_id), step_id)


def _stop_form(
    playlist: models.Playlist, step_id: str, *, error: ColnodeError | None = None
) -> str:
    node = current_node()
    content = library.content_of(playlist)
    step = content.step(step_id)
    if step is None:
        raise NotFound(_("There is no such stop."))
    others = [(item.id, pick_language(item.title)) for item in content.steps if item.id != step_id]
    branches = [(item.id, _branch_name(content, item.id)) for item in content.branches]
    return render(
        "playlists/stop.html",
        playlist=library.of_row(node, playlist),
        step=forms.read_step(request.form, step) if isinstance(error, Invalid) else step,
        others=others + [item for item in branches if item[0] != step.branch],
        branches=branches,
        new_branch=steps.NEW_BRANCH,
        errors=_step_errors(error) if error else {},
        reason=_say(error) if error else None,
    )


def _branch_name(content: Content, branch_id: str) -> str:
    branch = content.branch(branch_id)
    if branch is not None and branch.title:
        return pick_language(branch.title)
    first = content.in_branch(branch_id)[0]
    return gettext("Branch of “%(stop)s”", stop=pick_language(first.title))


@bp.route("/playlists/<playlist_id>/stops/<step_id>", methods=["POST"])
@require("account.use")
def change_stop(playlist_id: str, step_id: str) -> ResponseReturnValue:
    """Keep a stop as it was changed, move it, or remove it, as the button said."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    wish = request.form.get("wish", "")
    back = url("playlists_making.edit", playlist_id=playlist_id)
    try:
        with node.db.begin_nested():
            _keep(node, playlist, lambda content: _changed(content, step_id, wish))
    except ColnodeError as error:
        node.db.expire_all()
        if not wish:
            return _stop_form(playlist, step_id, error=error), error.status
        flash(_first_fault(error), "error")
        return redirect(back, 303)
    return redirect(back if wish == "remove" else f"{back}#stop-{step_id}", 303)


def _changed(content: Content, step_id: str, wish: str) -> Content:
    if wish == "remove":
        return steps.remove(content, step_id)
    if wish in {"up", "down"}:
        return steps.move(content, step_id, -1 if wish == "up" else 1)
    step = content.step(step_id)
    if step is None:
        raise NotFound(_("There is no such stop."))
    return steps.change(content, forms.read_step(request.form, step))


@bp.route("/playlists/<playlist_id>/branches/<branch_id>", methods=["POST"])
@require("account.use")
def change_branch(playlist_id: str, branch_id: str) -> ResponseReturnValue:
    """How many stops of a branch are needed, and what it is called."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    branch = library.content_of(playlist).branch(branch_id)
    if branch is None:
        raise NotFound(_("There is no such branch."))
    try:
        with node.db.begin_nested():
            changed = forms.read_branch(request.form, branch)
            _keep(node, playlist, lambda content: steps.change_branch(content, changed))
    except ColnodeError as error:
        node.db.expire_all()
        flash(_first_fault(error), "error")
    return redirect(url("playlists_making.edit", playlist_id=playlist_id), 303)


@bp.route("/playlists/<playlist_id>/delete")
@require("account.use")
def ask_delete(playlist_id: str) -> ResponseReturnValue:
    """Ask before it is gone for good."""
    node = current_node()
    found = library.of_row(node, access.editable(node, playlist_id))
    return render("playlists/delete.html", playlist=found)


@bp.route("/playlists/<playlist_id>/state", methods=["POST"])
@require("account.use")
def set_state(playlist_id: str) -> ResponseReturnValue:
    """Publish, retire or delete it; share its link or stop that."""
    node, actor_id = current_node(), access.person_id()
    playlist = access.editable(node, playlist_id)
    back = url("playlists_making.edit", playlist_id=playlist_id)
    try:
        with node.db.begin_nested():
            said = _act(node, playlist, request.form.get("wish", ""), actor_id)
    except ColnodeError as error:
        node.db.expire_all()
        if isinstance(error, Invalid):
            return _editor(service.get_playlist(node, playlist_id), error=error), error.status
        flash(_say(error), "error")
        return redirect(back, 303)
    flash(said, "success")
    if request.form.get("wish") == "delete":
        return redirect(_listing(playlist), 303)
    return redirect(back, 303)


def _act(node: Node, playlist: models.Playlist, wish: str, actor_id: str) -> str:
    """Do what the button said; returns what to tell."""
    if wish == "publish":
        service.publish(node, playlist.id, actor_id=actor_id)
        return gettext("Everybody can see it now.")
    if wish == "retire":
        service.retire(node, playlist.id, actor_id=actor_id)
        return gettext("Nobody can start it any more. Whoever is on the way can finish.")
    if wish in {"share", "unshare"}:
        service.set_shared(node, playlist.id, is_shared=wish == "share", actor_id=actor_id)
        if wish == "share":
            return gettext("Everybody who has the link can see it and travel it.")
        return gettext("The link leads nowhere any more.")
    if wish == "delete":
        service.delete(node, playlist.id, actor_id=actor_id)
        return gettext("The playlist is deleted.")
    raise Invalid(_("Choose one of the buttons."))


def _listing(playlist: models.Playlist) -> str:
    if playlist.organisation_id is None:
        return url("playlists.mine")
    return url("playlists_organising.listing", organisation_id=playlist.organisation_id)


@bp.route("/playlists/from/<origin>/<playlist_id>/copy")
@require("account.use")
def ask_copy(origin: str, playlist_id: str) -> ResponseReturnValue:
    """Ask where the copy shall go: to oneself, or to an organisation."""
    node, person_id = current_node(), access.person_id()
    code = request.args.get("code")
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=code)
    editing = [
        organisation
        for organisation, _role in organisations.memberships_of(node, person_id)
        if may("playlist.edit", organisation.id)
    ]
    back = views.page_url(found, code=code)
    return render("playlists/copy.html", playlist=found, editing=editing, code=code, back=back)


@bp.route("/playlists/from/<origin>/<playlist_id>/copy", methods=["POST"])
@require("account.use")
def copy(origin: str, playlist_id: str) -> ResponseReturnValue:
    """Make the copy, a draft that names what it was copied from."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=request.form.get("code"))
    organisation_id = request.form.get("organisation_id") or None
    if organisation_id is not None and not may("playlist.edit", organisation_id):
        raise NotFound(_("There is no such organisation among those that you may edit."))
    made = service.copy(
        node,
        found.reference,
        actor_id=person_id,
        organisation_id=organisation_id,
        person_id=None if organisation_id else person_id,
    )
    flash(gettext("This is your copy. Change what you like."), "success")
    return redirect(url("playlists_making.edit", playlist_id=made.id), 303)


@bp.route("/playlists/<playlist_id>/people")
@require("account.use")
def people(playlist_id: str) -> ResponseReturnValue:
    """Where people stop, without anybody's name."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    found = library.of_row(node, playlist)
    return render(
        "playlists/people.html",
        playlist=found,
        counts=journeys.count(node, found.reference),
        fewest=journeys.FEWEST,
    )


def _say(error: ColnodeError) -> str:
    return error_text(error.message, error.parameters)


def _errors(error: ColnodeError) -> dict[str, str]:
    return {name: gettext(text) for name, text in getattr(error, "fields", {}).items()}


def _step_errors(error: ColnodeError) -> dict[str, str]:
    """Faults of a stop, whatever its id, beside the field that they are about."""
    found = _errors(error)
    return {"title" if name.startswith("step.") else name: text for name, text in found.items()}


def _first_fault(error: ColnodeError) -> str:
    return next(iter(_errors(error).values()), _say(error))
