"""What can be done with a playlist. Each verb works in the caller's transaction."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update

from colnode.plugin import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    _,
    audit,
    catalogue,
    create_rule,
    draw_cover,
    end_rule,
    let_people_ask,
    media,
    new_id,
    organisations,
)
from colnode_playlists import library, progress, records
from colnode_playlists.content import (
    LINES,
    Content,
    Kind,
    Step,
    check_content,
    missing_for_publishing,
    new_step_id,
    to_json,
)
from colnode_playlists.models import Journey, Playlist, Tick
from colnode_playlists.records import Maker, Source
from colnode_playlists.states import Giving, JourneyState, State

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = [
    "RULE",
    "choices",
    "copy",
    "create",
    "delete",
    "edit",
    "find_shared",
    "forget_person",
    "get_playlist",
    "list_of_organisation",
    "list_of_person",
    "made_by",
    "merge_person",
    "organisation_of",
    "publish",
    "retire",
    "set_shared",
    "step_for",
]

RULE = "playlist_completed"
"""The name of the award rule: whoever has completed these playlists."""

_PLAIN = ("title", "description", "age_from", "age_to", "line", "picture", "achievement", "giving")
_MOST_OWN = 100
_MOST_SOURCES = 5


def create(
    node: "Node",
    *,
    content: Content,
    actor_id: str | None,
    organisation_id: str | None = None,
    person_id: str | None = None,
    sources: Iterable[Source] = (),
) -> Playlist:
    """Make a draft of an organisation, verified or not, or a person's own playlist.

    Raises Invalid, NotFound, and Refused when a person has 100 already.
    """
    if organisation_id is not None:
        organisations.get_organisation(node, organisation_id)
    else:
        count = select(func.count()).select_from(Playlist).where(Playlist.person_id == person_id)
        if (node.db.scalar(count) or 0) >= _MOST_OWN:
            raise Refused(_("You have made 100 playlists. Delete one to make room."))
    now = node.clock.now()
    made = Playlist(
        id=new_id(),
        organisation_id=organisation_id,
        person_id=None if organisation_id else person_id,
        state=State.DRAFT,
        based_on=[source.as_json() for source in sources],
        revision=1,
        created_by=actor_id,
        created_at=now,
        changed_at=now,
    )
    _set_content(made, _checked(node, made, content))
    node.db.add(made)
    node.db.flush()
    _note(node, made, "playlist.created", actor_id)
    return made


def edit(
    node: "Node",
    playlist_id: str,
    *,
    content: Content,
    actor_id: str | None,
    revision: int | None = None,
) -> Playlist:
    """Change a playlist; a published one must stay complete.

    `revision` is the one that the editor saw. Raises Conflict when somebody else saved in between,
    Invalid, NotFound, and Refused (retired).
    """
    found = _locked(node, playlist_id)
    if found.state == State.RETIRED:
        raise Refused(_("This playlist is retired. Copy it to make a new one."))
    if revision is not None and revision != found.revision:
        raise Conflict(
            _("Somebody else changed this playlist. Look at what they did, then save again.")
        )
    checked = _checked(node, found, content)
    badge_before = (found.achievement, found.giving)
    if checked.line != found.line:
        found.cover = None
    if found.state == State.PUBLISHED:
        _require_complete(node, found, checked)
    _set_content(found, checked)
    found.revision += 1
    found.changed_at = node.clock.now()
    node.db.flush()
    if found.state == State.PUBLISHED:
        _put_into_catalogue(node, found)
        if badge_before != (found.achievement, found.giving):
            _stop_giving(node, found, actor_id)
            _start_giving(node, found, actor_id)
    _note(node, found, "playlist.edited", actor_id)
    return found


def publish(node: "Node", playlist_id: str, *, actor_id: str | None) -> Playlist:
    """Show a playlist of an organisation to everybody, here and in other cities.

    A retired one comes back. Twice is the same as once. Raises Invalid that names what is missing,
    Refused when the organisation is not verified or the playlist is a person's.
    """
    found = _locked(node, playlist_id)
    if found.state == State.PUBLISHED:
        return found
    if found.organisation_id is None:
        raise Refused(_("Only organisations publish. Share the link of your playlist instead."))
    organisations.require_verified(node, found.organisation_id)
    _require_complete(node, found, library.content_of(found))
    found.state = State.PUBLISHED
    found.changed_at = node.clock.now()
    node.db.flush()
    _put_into_catalogue(node, found)
    _start_giving(node, found, actor_id)
    _note(node, found, "playlist.published", actor_id)
    return found


def retire(node: "Node", playlist_id: str, *, actor_id: str | None) -> Playlist:
    """Let nobody start it any more; whoever is on the way can finish, and still gets the badge.

    Twice is the same as once. Raises Refused for a draft.
    """
    found = _locked(node, playlist_id)
    if found.state == State.RETIRED:
        return found
    if found.state == State.DRAFT:
        raise Refused(_("Nobody has seen this draft. Delete it instead."))
    found.state = State.RETIRED
    found.changed_at = node.clock.now()
    node.db.flush()
    catalogue.withdraw(node, "playlist", found.id)
    _note(node, found, "playlist.retired", actor_id)
    return found


def delete(node: "Node", playlist_id: str, *, actor_id: str | None) -> None:
    """Remove a playlist with its page. Raises Refused while other people are on the way."""
    found = _locked(node, playlist_id)
    reference = library.reference_of(node, found.id)
    others = select(func.count()).select_from(Journey)
    others = others.where(Journey.reference == reference, Journey.state != JourneyState.LEFT)
    if found.person_id is not None:
        others = others.where(Journey.person_id != found.person_id)
    if node.db.scalar(others):
        raise Refused(
            _("People are on the way along this playlist. Retire it, so that they can finish.")
        )
    if found.state == State.PUBLISHED:
        catalogue.withdraw(node, "playlist", found.id)
    _stop_giving(node, found, actor_id)
    for table in (Journey, Tick):
        node.db.execute(delete_rows(table).where(table.reference == reference))
    _note(node, found, "playlist.deleted", actor_id)
    node.db.delete(found)
    node.db.flush()


def copy(
    node: "Node",
    reference: str,
    *,
    actor_id: str | None,
    organisation_id: str | None = None,
    person_id: str | None = None,
) -> Playlist:
    """Make a draft that says what the playlist says, of this or another city, and names it.

    The badge at the end is not copied: it is its giver's. Raises NotFound.
    """
    found = library.get(node, reference)
    nearest = Source(
        reference=found.reference,
        name=dict(found.content.title),
        url=_public_url(node, found),
        maker=dict(found.maker.name) if found.maker else {},
        city=dict(found.city),
    )
    content = replace(
        found.content,
        achievement="",
        giving=Giving.NONE,
        picture=found.picture if found.is_own else None,
    )
    return create(
        node,
        content=content,
        actor_id=actor_id,
        organisation_id=organisation_id,
        person_id=person_id,
        sources=(nearest, *found.sources)[:_MOST_SOURCES],
    )


def set_shared(
    node: "Node", playlist_id: str, *, is_shared: bool, actor_id: str | None
) -> Playlist:
    """Let everybody who has the link see a person's playlist, or end that; a new link each time.

    Raises NotFound, and Refused for an organisation's.
    """
    found = _locked(node, playlist_id)
    if found.person_id is None:
        raise Refused(_("An organisation publishes its playlists."))
    if is_shared != (found.share_code is not None):
        found.share_code = secrets.token_urlsafe(18) if is_shared else None
        node.db.flush()
        _note(node, found, "playlist.shared" if is_shared else "playlist.unshared", actor_id)
    return found


def find_shared(node: "Node", code: str) -> Playlist:
    """The playlist that a link leads to. Raises NotFound."""
    found = node.db.scalar(select(Playlist).where(Playlist.share_code == code))
    if found is None:
        raise NotFound(_("There is no such playlist."))
    return found


def get_playlist(node: "Node", playlist_id: str) -> Playlist:
    """An own playlist in any state. Raises NotFound."""
    found = node.db.get(Playlist, playlist_id)
    if found is None:
        raise NotFound(_("There is no such playlist."))
    return found


def organisation_of(node: "Node", playlist_id: str) -> str:
    """The id of the organisation whose playlist it is. Raises NotFound, also for a person's."""
    found = get_playlist(node, playlist_id)
    if found.organisation_id is None:
        raise NotFound(_("There is no such playlist."))
    return found.organisation_id


def list_of_organisation(
    node: "Node", organisation_id: str, *, limit: int = 200
) -> Sequence[Playlist]:
    """An organisation's playlists, latest change first."""
    query = select(Playlist).where(Playlist.organisation_id == organisation_id)
    query = query.order_by(Playlist.changed_at.desc(), Playlist.id.desc())
    return node.db.scalars(query.limit(limit)).all()


def list_of_person(node: "Node", person_id: str) -> Sequence[Playlist]:
    """The playlists that a person made for themselves, latest change first."""
    query = select(Playlist).where(Playlist.person_id == person_id)
    return node.db.scalars(query.order_by(Playlist.changed_at.desc(), Playlist.id.desc())).all()


def step_for(node: "Node", reference: str) -> Step:
    """A stop that is a record of any city, with the name that it has today. Raises NotFound."""
    whole = library.whole(node, reference)
    record = library.find_record(node, whole)
    if record is None:
        raise NotFound(_("There is no such record. It may have been taken back."))
    is_badge = record.type == "achievement"
    address = str(record.body["id"]) if is_badge else record.home_url
    return Step(
        id=new_step_id(), kind=Kind.RECORD, title=dict(record.title), reference=whole, url=address
    )


def choices(node: "Node", organisation_id: str) -> Mapping[str, dict[str, str]]:
    """Published playlists for the award rule, those of the organisation first, id to name."""
    query = select(Playlist.id, Playlist.title).where(Playlist.state == State.PUBLISHED)
    query = query.order_by(
        Playlist.organisation_id != organisation_id, Playlist.changed_at.desc(), Playlist.id
    )
    return {playlist_id: title for playlist_id, title in node.db.execute(query.limit(300))}


def forget_person(node: "Node", person_id: str) -> None:
    """Delete a person's own playlists and their way along others; nothing says who wrote what."""
    for own in list_of_person(node, person_id):
        reference = library.reference_of(node, own.id)
        for table in (Journey, Tick):
            node.db.execute(delete_rows(table).where(table.reference == reference))
        node.db.delete(own)
    for table in (Journey, Tick):
        node.db.execute(delete_rows(table).where(table.person_id == person_id))
    made = Playlist.created_by == person_id
    node.db.execute(update(Playlist).where(made).values(created_by=None))
    node.db.flush()


def merge_person(node: "Node", person_id: str, into_id: str) -> None:
    """What a person made belongs to their other account."""
    for column in (Playlist.person_id, Playlist.created_by):
        change = update(Playlist).where(column == person_id).values({column.key: into_id})
        node.db.execute(change)


def _checked(node: "Node", playlist: Playlist, content: Content) -> Content:
    """The content as it may be stored for this playlist. Raises Invalid."""
    own = library.reference_of(node, playlist.id)
    checked = check_content(content, node_id=node.id, own_reference=own)
    if checked.achievement:
        record = library.find_record(node, checked.achievement)
        owner = record.body["organisation"] if record is not None else None
        if playlist.organisation_id is None or owner != playlist.organisation_id:
            message = _("Choose a badge that your organisation has published.")
            raise Invalid(message, fields={"achievement": message})
    return checked


def _set_content(playlist: Playlist, content: Content) -> None:
    for name in _PLAIN:
        setattr(playlist, name, getattr(content, name))
    playlist.steps = [to_json(step) for step in content.steps]
    playlist.branches = [to_json(branch) for branch in content.branches]
    playlist.tags = list(content.tags)
    playlist.languages = list(content.languages)


def _require_complete(node: "Node", playlist: Playlist, content: Content) -> None:
    missing = missing_for_publishing(content)
    if progress.leads_back(node, library.reference_of(node, playlist.id), content):
        missing["steps"] = _(
            "One of the stops is a playlist that leads back to this one. Remove it: nobody could "
            "ever complete both."
        )
    if missing:
        raise Invalid(_("Before everybody can see it, something is missing."), fields=missing)


def _put_into_catalogue(node: "Node", playlist: Playlist) -> None:
    organisation = organisations.get_organisation(node, playlist.organisation_id or "")
    content = library.content_of(playlist)
    picture = playlist.picture or _cover(node, playlist)
    body = records.write(
        replace(content, picture=picture),
        Maker(organisation.id, dict(organisation.name)),
        sources=library.sources_of(playlist),
        picture_size=media.find(node, picture).byte_count,
    )
    catalogue.publish(node, "playlist", playlist.id, body)


def _cover(node: "Node", playlist: Playlist) -> str:
    """The digest of the picture that is drawn for a playlist without one, in its line's colour."""
    if playlist.cover is None:
        colours = [LINES[playlist.line - 1], LINES[(playlist.line + 2) % len(LINES)]]
        drawing = draw_cover(playlist.id, "playlist", colours, icon="route")
        playlist.cover = media.store(node, drawing.encode()).digest
        node.db.flush()
    return playlist.cover


def _start_giving(node: "Node", playlist: Playlist, actor_id: str | None) -> None:
    """Let the badge at the end give itself, or be asked for, as the playlist says."""
    achievement_id = playlist.achievement.rpartition("/")[2]
    if playlist.giving == Giving.AUTOMATIC and playlist.rule_id is None:
        playlist.rule_id = create_rule(
            node, achievement_id, rule=RULE, things=[playlist.id], actor_id=actor_id or ""
        )
    elif playlist.giving == Giving.REVIEWED:
        let_people_ask(node, achievement_id, actor_id=actor_id or "")
    node.db.flush()


def _stop_giving(node: "Node", playlist: Playlist, actor_id: str | None) -> None:
    if playlist.rule_id is not None:
        end_rule(node, playlist.rule_id, actor_id=actor_id or "")
        playlist.rule_id = None
        node.db.flush()


def _public_url(node: "Node", found: library.Found) -> str:
    """Where everybody can read the playlist; "" for one that is not public."""
    if found.home_url:
        return found.home_url
    is_public = found.state == State.PUBLISHED and not found.is_personal
    return f"{node.config.server.base_url}/playlists/{found.id}" if is_public else ""


def _locked(node: "Node", playlist_id: str) -> Playlist:
    query = select(Playlist).where(Playlist.id == playlist_id).with_for_update()
    found = node.db.scalar(query)
    if found is None:
        raise NotFound(_("There is no such playlist."))
    return found


def _note(node: "Node", playlist: Playlist, action: str, actor_id: str | None) -> None:
    audit.record(node, action, subject_type="playlist", subject_id=playlist.id, actor_id=actor_id)


def made_by(node: "Node", person_id: str) -> list[dict[str, Any]]:
    """The playlists that a person made, as JSON values."""
    return [
        {
            "id": own.id,
            "title": own.title,
            "description": own.description,
            "steps": own.steps,
            "is_shared": own.share_code is not None,
        }
        for own in list_of_person(node, person_id)
    ]
