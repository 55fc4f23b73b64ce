"""A person's public page: the badges that they list on it, under their name. For adults only."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from colnode import audit
from colnode.badges import stamps
from colnode.badges.content import check_text
from colnode.badges.models import BroughtBadge, CredentialHolder, PublicPage
from colnode.badges.stamps import Stamp
from colnode.clock import format_rfc3339
from colnode.errors import NotFound, Refused, _
from colnode.identity import people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["PublicView", "close", "erase", "export", "find", "open_page", "view"]


@dataclass(frozen=True)
class PublicView:
    """What visitors of a public page see."""

    page: PublicPage
    display_name: str
    stamps: Sequence[Stamp]


def find(node: "Node", person_id: str) -> PublicPage | None:
    """A person's public page, None when they have none."""
    return node.db.get(PublicPage, person_id)


def open_page(node: "Node", *, person_id: str, text: str = "") -> PublicPage:
    """Open a public page, or change its text. Raises Refused for whoever may be under age."""
    person = people.get_person(node, person_id)
    if not people.is_adult(node, person):
        raise Refused(
            _("A public page is for adults. Your year of birth is on the page of your account.")
        )
    page = find(node, person_id)
    if page is None:
        page = PublicPage(
            person_id=person_id,
            address=secrets.token_urlsafe(12),
            text="",
            opened_at=node.clock.now(),
        )
        node.db.add(page)
        audit.record(
            node, "public_page.opened", subject_type="person", subject_id=person_id,
            actor_id=person_id,
        )  # fmt: skip
    page.text = check_text(text, longest=2_000) or ""
    node.db.flush()
    return page


def close(node: "Node", *, person_id: str) -> None:
    """Close the page and take every badge off it; they stay shared with those who have a link."""
    page = find(node, person_id)
    if page is None:
        return
    for table in (CredentialHolder, BroughtBadge):
        node.db.execute(update(table).where(table.person_id == person_id).values(listed_at=None))
    node.db.delete(page)
    audit.record(
        node, "public_page.closed", subject_type="person", subject_id=person_id,
        actor_id=person_id,
    )  # fmt: skip
    node.db.flush()


def view(node: "Node", address: str) -> PublicView:
    """The page at an address. Raises NotFound, also once its owner is no longer of age or here."""
    page = node.db.scalar(select(PublicPage).where(PublicPage.address == address))
    person = people.get_person(node, page.person_id) if page is not None else None
    if page is None or person is None or not person.is_active or not people.is_adult(node, person):
        raise NotFound(_("There is no page here, or its owner has closed it."))
    listed = [
        stamp
        for stamp in stamps.list_stamps(node, person.id)
        if stamp.visibility is stamps.Visibility.PUBLIC
    ]
    return PublicView(page, person.display_name, listed)


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's page."""
    node.db.execute(delete(PublicPage).where(PublicPage.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """A person's page, if they have one."""
    page = find(node, person_id)
    if page is None:
        return []
    return [
        {
            "address": page.address,
            "text": page.text,
            "opened_at": format_rfc3339(page.opened_at),
        }
    ]
