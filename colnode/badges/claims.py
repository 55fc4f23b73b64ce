"""Claim links: a code, also as a QR, that gives a badge to whoever has it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from colnode import audit
from colnode.badges import achievements, issuing, states
from colnode.badges.checking import check_end
from colnode.badges.content import check_text
from colnode.badges.models import Claim, ClaimLink, Credential, PrintedCode
from colnode.badges.more import ResultGiven
from colnode.badges.results import check_results, from_stored, kinds_of, to_stored
from colnode.db import new_id
from colnode.errors import Gone, Invalid, NotFound, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "claim",
    "claim_url",
    "close_link",
    "create_link",
    "find_link",
    "get_link",
    "is_open",
    "list_links",
    "new_code",
    "organisation_of",
    "spaced",
]

# Crockford's base 32 without letters that look like digits, so that a code can be read aloud.
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 12


def create_link(
    node: "Node",
    achievement_id: str,
    *,
    actor_id: str,
    limit: int | None = None,
    expires_at: datetime | None = None,
    label: str | None = None,
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] = (),
) -> ClaimLink:
    """Make a link for up to `limit` people until `expires_at`; None means without an end.

    `valid_until` is the end of the badges that it gives, None for the badge's usual one;
    `results` are what everybody who uses it has reached.
    Raises Refused (not published, not verified) and Invalid.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then make a link."))
    now = node.clock.now()
    if limit is not None and not 1 <= limit <= 1_000_000:
        message = _("Give a number of people from 1 to 1,000,000, or leave it empty.")
        raise Invalid(message, fields={"limit": message})
    link = ClaimLink(
        id=new_id(),
        code=new_code(),
        achievement_id=achievement_id,
        organisation_id=achievement.organisation_id,
        label=check_text(label, longest=120),
        most=limit,
        expires_at=check_end(node, expires_at, field="expires_at"),
        valid_until=check_end(node, valid_until),
        results=to_stored(check_results(kinds_of(achievement), results)),
        created_by=actor_id,
        created_at=now,
    )
    node.db.add(link)
    node.db.flush()
    _note(node, link, "claim_link.created", actor_id)
    return link


def claim(
    node: "Node",
    code: str,
    *,
    person_id: str,
    reflection: str | None = None,
    is_named: bool = False,
) -> Credential:
    """Take the badge of a link: it is signed now. A second claim gives the same credential.

    The person may add a reflection and, of age, be named. The place is taken with one
    conditional update, so a limit holds among any number of units.
    Raises NotFound, Gone (closed, over, used up), Refused (not given any more, a plugin's no) and
    Invalid (a bad text, too young to be named).
    """
    link = find_link(node, code)
    before = _claimed(node, link, person_id)
    if before is not None:
        return before
    is_taken = _take_place(node, link)
    before = _claimed(node, link, person_id)
    if before is not None:  # the same person's other request was first, while this one waited
        if is_taken:
            _give_back_place(node, link)
        return before
    if not is_taken:
        raise Gone(_("This link is closed or all its badges are taken. Ask who gave it to you."))
    credential = issuing.issue(
        node,
        link.achievement_id,
        person_id=person_id,
        reflection=reflection,
        is_named=is_named,
        valid_until=link.valid_until,
        results=from_stored(achievements.get_achievement(node, link.achievement_id), link.results),
        actor_id=link.created_by,
    )
    node.db.add(
        Claim(
            claim_link_id=link.id,
            person_id=person_id,
            credential_id=credential.id,
            claimed_at=node.clock.now(),
        )
    )
    node.db.flush()
    return credential


def close_link(node: "Node", claim_link_id: str, *, actor_id: str) -> ClaimLink:
    """End a link now. Badges that it gave stay. Twice is the same as once."""
    link = get_link(node, claim_link_id)
    if link.closed_at is None:
        link.closed_at = node.clock.now()
        node.db.flush()
        _note(node, link, "claim_link.closed", actor_id)
    return link


def find_link(node: "Node", code: str) -> ClaimLink:
    """The link of a code as somebody typed it: case, spaces and hyphens don't matter."""
    typed = "".join(character for character in code.lower() if character.isalnum())
    link = node.db.scalar(select(ClaimLink).where(ClaimLink.code == typed))
    if link is None:
        raise NotFound(_("There is no badge with this code. Check it letter by letter."))
    return link


def get_link(node: "Node", claim_link_id: str) -> ClaimLink:
    """A link by its id. Raises NotFound."""
    link = node.db.get(ClaimLink, claim_link_id)
    if link is None:
        raise NotFound(_("There is no such link."))
    return link


def is_open(node: "Node", link: ClaimLink) -> bool:
    """Whether one more person can use it."""
    return (
        link.closed_at is None
        and (link.expires_at is None or link.expires_at > node.clock.now())
        and (link.most is None or link.used < link.most)
    )


def list_links(node: "Node", achievement_id: str) -> Sequence[ClaimLink]:
    """An achievement's links, newest first; those that are printed on sheets aside."""
    query = select(ClaimLink).where(
        ClaimLink.achievement_id == achievement_id,
        ClaimLink.id.not_in(select(PrintedCode.claim_link_id)),
    )
    return node.db.scalars(query.order_by(ClaimLink.created_at.desc(), ClaimLink.id)).all()


def organisation_of(node: "Node", claim_link_id: str) -> str:
    """The id of the organisation whose link it is. Raises NotFound."""
    return get_link(node, claim_link_id).organisation_id


def claim_url(node: "Node", link: ClaimLink) -> str:
    """The address that the link and its QR lead to."""
    return f"{node.config.server.base_url}/claim/{link.code}"


def new_code() -> str:
    """A random code that can be read aloud."""
    return "".join(secrets.choice(_LETTERS) for _index in range(_LENGTH))


def spaced(code: str) -> str:
    """A code as people read it, in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _claimed(node: "Node", link: ClaimLink, person_id: str) -> Credential | None:
    """What the person has from this link, or from any code of the sheet that it stands on."""
    own, other = aliased(PrintedCode), aliased(PrintedCode)
    sheet = (
        select(other.claim_link_id)
        .join(own, own.code_sheet_id == other.code_sheet_id)
        .where(own.claim_link_id == link.id)
    )
    query = select(Claim.credential_id).where(
        Claim.person_id == person_id,
        or_(Claim.claim_link_id == link.id, Claim.claim_link_id.in_(sheet)),
    )
    credential_id = node.db.scalar(query)
    if credential_id is None:
        return None
    return states.current_of(node, issuing.get_credential(node, credential_id))


def _take_place(node: "Node", link: ClaimLink) -> bool:
    taken = node.db.execute(
        update(ClaimLink)
        .where(
            ClaimLink.id == link.id,
            ClaimLink.closed_at.is_(None),
            or_(ClaimLink.expires_at.is_(None), ClaimLink.expires_at > node.clock.now()),
            or_(ClaimLink.most.is_(None), ClaimLink.used < ClaimLink.most),
        )
        .values(used=ClaimLink.used + 1)
        .returning(ClaimLink.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    node.db.refresh(link)
    return taken is not None


def _give_back_place(node: "Node", link: ClaimLink) -> None:
    node.db.execute(
        update(ClaimLink)
        .where(ClaimLink.id == link.id)
        .values(used=ClaimLink.used - 1)
        .execution_options(synchronize_session=False)
    )
    node.db.refresh(link)


def _note(node: "Node", link: ClaimLink, action: str, actor_id: str) -> None:
    audit.record(
        node,
        action,
        subject_type="claim_link",
        subject_id=link.id,
        actor_id=actor_id,
        detail={"achievement_id": link.achievement_id, "organisation_id": link.organisation_id},
    )
