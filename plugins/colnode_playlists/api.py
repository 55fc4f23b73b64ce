"""Playlists at /api/v1: everything that the pages do, by the same verbs; see journeys_api.py."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from colnode.plugin import NotFound, _, current_node, may, operation, require
from colnode_playlists import access, journeys, library, service
from colnode_playlists.content import Branch, Content, Kind, Step, new_step_id
from colnode_playlists.states import Giving, State

if TYPE_CHECKING:
    from colnode.plugin import Node
    from colnode_playlists.library import Found

__all__ = ["CodeQuery", "bp"]

bp = Blueprint("playlists_api", __name__)
_TAG = "playlists"


class StepModel(BaseModel):
    """One stop. A record needs its `reference` alone; its name is then read from the catalogue."""

    model_config = ConfigDict(extra="forbid")

    id: str = ""
    kind: Kind = Kind.TASK
    title: dict[str, str] = {}
    text: dict[str, str] = {}
    reference: str = ""
    url: str = ""
    is_optional: bool = False
    minutes: int | None = None
    after: list[str] = []
    branch: str = ""


class BranchModel(BaseModel):
    """Stops of which `needed` are enough."""

    model_config = ConfigDict(extra="forbid")

    id: str
    needed: int
    title: dict[str, str] = {}


class PlaylistInput(BaseModel):
    """A playlist as it is written."""

    model_config = ConfigDict(extra="forbid")

    title: dict[str, str]
    description: dict[str, str] = {}
    steps: list[StepModel] = Field([], max_length=200)
    branches: list[BranchModel] = Field([], max_length=200)
    tags: list[str] = []
    languages: list[str] = []
    age_from: int | None = None
    age_to: int | None = None
    line: int = 1
    picture: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    achievement: str = ""
    giving: Giving = Giving.NONE


class NewPlaylist(PlaylistInput):
    """A playlist of an organisation, or without one your own."""

    organisation_id: str | None = None


class PlaylistChange(PlaylistInput):
    """A whole new text; `revision` is the one that was read."""

    revision: int | None = None


class SourceModel(BaseModel):
    """What a playlist was copied from."""

    reference: str
    name: dict[str, str]
    url: str
    maker: dict[str, str]
    city: dict[str, str]


class PlaylistOutput(PlaylistInput):
    """A playlist of this city or another one. `share_code` is there for its maker alone."""

    id: str
    reference: str
    city: dict[str, str]
    home_url: str | None
    organisation_id: str | None
    organisation: dict[str, str]
    state: State
    based_on: list[SourceModel]
    share_code: str | None = None
    revision: int | None = None
    changed_at: datetime


class PlaylistList(BaseModel):
    """One page of playlists; `next` is the cursor of the next one."""

    items: list[PlaylistOutput]
    total_is_at_least: int
    next: str | None


class PlaylistQuery(BaseModel):
    """What to look for; empty means everything."""

    q: str = Field("", max_length=200)
    own: bool = False
    language: str = ""
    tag: str = ""
    limit: int = Field(24, ge=1, le=100)
    after: str | None = None


class CodeQuery(BaseModel):
    """The code of a link to a person's playlist."""

    code: str | None = None


class CopyInput(BaseModel):
    """Where a copy goes: to an organisation, or without one to yourself."""

    model_config = ConfigDict(extra="forbid")

    organisation_id: str | None = None
    code: str | None = None


class CountsOutput(BaseModel):
    """Where people stop. None stands for 1 to 4; nothing is said while fewer than 5 began."""

    started: int | None
    paused: int | None
    left: int | None
    completed: int | None
    passed: dict[str, int | None]
    waiting: dict[str, int | None]
    is_hidden: bool


def _content(node: "Node", given: PlaylistInput) -> Content:
    names = ("title", "description", "age_from", "age_to", "line", "picture", "achievement")
    return Content(
        **{name: getattr(given, name) for name in names},
        giving=given.giving,
        steps=tuple(_step(node, step) for step in given.steps),
        branches=tuple(Branch(item.id, item.needed, item.title) for item in given.branches),
        tags=tuple(given.tags),
        languages=tuple(given.languages),
    )


def _step(node: "Node", given: StepModel) -> Step:
    values = given.model_dump() | {"after": tuple(given.after)}
    step = Step(**(values | {"id": given.id or new_step_id()}))
    if step.kind != Kind.RECORD or step.title:
        return step
    known = service.step_for(node, step.reference)
    return replace(step, title=known.title, url=known.url)


def _output(found: "Found") -> PlaylistOutput:
    content, row = found.content, found.row
    is_maker = row is not None and row.person_id is not None and access.is_editor(row)
    return PlaylistOutput(
        title=content.title,
        description=content.description,
        tags=list(content.tags),
        languages=list(content.languages),
        age_from=content.age_from,
        age_to=content.age_to,
        line=content.line,
        picture=content.picture,
        achievement=content.achievement,
        giving=Giving(content.giving),
        steps=[StepModel(**vars(step) | {"after": list(step.after)}) for step in content.steps],
        branches=[BranchModel(**vars(branch)) for branch in content.branches],
        id=found.id,
        reference=found.reference,
        city=found.city,
        home_url=found.home_url,
        organisation_id=found.maker.id if found.maker else None,
        organisation=found.maker.name if found.maker else {},
        state=State(found.state),
        based_on=[SourceModel(**vars(source)) for source in found.sources],
        share_code=row.share_code if row is not None and is_maker else None,
        revision=row.revision if row is not None else None,
        changed_at=found.updated_at,
    )


def _own(node: "Node", playlist_id: str) -> PlaylistOutput:
    return _output(library.get(node, f"self/playlist/{playlist_id}"))


@bp.route("/playlists")
@require("public.read")
@operation(tag=_TAG, query=PlaylistQuery, response=PlaylistList)
def list_playlists(query: PlaylistQuery) -> PlaylistList:
    """Published playlists of this and other cities, own ones first."""
    found, total, following = library.search(
        current_node(),
        text=query.q,
        is_own=query.own,
        language=query.language,
        tag=query.tag,
        limit=query.limit,
        cursor=query.after,
    )
    return PlaylistList(
        items=[_output(item) for item in found], total_is_at_least=total, next=following
    )


@bp.route("/playlists", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=NewPlaylist, response=PlaylistOutput, status=201)
def create_playlist(json: NewPlaylist) -> PlaylistOutput:
    """Make a draft of an organisation in which you are an editor, or a playlist of your own."""
    node, person_id = current_node(), access.person_id()
    _check_place(json.organisation_id)
    made = service.create(
        node,
        content=_content(node, json),
        actor_id=person_id,
        organisation_id=json.organisation_id,
        person_id=None if json.organisation_id else person_id,
    )
    return _own(node, made.id)


@bp.route("/playlists/mine")
@require("account.use")
@operation(tag=_TAG, response=PlaylistList)
def list_own() -> PlaylistList:
    """The playlists that you made for yourself."""
    node = current_node()
    rows = service.list_of_person(node, access.person_id())
    items = [_output(library.of_row(node, row)) for row in rows]
    return PlaylistList(items=items, total_is_at_least=len(items), next=None)


@bp.route("/organisations/<organisation_id>/playlists")
@require("playlist.edit")
@operation(tag=_TAG, response=PlaylistList)
def list_of_organisation(organisation_id: str) -> PlaylistList:
    """An organisation's playlists, drafts too."""
    node = current_node()
    rows = service.list_of_organisation(node, organisation_id)
    items = [_output(library.of_row(node, row)) for row in rows]
    return PlaylistList(items=items, total_is_at_least=len(items), next=None)


@bp.route("/playlists/from/<origin>/<playlist_id>")
@require("public.read")
@operation(tag=_TAG, query=CodeQuery, response=PlaylistOutput)
def get_playlist(origin: str, playlist_id: str, query: CodeQuery) -> PlaylistOutput:
    """One playlist of a city, `self` for this one; drafts for their makers only."""
    return _output(access.seen(f"{origin}/playlist/{playlist_id}", code=query.code))


@bp.route("/playlists/<playlist_id>", methods=["PUT"])
@require("account.use")
@operation(tag=_TAG, body=PlaylistChange, response=PlaylistOutput)
def change_playlist(playlist_id: str, json: PlaylistChange) -> PlaylistOutput:
    """Replace what a playlist says. A stop that keeps its id keeps who ticked it off."""
    node = current_node()
    access.editable(node, playlist_id)
    service.edit(
        node,
        playlist_id,
        content=_content(node, json),
        actor_id=access.person_id(),
        revision=json.revision,
    )
    return _own(node, playlist_id)


@bp.route("/playlists/<playlist_id>", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, status=204)
def delete_playlist(playlist_id: str) -> None:
    """Remove a playlist that nobody else is on."""
    node = current_node()
    access.editable(node, playlist_id)
    service.delete(node, playlist_id, actor_id=access.person_id())


@bp.route("/playlists/<playlist_id>/publish", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, response=PlaylistOutput)
def publish_playlist(playlist_id: str) -> PlaylistOutput:
    """Show an organisation's playlist to everybody."""
    node = current_node()
    access.editable(node, playlist_id)
    service.publish(node, playlist_id, actor_id=access.person_id())
    return _own(node, playlist_id)


@bp.route("/playlists/<playlist_id>/retire", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, response=PlaylistOutput)
def retire_playlist(playlist_id: str) -> PlaylistOutput:
    """Let nobody start a playlist any more."""
    node = current_node()
    access.editable(node, playlist_id)
    service.retire(node, playlist_id, actor_id=access.person_id())
    return _own(node, playlist_id)


@bp.route("/playlists/<playlist_id>/share", methods=["PUT"])
@require("account.use")
@operation(tag=_TAG, response=PlaylistOutput)
def share_playlist(playlist_id: str) -> PlaylistOutput:
    """Let everybody who has the `share_code` see your playlist."""
    return _share(playlist_id, is_shared=True)


@bp.route("/playlists/<playlist_id>/share", methods=["DELETE"])
@require("account.use")
@operation(tag=_TAG, response=PlaylistOutput)
def unshare_playlist(playlist_id: str) -> PlaylistOutput:
    """Let the link lead nowhere any more."""
    return _share(playlist_id, is_shared=False)


def _share(playlist_id: str, *, is_shared: bool) -> PlaylistOutput:
    node = current_node()
    access.editable(node, playlist_id)
    service.set_shared(node, playlist_id, is_shared=is_shared, actor_id=access.person_id())
    return _own(node, playlist_id)


@bp.route("/playlists/from/<origin>/<playlist_id>/copies", methods=["POST"])
@require("account.use")
@operation(tag=_TAG, body=CopyInput, response=PlaylistOutput, status=201)
def copy_playlist(origin: str, playlist_id: str, json: CopyInput) -> PlaylistOutput:
    """Copy a playlist of any city into a draft that names it."""
    node, person_id = current_node(), access.person_id()
    found = access.seen(f"{origin}/playlist/{playlist_id}", code=json.code)
    _check_place(json.organisation_id)
    made = service.copy(
        node,
        found.reference,
        actor_id=person_id,
        organisation_id=json.organisation_id,
        person_id=None if json.organisation_id else person_id,
    )
    return _own(node, made.id)


@bp.route("/playlists/<playlist_id>/counts")
@require("account.use")
@operation(tag=_TAG, response=CountsOutput)
def count_people(playlist_id: str) -> CountsOutput:
    """Where people stop on a playlist that you may edit."""
    node = current_node()
    playlist = access.editable(node, playlist_id)
    counts = journeys.count(node, library.reference_of(node, playlist.id))
    return CountsOutput(**vars(counts))


def _check_place(organisation_id: str | None) -> None:
    """Raise NotFound for an organisation whose playlists the person may not edit."""
    if organisation_id is not None and not may("playlist.edit", organisation_id):
        raise NotFound(_("There is no such organisation among those that you may edit."))
