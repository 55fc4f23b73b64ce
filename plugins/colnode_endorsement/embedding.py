"""Which endorsements a credential carries when it is signed: of its achievement and its issuer."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from colnode.plugin import Node, catalogue
from colnode_endorsement import standing
from colnode_endorsement.models import Checked, Given
from colnode_endorsement.states import Kind, Outcome, State
from colnode_endorsement.subjects import of_record

__all__ = ["documents"]

_MOST_OF_EACH = 8
_GIVEN = (
    select(Given.id)
    .where(Given.about.between(bindparam("first"), bindparam("last")))
    .where(Given.state == State.SIGNED)
    .limit(1)
)
_CHECKED = (
    select(Checked.record_id)
    .where(Checked.about.between(bindparam("first"), bindparam("last")))
    .where(Checked.outcome == Outcome.VALID)
    .limit(1)
)


def documents(node: Node, achievement_id: str) -> Sequence[Mapping[str, Any]]:
    """The signed documents, at most eight of the badge and eight of its organisation."""
    if not _has_any(node):
        return ()
    badge = catalogue.get(node, catalogue.OWN, achievement_id, record_type=Kind.ACHIEVEMENT)
    if badge is None:
        return ()
    organisation = catalogue.get(
        node, catalogue.OWN, badge.body["organisation"], record_type=Kind.ORGANISATION
    )
    found: list[Mapping[str, Any]] = []
    for record in (badge, organisation):
        if record is not None:
            subject = of_record(node, record)
            found += standing.documents_behind(node, subject, most=_MOST_OF_EACH)
    return found


def _has_any(node: Node) -> bool:
    """Whether anything of this city is endorsed at all, so that most cities pay two questions."""
    about = {"first": f"{node.id}/", "last": f"{node.id}0"}  # "0" comes right after "/"
    return any(node.db.scalar(query, about) is not None for query in (_GIVEN, _CHECKED))
