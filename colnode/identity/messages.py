"""The mails of this room, in the reader's language: one function for each."""

from typing import TYPE_CHECKING

from colnode.errors import _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "send_account_exists",
    "send_add_email",
    "send_city_invitation",
    "send_confirmation",
    "send_merge",
    "send_organisation_invitation",
    "send_organisation_status",
    "send_sign_in",
]


def send_sign_in(node: "Node", *, to: str, language: str, token: str) -> None:
    """The link with which somebody signs in."""
    _send(
        node,
        to,
        language,
        _("Sign in to {city}"),
        _(
            "Hello,\n\nopen this link to sign in to {city}:\n\n{link}\n\nIt works once, within "
            "30 minutes. If you did not ask for it, you need not do anything.\n"
        ),
        link=_link(node, token),
    )


def send_confirmation(node: "Node", *, to: str, language: str, name: str, token: str) -> None:
    """The link that proves the address of a new account."""
    _send(
        node,
        to,
        language,
        _("Confirm your address for {city}"),
        _(
            "Hello {name},\n\nwelcome to {city}. Open this link to confirm your address and "
            "start:\n\n{link}\n\nIt works once, within 24 hours. If you did not sign up, you "
            "need not do anything.\n"
        ),
        name=name,
        link=_link(node, token),
    )


def send_account_exists(node: "Node", *, to: str, language: str, token: str) -> None:
    """To somebody who signs up again: a link to the account that they have."""
    _send(
        node,
        to,
        language,
        _("You have an account at {city}"),
        _(
            "Hello,\n\nsomebody asked for a new account at {city} with this address. You have one "
            "already; open this link to sign in:\n\n{link}\n\nIt works once, within 30 minutes. "
            "If it was not you, you need not do anything.\n"
        ),
        link=_link(node, token),
    )


def send_add_email(node: "Node", *, to: str, language: str, token: str) -> None:
    """The link that proves one more address of an account."""
    _send(
        node,
        to,
        language,
        _("Confirm this address for {city}"),
        _(
            "Hello,\n\nopen this link to add this address to your account at {city}:\n\n{link}\n\n"
            "It works once, within 24 hours. If you did not ask for it, you need not do "
            "anything.\n"
        ),
        link=_link(node, token),
    )


def send_merge(node: "Node", *, to: str, language: str, name: str, token: str) -> None:
    """The link that merges the reader's account into another account of theirs."""
    _send(
        node,
        to,
        language,
        _("Join your two accounts at {city}"),
        _(
            "Hello,\n\nsomebody who is signed in at {city} as {name} says that your account is "
            "theirs as well, and wants to join the two. If that is you, open this link in the "
            "browser in which you are signed in as {name}:\n\n{link}\n\nIt works once, within 30 "
            "minutes, and it cannot be undone. If it was not you, do not open it.\n"
        ),
        name=name,
        link=_link(node, token),
    )


def send_city_invitation(node: "Node", *, to: str, language: str, token: str) -> None:
    """An invitation to open an account."""
    _send(
        node,
        to,
        language,
        _("You are invited to {city}"),
        _(
            "Hello,\n\nyou are invited to open an account at {city}, where you find things to "
            "learn and keep the badges that you earn:\n\n{link}\n\nThe link works once, within "
            "14 days.\n"
        ),
        link=_link(node, token),
    )


def send_organisation_invitation(
    node: "Node", *, to: str, language: str, organisation: str, token: str
) -> None:
    """An invitation to work with an organisation."""
    _send(
        node,
        to,
        language,
        _("{organisation} invites you"),
        _(
            "Hello,\n\n{organisation} invites you to work with them at {city}. Open this link to "
            "accept:\n\n{link}\n\nIt works once, within 14 days.\n"
        ),
        organisation=organisation,
        link=_link(node, token),
    )


def send_organisation_status(
    node: "Node", *, to: str, language: str, organisation: str, is_verified: bool, reason: str
) -> None:
    """What the city decided about an organisation, to its owners."""
    subject, text = (
        (
            _("{organisation} is verified"),
            _(
                "Hello,\n\n{city} verified {organisation}. You can publish badges and activities "
                "and send invitations now:\n\n{link}\n"
            ),
        )
        if is_verified
        else (
            _("{organisation} is suspended"),
            _(
                "Hello,\n\n{city} suspended {organisation}. Its pages are hidden, and it can "
                "neither publish nor send mail. Badges that were earned stay valid.\n\nThe "
                "reason: {reason}\n\n{link}\n"
            ),
        )
    )
    link = f"{node.config.server.base_url}/organisations"
    _send(node, to, language, subject, text, organisation=organisation, reason=reason, link=link)


def _link(node: "Node", token: str) -> str:
    return f"{node.config.server.base_url}/link/{token}"


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
