"""What is kept about people: what they hold and asked for, and who wrote an endorsement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from colnode.plugin import Node
from colnode_endorsement import holding
from colnode_endorsement.models import Ask, Given, Held

__all__ = ["erase", "export", "merge"]


def erase(node: Node, person_id: str) -> None:
    """Forget a person. What their organisation endorsed stays the organisation's."""
    holding.forget(node, person_id)
    node.db.execute(delete(Ask).where(Ask.asked_by == person_id, Ask.organisation_id.is_(None)))
    node.db.execute(update(Ask).where(Ask.asked_by == person_id).values(asked_by=None))
    node.db.execute(update(Given).where(Given.created_by == person_id).values(created_by=None))


def merge(node: Node, person_id: str, into_id: str) -> None:
    """What one account has and did becomes the other's."""
    kept = select(Held.source_url).where(Held.person_id == into_id)
    node.db.execute(delete(Held).where(Held.person_id == person_id, Held.source_url.in_(kept)))
    for model, column in ((Held, "person_id"), (Ask, "asked_by"), (Given, "created_by")):
        where = getattr(model, column) == person_id
        node.db.execute(update(model).where(where).values({column: into_id}))


def export(node: Node, person_id: str) -> Mapping[str, Any]:
    """Endorsements of the person's badges with their documents, and what they asked and wrote."""
    asked = node.db.scalars(select(Ask).where(Ask.asked_by == person_id).order_by(Ask.created_at))
    written = node.db.scalars(
        select(Given).where(Given.created_by == person_id).order_by(Given.created_at)
    )
    return {
        "endorsements_of_badges": [
            {
                "badge": held.about,
                "endorsement": held.source_url,
                "is_shown": held.is_shown,
                "document": held.document,
            }
            for held in holding.list_held(node, person_id)
        ],
        "endorsement_requests": [
            {
                "about": item.about,
                "to": item.email or item.endorser_id,
                "message": item.message,
                "state": item.state,
                "asked_at": item.created_at.isoformat(),
            }
            for item in asked
        ],
        "endorsements_written": [
            {"about": item.about, "comment": item.comment, "at": item.created_at.isoformat()}
            for item in written
        ],
    }
