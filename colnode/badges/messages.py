"""The mails of this room, one function for each. A mail leaves when its unit is committed."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from colnode.badges.jobs import OFFER_MAILED
from colnode.errors import _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "send_answer",
    "send_corrected",
    "send_ending",
    "send_given",
    "send_offer",
    "send_reminder",
    "send_requests",
    "send_revoked",
    "send_suspended",
]


def send_offer(
    node: "Node",
    *,
    to: str,
    language: str,
    organisation: str,
    badge: str,
    token: str,
    days: int,
    offer_id: str,
) -> None:
    """The link with which somebody takes a badge. Raises Invalid for an impossible address.

    Once it has left, the job OFFER_MAILED is enqueued for the offer.
    """
    _send(
        node,
        to,
        language,
        _("A badge for you: {badge}"),
        _(
            "Hello,\n\n{organisation} gives you the badge “{badge}”. Open this link to take it:"
            "\n\n{link}\n\nYou can take it within {days} days. It becomes yours alone: nobody "
            "sees it until you share it. If you don't want it, you need not do anything.\n\n"
            "{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        days=days,
        link=f"{node.config.server.base_url}/offer/{token}",
        then=(OFFER_MAILED, {"offer_id": offer_id}),
    )


def send_given(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, url: str
) -> None:
    """Tells somebody with an account that a badge is theirs. Raises Invalid as send_offer does."""
    _send(
        node,
        to,
        language,
        _("A badge for you: {badge}"),
        _(
            "Hello,\n\n{organisation} gave you the badge “{badge}”. It is among your badges:"
            "\n\n{link}\n\nNobody else sees it until you share it.\n\n{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        link=url,
    )


def send_reminder(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, token: str, days: int
) -> None:
    """Says once that an offered badge still waits."""
    _send(
        node,
        to,
        language,
        _("Your badge “{badge}” still waits for you"),
        _(
            "Hello,\n\n{organisation} gave you the badge “{badge}”, and you have not taken it "
            "yet. Open this link to take it:\n\n{link}\n\nIt waits {days} more days. If you "
            "don't want it, you need not do anything; we don't write again.\n\n{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        days=days,
        link=f"{node.config.server.base_url}/offer/{token}",
    )


def send_ending(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, day: date, url: str
) -> None:
    """Says once that a badge ends soon."""
    _send(
        node,
        to,
        language,
        _("Your badge “{badge}” ends soon"),
        _(
            "Hello,\n\nyour badge “{badge}” is valid until {day}. After that, whoever checks it "
            "sees that it has expired:\n\n{link}\n\nIf you need it longer, ask {organisation} "
            "how to renew it.\n\n{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        day=day.isoformat(),
        link=url,
    )


def send_corrected(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, reason: str, url: str
) -> None:
    """Tells the holder that a badge was corrected, and where the new one is."""
    _send(
        node,
        to,
        language,
        _("Your badge “{badge}” was corrected"),
        _(
            "Hello,\n\n{organisation} corrected your badge “{badge}”. They wrote:\n\n{reason}"
            "\n\nThis is the new badge. It takes the place of the old one, which no longer "
            "counts:\n\n{link}\n\nIf you gave the old file to somebody, send them the new "
            "one.\n\n{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        reason=reason,
        link=url,
    )


def send_suspended(
    node: "Node",
    *,
    to: str,
    language: str,
    organisation: str,
    badge: str,
    reason: str | None,
    url: str,
) -> None:
    """Tells the holder why a badge is suspended or, without a reason, that it counts again."""
    if reason is None:
        subject = _("Your badge “{badge}” is valid again")
        text = _(
            "Hello,\n\n{organisation} ended the suspension of your badge “{badge}”. It counts "
            "again:\n\n{link}\n\n{city}\n"
        )
    else:
        subject = _("Your badge “{badge}” is suspended")
        text = _(
            "Hello,\n\n{organisation} suspended your badge “{badge}” for a while. They wrote:"
            "\n\n{reason}\n\nUntil they resume it, whoever checks the badge sees that:\n\n"
            "{link}\n\nIf you think that this is a mistake, please ask them.\n\n{city}\n"
        )
    _send(
        node,
        to,
        language,
        subject,
        text,
        organisation=organisation,
        badge=badge,
        reason=reason or "",
        link=url,
    )


def send_answer(
    node: "Node",
    *,
    to: str,
    language: str,
    badge: str,
    is_granted: bool,
    comment: str | None,
    url: str,
) -> None:
    """Tells somebody what became of their request for a badge."""
    if is_granted:
        subject = _("You earned the badge “{badge}”")
        text = _(
            "Hello,\n\nyour request for the badge “{badge}” was granted. The badge is yours:"
            "\n\n{link}\n\n{comment}\n\n{city}\n"
        )
    else:
        subject = _("Your request for the badge “{badge}”")
        text = _(
            "Hello,\n\nyour request for the badge “{badge}” was not granted this time. The "
            "answer was:\n\n{comment}\n\nYou can ask again once you have more to show:\n\n"
            "{link}\n\n{city}\n"
        )
    _send(node, to, language, subject, text, badge=badge, comment=comment or "", link=url)


def send_requests(
    node: "Node", *, to: str, language: str, organisation: str, badges: str, url: str
) -> None:
    """Tells somebody who may award that people wait; `badges` has a line for each badge."""
    _send(
        node,
        to,
        language,
        _("People ask {organisation} for badges"),
        _(
            "Hello,\n\nthese requests wait for an answer from you or a colleague:\n\n{badges}\n\n"
            "See what they did, and say yes or what is missing:\n\n{link}\n\n{city}\n"
        ),
        organisation=organisation,
        badges=badges,
        link=url,
    )


def send_revoked(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, reason: str, url: str
) -> None:
    """Tells the holder that a badge was taken back, and why."""
    _send(
        node,
        to,
        language,
        _("Your badge “{badge}” was taken back"),
        _(
            "Hello,\n\n{organisation} took back your badge “{badge}”. They wrote:\n\n{reason}\n\n"
            "Whoever checks the badge sees that it is no longer valid:\n\n{link}\n\nIf you think "
            "that this is a mistake, please ask them.\n\n{city}\n"
        ),
        organisation=organisation,
        badge=badge,
        reason=reason,
        link=url,
    )


def _send(
    node: "Node",
    to: str,
    language: str,
    subject: str,
    text: str,
    then: tuple[str, Mapping[str, Any]] | None = None,
    **parameters: object,
) -> None:
    given = {"city": node.config.city.name, **parameters}
    node.mail.send(
        node,
        to=to,
        subject=node.translate(subject, language).format(**given),
        text=node.translate(text, language).format(**given),
        then=then,
    )
