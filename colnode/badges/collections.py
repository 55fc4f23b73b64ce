"""Collections: chosen badges under a title, in the order that their holder gives them.

A collection that is shared shows those of its badges that are shared themselves, no others.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from colnode import audit
from colnode.badges import stamps
from colnode.badges.content import check_text
from colnode.badges.models import Collection, CollectionItem
from colnode.badges.stamps import Stamp, Visibility
from colnode.errors import Invalid, NotFound, Refused, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Spread",
    "create",
    "delete_collection",
    "edit",
    "erase",
    "export",
    "get_own",
    "list_collections",
    "open_collection",
    "share",
    "unshare",
]

_MOST_COLLECTIONS = 100
_MOST_BADGES = 200


@dataclass(frozen=True)
class Spread:
    """A collection with the badges in it that the viewer may see, in order.

    `private_count` is how many of its badges only their holder sees.
    """

    collection: Collection
    stamps: Sequence[Stamp]
    private_count: int = 0

    @property
    def is_shared(self) -> bool:
        """Everybody who has the address sees it."""
        return self.collection.shared_at is not None


def create(
    node: "Node", *, person_id: str, title: str, text: str = "", addresses: Sequence[str] = ()
) -> Spread:
    """Make a private collection of one's own badges. Raises Invalid, Refused and NotFound."""
    query = select(func.count()).select_from(Collection).where(Collection.person_id == person_id)
    if (node.db.scalar(query) or 0) >= _MOST_COLLECTIONS:
        raise Refused(_("You have 100 collections. Delete one to make room."))
    now = node.clock.now()
    collection = Collection(
        person_id=person_id,
        address=secrets.token_urlsafe(24),
        title=_title(title),
        text=check_text(text, longest=5_000) or "",
        created_at=now,
        changed_at=now,
    )
    node.db.add(collection)
    node.db.flush()
    _put(node, collection, addresses)
    return open_collection(node, collection.address, viewer_id=person_id)


def edit(
    node: "Node",
    address: str,
    *,
    person_id: str,
    title: str,
    text: str,
    addresses: Sequence[str],
) -> Spread:
    """Change title, text, badges and their order. Raises Invalid and NotFound."""
    collection = _own(node, address, person_id)
    collection.title = _title(title)
    collection.text = check_text(text, longest=5_000) or ""
    collection.changed_at = node.clock.now()
    _put(node, collection, addresses)
    return open_collection(node, address, viewer_id=person_id)


def delete_collection(node: "Node", address: str, *, person_id: str) -> None:
    """Delete a collection; its badges stay. Raises NotFound."""
    node.db.delete(_own(node, address, person_id))
    node.db.flush()


def share(node: "Node", address: str, *, person_id: str, with_badges: bool = False) -> Spread:
    """Let everybody who has the address see it, `with_badges` also those that are private yet.

    Raises NotFound.
    """
    collection = _own(node, address, person_id)
    if with_badges:
        for stamp in open_collection(node, address, viewer_id=person_id).stamps:
            if not stamp.is_shared:
                stamps.set_visibility(
                    node, stamp.address, person_id=person_id, visibility=Visibility.LINK
                )
    if collection.shared_at is None:
        collection.shared_at = node.clock.now()
        _note(node, collection, "collection.shared")
    return open_collection(node, address, viewer_id=person_id)


def unshare(node: "Node", address: str, *, person_id: str) -> Spread:
    """Make it private again; what is shared of its badges stays shared. Raises NotFound."""
    collection = _own(node, address, person_id)
    if collection.shared_at is not None:
        collection.shared_at = None
        _note(node, collection, "collection.unshared")
    return open_collection(node, address, viewer_id=person_id)


def list_collections(node: "Node", person_id: str) -> Sequence[Spread]:
    """A person's collections, the latest changed first."""
    query = select(Collection).where(Collection.person_id == person_id)
    found = node.db.scalars(query.order_by(Collection.changed_at.desc(), Collection.id)).all()
    by_id = {stamp.id: stamp for stamp in stamps.list_stamps(node, person_id)} if found else {}
    return [_spread(node, collection, by_id, is_owner=True) for collection in found]


def open_collection(node: "Node", address: str, *, viewer_id: str | None) -> Spread:
    """The collection at an address, for its owner always, for others once it is shared.

    Raises NotFound, the same for an address that doesn't exist and one that isn't shared.
    """
    collection = node.db.scalar(select(Collection).where(Collection.address == address))
    is_owner = collection is not None and collection.person_id == viewer_id
    if collection is None or not (is_owner or collection.shared_at is not None):
        raise NotFound(_("There is no collection here, or its owner does not share it."))
    by_id = {stamp.id: stamp for stamp in stamps.list_stamps(node, collection.person_id)}
    return _spread(node, collection, by_id, is_owner=is_owner)


def get_own(node: "Node", address: str, *, person_id: str) -> Spread:
    """A person's own collection. Raises NotFound, also for somebody else's."""
    return open_collection(node, _own(node, address, person_id).address, viewer_id=person_id)


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's collections."""
    node.db.execute(delete(Collection).where(Collection.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """A person's collections with the addresses of their badges."""
    return [
        {
            "title": spread.collection.title,
            "text": spread.collection.text,
            "is_shared": spread.is_shared,
            "badges": [stamp.address for stamp in spread.stamps],
        }
        for spread in list_collections(node, person_id)
    ]


def _spread(
    node: "Node", collection: Collection, by_id: Mapping[str, Stamp], *, is_owner: bool
) -> Spread:
    query = select(CollectionItem).where(CollectionItem.collection_id == collection.id)
    items = node.db.scalars(query.order_by(CollectionItem.position))
    ids = [item.credential_id or item.brought_badge_id or "" for item in items]
    chosen = [by_id[id] for id in ids if id in by_id]
    seen = [stamp for stamp in chosen if is_owner or stamp.is_shared]
    return Spread(collection, seen, sum(not stamp.is_shared for stamp in chosen))


def _put(node: "Node", collection: Collection, addresses: Sequence[str]) -> None:
    """Put these badges into the collection, in this order, in the place of what was there."""
    chosen = list(dict.fromkeys(addresses))
    if len(chosen) > _MOST_BADGES:
        raise Invalid(_("A collection has at most 200 badges."))
    own = {stamp.address: stamp for stamp in stamps.list_stamps(node, collection.person_id)}
    if not own.keys() >= set(chosen):
        raise NotFound(_("There is no such badge among yours."))
    node.db.execute(delete(CollectionItem).where(CollectionItem.collection_id == collection.id))
    for position, address in enumerate(chosen):
        stamp = own[address]
        node.db.add(
            CollectionItem(
                collection_id=collection.id,
                position=position,
                credential_id=stamp.id if stamp.is_from_here else None,
                brought_badge_id=None if stamp.is_from_here else stamp.id,
            )
        )
    node.db.flush()


def _title(title: str) -> str:
    checked = check_text(title, longest=120)
    if checked is None:
        message = _("Give the collection a title.")
        raise Invalid(message, fields={"title": message})
    return checked


def _own(node: "Node", address: str, person_id: str) -> Collection:
    query = select(Collection).where(Collection.address == address)
    collection = node.db.scalar(query.where(Collection.person_id == person_id))
    if collection is None:
        raise NotFound(_("There is no such collection among yours."))
    return collection


def _note(node: "Node", collection: Collection, action: str) -> None:
    audit.record(
        node,
        action,
        subject_type="collection",
        subject_id=collection.id,
        actor_id=collection.person_id,
    )
    node.db.flush()
