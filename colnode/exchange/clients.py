"""Programs that register themselves (RFC 7591), and what they may say of themselves."""

import hmac
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import delete, exists

from colnode.errors import Invalid, _
from colnode.exchange.models import OAuthClient, OAuthCode, OAuthGrant
from colnode.identity import throttle
from colnode.identity.passwords import hash_secret, new_secret

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Registered", "find", "is_secret_of", "origin_of", "register", "sweep"]

_REGISTER_FROM = throttle.Rule("register program", 20, timedelta(hours=2))
_UNUSED_FOR = timedelta(days=30)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)


@dataclass(frozen=True)
class Registered:
    """A program just registered, with the secret that is told once; None for a public one."""

    client: OAuthClient
    secret: str | None


def register(
    node: "Node",
    *,
    name: str,
    redirect_urls: Sequence[str],
    scopes: Sequence[str],
    grant_types: Sequence[str],
    auth_method: str = "client_secret_basic",
    url: str | None = None,
    asker: str,
) -> Registered:
    """Remember a program. `asker` is the address of the machine that asks, for the limit.

    Addresses to return to are https, or http on the program's own machine (RFC 8252 section 7.3).
    Raises Throttled, and Invalid that names `client_name`, `client_uri` or `redirect_uris`.
    """
    throttle.check(node, _REGISTER_FROM, asker)
    throttle.count(node, _REGISTER_FROM, asker)
    _check(name, redirect_urls, url)
    secret = None if auth_method == "none" else new_secret()
    now = node.clock.now()
    client = OAuthClient(
        id=f"oauth_{secrets.token_urlsafe(18)}",
        secret_digest=hash_secret(secret) if secret else None,
        auth_method=auth_method,
        name=name.strip(),
        url=url or None,
        redirect_urls=list(redirect_urls),
        scopes=list(scopes),
        grant_types=list(grant_types),
        created_at=now,
        used_at=now,
    )
    node.db.add(client)
    node.db.flush()
    return Registered(client, secret)


def find(node: "Node", client_id: str) -> OAuthClient | None:
    """The program with this id."""
    return node.db.get(OAuthClient, client_id)


def is_secret_of(client: OAuthClient, secret: str) -> bool:
    """Whether the secret is the program's."""
    return client.secret_digest is not None and hmac.compare_digest(
        client.secret_digest, hash_secret(secret)
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of an address that was registered, e.g. https://app.example."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def sweep(node: "Node") -> None:
    """Forget programs that nobody allowed anything for a month."""
    node.db.execute(
        delete(OAuthClient).where(
            OAuthClient.used_at < node.clock.now() - _UNUSED_FOR,
            ~exists().where(OAuthGrant.client_id == OAuthClient.id),
            ~exists().where(OAuthCode.client_id == OAuthClient.id),
        )
    )


def _check(name: str, redirect_urls: Sequence[str], url: str | None) -> None:
    text = name.strip()
    if not 1 <= len(text) <= 100 or not text.isprintable():
        raise Invalid(_("A program needs a name of up to 100 characters."), {"client_name": ""})
    if url and not _is_allowed(url):
        raise Invalid(_("The program's own address is not a web address."), {"client_uri": ""})
    if not 1 <= len(redirect_urls) <= 10 or not all(map(_is_allowed, redirect_urls)):
        message = _("The addresses to return to must be https, or http on the same machine.")
        raise Invalid(message, {"redirect_uris": ""})


def _is_allowed(url: str) -> bool:
    """An https address, or http on the machine itself, that can stand in a header as it is."""
    if len(url) > 500 or not url.isascii() or any(sign in url for sign in ' \t\r\n"<>\\^`{|}'):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    bare = parts.netloc.rpartition("@")[2] == parts.netloc and not url.endswith("#")
    if not host or not bare or parts.fragment or not _HOST.fullmatch(_in_brackets(host)):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_own_machine(host))


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_own_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
