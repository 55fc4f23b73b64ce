"""The mails of this room, one function for each. A mail leaves when its unit is committed."""

from typing import TYPE_CHECKING

from colnode.errors import _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["send_given", "send_offer", "send_revoked"]


def send_offer(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, token: str, days: int
) -> None:
    """The link with which somebody takes a badge. Raises Invalid for an impossible address."""
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
    node: "Node", to: str, language: str, subject: str, text: str, **parameters: object
) -> None:
    given = {"city": node.config.city.name, **parameters}
    node.mail.send(
        node,
        to=to,
        subject=node.translate(subject, language).format(**given),
        text=node.translate(text, language).format(**given),
    )
