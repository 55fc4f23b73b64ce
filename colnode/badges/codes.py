"""Printed single-use codes: a sheet of claim links for one person each.

A code is taken as any claim link is (claims.py). One person takes one badge from a sheet, however
many of its codes they type; the other codes stay for others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select, update

from colnode import audit
from colnode.badges import achievements, claims
from colnode.badges.checking import check_end
from colnode.badges.content import check_text
from colnode.badges.models import ClaimLink, CodeSheet, PrintedCode
from colnode.badges.more import ResultGiven
from colnode.badges.results import check_results, kinds_of, to_stored
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "MOST_CODES",
    "SheetView",
    "close_sheet",
    "create_sheet",
    "get_sheet",
    "list_sheets",
    "open_codes",
    "organisation_of",
    "view_sheet",
]

MOST_CODES = 500


@dataclass(frozen=True)
class SheetView:
    """A sheet with how many codes it has and how many of them were taken."""

    sheet: CodeSheet
    count: int
    used: int
    is_open: bool


def create_sheet(
    node: "Node",
    achievement_id: str,
    *,
    count: int,
    actor_id: str,
    expires_at: datetime | None = None,
    label: str | None = None,
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] = (),
) -> CodeSheet:
    """Make `count` codes for one person each, to be printed.

    `valid_until` is the end of the badges that they give, None for the badge's usual one;
    `results` are what everybody who uses one has reached. Raises Refused and Invalid.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then print codes."))
    if not 1 <= count <= MOST_CODES:
        message = _("Give a number of codes from 1 to 500.")
        raise Invalid(message, fields={"count": message})
    now = node.clock.now()
    sheet = CodeSheet(
        id=new_id(),
        achievement_id=achievement_id,
        organisation_id=achievement.organisation_id,
        label=check_text(label, longest=120),
        expires_at=check_end(node, expires_at, field="expires_at"),
        created_by=actor_id,
        created_at=now,
    )
    node.db.add(sheet)
    node.db.flush()
    end = check_end(node, valid_until)
    reached = to_stored(check_results(kinds_of(achievement), results))
    links = [_link(sheet, end, reached) for _index in range(count)]
    node.db.add_all(links)
    node.db.flush()
    node.db.add_all(PrintedCode(claim_link_id=link.id, code_sheet_id=sheet.id) for link in links)
    node.db.flush()
    _note(node, sheet, "code_sheet.created", actor_id)
    return sheet


def close_sheet(node: "Node", code_sheet_id: str, *, actor_id: str) -> CodeSheet:
    """End every code of a sheet now. Badges that it gave stay. Twice is the same as once."""
    sheet = get_sheet(node, code_sheet_id)
    if sheet.closed_at is None:
        sheet.closed_at = node.clock.now()
        node.db.execute(
            update(ClaimLink)
            .where(ClaimLink.id.in_(_links_of(code_sheet_id)), ClaimLink.closed_at.is_(None))
            .values(closed_at=sheet.closed_at)
        )
        node.db.flush()
        _note(node, sheet, "code_sheet.closed", actor_id)
    return sheet


def get_sheet(node: "Node", code_sheet_id: str) -> CodeSheet:
    """A sheet by its id. Raises NotFound."""
    sheet = node.db.get(CodeSheet, code_sheet_id)
    if sheet is None:
        raise NotFound(_("There is no such sheet of codes."))
    return sheet


def view_sheet(node: "Node", code_sheet_id: str) -> SheetView:
    """A sheet with its numbers. Raises NotFound."""
    sheet = get_sheet(node, code_sheet_id)
    return _views(node, [sheet])[0]


def list_sheets(node: "Node", achievement_id: str) -> Sequence[SheetView]:
    """An achievement's sheets, newest first."""
    query = select(CodeSheet).where(CodeSheet.achievement_id == achievement_id)
    sheets = node.db.scalars(query.order_by(CodeSheet.created_at.desc(), CodeSheet.id)).all()
    return _views(node, sheets)


def open_codes(node: "Node", code_sheet_id: str) -> Sequence[ClaimLink]:
    """The codes that nobody has taken yet, in the order in which they were made.

    Raises NotFound, and Gone when none is left to print.
    """
    get_sheet(node, code_sheet_id)
    query = select(ClaimLink).where(ClaimLink.id.in_(_links_of(code_sheet_id)))
    found = node.db.scalars(query.order_by(ClaimLink.id)).all()
    left = [link for link in found if claims.is_open(node, link)]
    if not left:
        raise Gone(_("No code of this sheet is left to print."))
    return left


def organisation_of(node: "Node", code_sheet_id: str) -> str:
    """The id of the organisation whose sheet it is. Raises NotFound."""
    return get_sheet(node, code_sheet_id).organisation_id


def _views(node: "Node", sheets: Sequence[CodeSheet]) -> Sequence[SheetView]:
    query = (
        select(PrintedCode.code_sheet_id, func.count(), func.sum(ClaimLink.used))
        .join(ClaimLink, ClaimLink.id == PrintedCode.claim_link_id)
        .where(PrintedCode.code_sheet_id.in_([sheet.id for sheet in sheets]))
        .group_by(PrintedCode.code_sheet_id)
    )
    numbers: Mapping[str, tuple[int, int]] = {
        sheet_id: (count, used) for sheet_id, count, used in node.db.execute(query)
    }
    now = node.clock.now()
    return [
        SheetView(
            sheet,
            *numbers[sheet.id],
            is_open=sheet.closed_at is None
            and (sheet.expires_at is None or sheet.expires_at > now)
            and numbers[sheet.id][1] < numbers[sheet.id][0],
        )
        for sheet in sheets
    ]


def _links_of(code_sheet_id: str) -> Select[str]:
    return select(PrintedCode.claim_link_id).where(PrintedCode.code_sheet_id == code_sheet_id)


def _link(sheet: CodeSheet, valid_until: datetime | None, results: Mapping[str, str]) -> ClaimLink:
    return ClaimLink(
        id=new_id(),
        code=claims.new_code(),
        achievement_id=sheet.achievement_id,
        organisation_id=sheet.organisation_id,
        label=sheet.label,
        most=1,
        used=0,
        expires_at=sheet.expires_at,
        valid_until=valid_until,
        results=dict(results),
        created_by=sheet.created_by,
        created_at=sheet.created_at,
    )


def _note(node: "Node", sheet: CodeSheet, action: str, actor_id: str) -> None:
    audit.record(
        node,
        action,
        subject_type="code_sheet",
        subject_id=sheet.id,
        actor_id=actor_id,
        detail={"achievement_id": sheet.achievement_id, "organisation_id": sheet.organisation_id},
    )
