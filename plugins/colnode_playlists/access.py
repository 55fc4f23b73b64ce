"""Who sees and who changes a playlist; pages and the API ask here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colnode.plugin import NotFound, _, current_node, current_person, may
from colnode_playlists import journeys, library, service, states

if TYPE_CHECKING:
    from colnode.plugin import Node
    from colnode_playlists.library import Found
    from colnode_playlists.models import Playlist

__all__ = ["editable", "is_editor", "person_id", "seen"]


def person_id() -> str:
    """The id of the person who asks, in a view that needs one. Raises NotFound for a visitor."""
    person = current_person()
    if person is None:
        raise NotFound(_("There is no such playlist."))
    return person.id


def is_editor(playlist: Playlist) -> bool:
    """Whether the person who asks may change it: its maker, or an editor of its organisation."""
    if playlist.organisation_id is not None:
        return may("playlist.edit", playlist.organisation_id)
    person = current_person()
    return person is not None and person.id == playlist.person_id


def editable(node: Node, playlist_id: str) -> Playlist:
    """An own playlist that the person who asks may change. Raises NotFound."""
    playlist = service.get_playlist(node, playlist_id)
    if not is_editor(playlist):
        raise NotFound(_("There is no such playlist."))
    return playlist


def seen(reference: str, *, code: str | None = None) -> Found:
    """A playlist that the person who asks may see. Raises NotFound.

    Of an organisation's, a draft is for its editors; a person's is for its maker, for whoever has
    the link's `code`, and for those who are on the way already.
    """
    node = current_node()
    found = library.get(node, reference)
    row = found.row
    if row is None or is_editor(row):
        return found
    if row.organisation_id is not None and row.state != states.State.DRAFT:
        return found
    if row.share_code is not None and code == row.share_code:
        return found
    person = current_person()
    if person is not None and journeys.find(node, person.id, found.reference) is not None:
        return found
    raise NotFound(_("There is no such playlist."))
