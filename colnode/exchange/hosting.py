"""What the Open Badges 3.0 API gives and takes for one person, without HTTP.

Source: Open Badges 3.0 sections 6.2.2 (getCredentials) to 6.2.5 (putProfile).
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from colnode.badges import passport
from colnode.errors import Invalid, TooLarge, _
from colnode.exchange import keeping
from colnode.exchange.models import ExchangeProfile
from colnode.identity import key_file, people
from colnode.openbadges import strict_json
from colnode.openbadges.contexts import CREDENTIALS_V2, OB_3_0_3
from colnode.openbadges.schema import schema_error

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "MOST_A_PAGE",
    "Page",
    "forget_profile",
    "get_profile",
    "has_put_profile",
    "list_page",
    "put_profile",
]

MOST_A_PAGE = 100
_MOST_PROFILE_BYTES = 50_000


@dataclass(frozen=True)
class Page:
    """Some of a person's badges, oldest first: signed documents, and how many there are in all."""

    documents: Sequence[str]
    total: int


def list_page(
    node: "Node",
    person_id: str,
    *,
    limit: int = MOST_A_PAGE,
    offset: int = 0,
    since: datetime | None = None,
) -> Page:
    """The badges that a person holds, issued here or elsewhere, given after `since`.

    Oldest first, so that a badge earned meanwhile moves no other to another page.
    """
    held = [
        (item.credential.issued_at, item.credential.id, item.credential.document)
        for item in passport.list_credentials(node, person_id)
    ]
    held += [
        (item.issued_at, item.id, item.document) for item in keeping.list_kept(node, person_id)
    ]
    chosen = sorted(item for item in held if since is None or item[0] > since)
    return Page([document for *_key, document in chosen[offset : offset + limit]], len(chosen))


def get_profile(node: "Node", person_id: str) -> dict[str, Any]:
    """The Profile that was put last, else the name alone under an id made for this purpose."""
    stored = node.db.get(ExchangeProfile, person_id)
    if stored is not None:
        return dict(stored.document)
    return {
        "@context": [CREDENTIALS_V2, OB_3_0_3],
        "id": _profile_id(node, person_id),
        "type": ["Profile"],
        "name": people.get_person(node, person_id).display_name,
    }


def put_profile(node: "Node", person_id: str, data: bytes) -> dict[str, Any]:
    """Keep a whole Profile for the person's programs; the account stays as it is.

    Raises TooLarge, and Invalid when it is no Profile (Open Badges 3.0 section B.1.15).
    """
    if len(data) > _MOST_PROFILE_BYTES:
        raise TooLarge(_("This profile is too large."))
    document = strict_json.loads(data)
    if not isinstance(document, dict) or "\\u0000" in json.dumps(document):
        raise Invalid(_("A Profile is one JSON object of plain texts."))
    wrong = schema_error(document, "Profile")
    if wrong is not None or "@context" not in document:
        path, reason = wrong or ("@context", "it is missing")
        raise Invalid(_("This is not a Profile: {path}: {reason}"), path=path, reason=reason)
    node.db.merge(
        ExchangeProfile(person_id=person_id, document=document, updated_at=node.clock.now())
    )
    node.db.flush()
    return get_profile(node, person_id)


def has_put_profile(node: "Node", person_id: str) -> bool:
    """Whether a program put a profile."""
    return node.db.get(ExchangeProfile, person_id) is not None


def forget_profile(node: "Node", person_id: str) -> None:
    """Delete what programs put as the person's profile; twice is the same as once."""
    stored = node.db.get(ExchangeProfile, person_id)
    if stored is not None:
        node.db.delete(stored)
        node.db.flush()


def _profile_id(node: "Node", person_id: str) -> str:
    """A random-looking URN that stays the same and leads back to nobody."""
    key = key_file.derive_secret(node.config, "profile ids")
    digest = hmac.new(key, person_id.encode(), hashlib.sha256).digest()
    return UUID(bytes=digest[:16], version=4).urn
