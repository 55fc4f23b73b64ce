"""Awards by e-mail: an offer for each address, mailed with a token; the person accepts later."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from colnode.badges import achievements, offers
from colnode.badges.checking import check_end, check_evidence, check_text
from colnode.badges.models import Achievement, Offer
from colnode.badges.more import ResultGiven
from colnode.badges.results import check_results, kinds_of, to_stored
from colnode.db import new_id
from colnode.errors import Invalid, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "AwardResult",
    "AwardRow",
    "award",
    "award_rows",
    "is_email",
    "split_emails",
]

_EMAIL = re.compile(r"[^\s@<>,;\"()\[\]\\]{1,64}@[^\s@<>,;\"()\[\]\\]+\.[^\s@<>,;\"()\[\]\\.]{2,}")
_MOST = 500


@dataclass(frozen=True)
class AwardRow:
    """One badge to offer. `valid_until` is its own end, None for the badge's usual one."""

    email: str
    narrative: str | None = None
    evidence: Sequence[str] = ()
    valid_until: datetime | None = None
    results: Sequence[ResultGiven] = ()


@dataclass(frozen=True)
class AwardResult:
    """What became of one address.

    `outcome` is sent, waiting (offered before), double (in an earlier row), or wrong: the address
    is none, unless `reason`, an English template with `parameters`, says what else is.
    """

    email: str
    outcome: str
    offer_id: str | None = None
    reason: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)


def split_emails(text: str) -> list[str]:
    """The addresses of a pasted list: lines, commas, semicolons, `Name <address>`; no doubles."""
    found: list[str] = []
    for part in re.split(r"[\n,;]+", text):
        inside = re.search(r"<([^<>]*)>", part)
        word = (inside.group(1) if inside else part).strip()
        found += [word.lower()] if inside or " " not in word else word.lower().split()
    return list(dict.fromkeys(word for word in found if word))


def award(
    node: "Node",
    achievement_id: str,
    *,
    emails: Sequence[str],
    actor_id: str,
    narrative: str | None = None,
    evidence: Sequence[str] = (),
    valid_until: datetime | None = None,
    results: Sequence[ResultGiven] = (),
    is_trial: bool = False,
) -> list[AwardResult]:
    """Offer the badge to each address and mail it; one result per address, in order.

    `results` are what all of them reached of what the achievement describes.

    With `is_trial` nothing is stored or mailed: the results are what would happen.
    An address with an open offer of this badge is not mailed again. Raises Refused (the badge is
    not published, the organisation not verified) and Invalid (no address, too many, bad texts, a
    result that the badge does not have).
    """
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    if not addresses or len(addresses) > _MOST:
        message = _("Give at least one e-mail address, and at most 500 at a time.")
        raise Invalid(message, fields={"emails": message})
    text = _check_narrative(narrative, addresses)
    links, end = check_evidence(evidence), check_end(node, valid_until)
    described = kinds_of(achievements.get_achievement(node, achievement_id))
    reached = check_results(described, results)
    rows = [AwardRow(email, text, links, end, reached) for email in addresses]
    return award_rows(node, achievement_id, rows=rows, actor_id=actor_id, is_trial=is_trial)


def award_rows(
    node: "Node",
    achievement_id: str,
    *,
    rows: Sequence[AwardRow],
    actor_id: str,
    is_trial: bool = False,
) -> list[AwardResult]:
    """Offer the badge once for each row, whose texts may differ; one result per row, in order.

    A row that is wrong stops no other. With `is_trial` nothing is stored or mailed. Raises
    Refused (the badge is not published, the organisation not verified).
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then send it."))
    waiting = offers.waiting_at(node, achievement_id, [row.email for row in rows])
    seen: set[str] = set()
    results = []
    for row in rows:
        if row.email in seen:
            results.append(AwardResult(row.email, "double"))
            continue
        seen.add(row.email)
        if row.email in waiting:
            results.append(AwardResult(row.email, "waiting", waiting[row.email]))
        else:
            results.append(_award_row(node, achievement, row, actor_id, is_trial))
    return results


def _award_row(
    node: "Node", achievement: Achievement, row: AwardRow, actor_id: str, is_trial: bool
) -> AwardResult:
    if not is_email(row.email):
        return AwardResult(row.email, "wrong")
    try:
        checked = AwardRow(
            row.email,
            _check_narrative(row.narrative, [row.email]),
            check_evidence(row.evidence),
            check_end(node, row.valid_until),
            check_results(kinds_of(achievement), row.results),
        )
    except Invalid as error:
        return AwardResult(row.email, "wrong", reason=error.message, parameters=error.parameters)
    if is_trial:
        return AwardResult(row.email, "sent")
    return _offer(node, achievement, checked, actor_id)


def is_email(text: str) -> bool:
    """Whether it looks like an e-mail address; only the mail itself can tell."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def _offer(node: "Node", achievement: Achievement, row: AwardRow, actor_id: str) -> AwardResult:
    token = secrets.token_urlsafe(24)
    now = node.clock.now()
    offer = Offer(
        id=new_id(),
        achievement_id=achievement.id,
        organisation_id=achievement.organisation_id,
        email=row.email,
        token_digest=offers.digest_of(token),
        narrative=row.narrative,
        evidence=list(row.evidence),
        created_by=actor_id,
        created_at=now,
        expires_at=now + timedelta(days=offers.DAYS_OPEN),
        valid_until=row.valid_until,
        results=to_stored(row.results),
    )
    try:
        offers.mail(node, achievement, offer, token)
    except Invalid:  # the mailer knows more about addresses than the pattern above
        return AwardResult(row.email, "wrong")
    node.db.add(offer)
    node.db.flush()
    offers.note(node, offer, "offer.sent", actor_id)
    return AwardResult(row.email, "sent", offer.id)


def _check_narrative(narrative: str | None, addresses: Sequence[str]) -> str | None:
    text = check_text(narrative, longest=2_000)
    if text and any(address in text.lower() for address in addresses):
        message = _("Leave e-mail addresses out of the text. It becomes part of the badge.")
        raise Invalid(message, fields={"narrative": message})
    return text
