"""What this room keeps about a person: taken along, and forgotten."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from colnode.clock import format_rfc3339
from colnode.exchange import grants, hosting
from colnode.exchange.models import OutsideVisit

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["erase", "export"]


def erase(node: "Node", person_id: str) -> None:
    """End every program's access and forget profile and visits."""
    grants.end_all(node, person_id)
    hosting.forget_profile(node, person_id)
    node.db.execute(delete(OutsideVisit).where(OutsideVisit.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Programs with access, the profile for programs, and visits."""
    return [
        *_programs(node, person_id),
        *_profile(node, person_id),
        *_visits(node, person_id),
    ]


def _programs(node: "Node", person_id: str) -> list[dict[str, Any]]:
    return [
        {
            "program": item.client.name,
            "scopes": list(item.grant.scopes),
            "created_at": format_rfc3339(item.grant.created_at),
        }
        for item in grants.list_grants(node, person_id)
    ]


def _profile(node: "Node", person_id: str) -> list[dict[str, Any]]:
    if not hosting.has_put_profile(node, person_id):
        return []
    return [{"profile": hosting.get_profile(node, person_id)}]


def _visits(node: "Node", person_id: str) -> list[dict[str, Any]]:
    query = select(OutsideVisit).where(OutsideVisit.person_id == person_id)
    return [
        {
            "site": visit.site_url,
            "known_as": visit.known_as,
            "created_at": format_rfc3339(visit.created_at),
        }
        for visit in node.db.scalars(query.order_by(OutsideVisit.created_at))
    ]
