"""The mails of this room, in the language of the badge: one function for each."""

from typing import TYPE_CHECKING

from colnode.errors import _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["send_offer"]


def send_offer(
    node: "Node", *, to: str, language: str, organisation: str, badge: str, token: str, days: int
) -> None:
    """The link with which somebody takes a badge. Raises Invalid for an impossible address."""
    given = {
        "city": node.config.city.name,
        "organisation": organisation,
        "badge": badge,
        "days": days,
        "link": f"{node.config.server.base_url}/offer/{token}",
    }
    subject = _("A badge for you: {badge}")
    text = _(
        "Hello,\n\n{organisation} gives you the badge “{badge}”. Open this link to take it:\n\n"
        "{link}\n\nYou can take it within {days} days. It becomes yours alone: nobody sees it "
        "until you share it. If you don't want it, you need not do anything.\n\n{city}\n"
    )
    node.mail.send(
        node,
        to=to,
        subject=node.translate(subject, language).format(**given),
        text=node.translate(text, language).format(**given),
    )
