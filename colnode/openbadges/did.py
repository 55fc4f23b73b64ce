"""DID documents: building a did:web document, and finding a verification method in one.

did:web is an address on the web: did:web:city.example:org:library is
https://city.example/org/library/did.json.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from colnode.clock import format_rfc3339
from colnode.errors import Invalid, Unavailable, _
from colnode.openbadges import strict_json
from colnode.openbadges.keys import VerifyingKey
from colnode.openbadges.resolver import Resolver

__all__ = [
    "CONFIRMATION_SERVICE",
    "ControllerDocument",
    "Service",
    "VerificationMethod",
    "did_document",
    "did_web_to_url",
    "fetch_controller",
    "listed_methods",
    "resolve_method",
]

ACCEPT_DID = "application/did+json, application/did+ld+json, application/json, application/ld+json"
CONFIRMATION_SERVICE = "CredentialConfirmation"
"""The type of the service at which an issuer confirms documents (see confirmation.py)."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


@dataclass(frozen=True)
class VerificationMethod:
    """A key under its address. `id` is the full address with its fragment.

    `is_assertion` says whether it is listed for signing credentials; a retired key stays listed.
    `revoked_at` marks a compromised one.
    """

    id: str
    key: VerifyingKey
    is_assertion: bool = True
    revoked_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Service:
    """One service entry of a DID document."""

    id: str
    type: str
    endpoint: str


class ControllerDocument(dict[str, Any]):
    """A DID or controller document as it was fetched; its keys are read once."""

    @functools.cached_property
    def methods(self) -> tuple[VerificationMethod, ...]:
        """What listed_methods finds in it."""
        return tuple(listed_methods(self))


def did_document(
    did: str, methods: Sequence[VerificationMethod], services: Sequence[Service] = ()
) -> dict[str, Any]:
    """The DID document of `did` with Multikey methods (W3C DID Core sections 4 and 5).

    A method that is revoked keeps its entry with the time, and leaves assertionMethod.
    """
    signing = [m.id for m in methods if m.is_assertion and m.revoked_at is None]
    document: dict[str, Any] = {
        "@context": list(_CONTEXTS),
        "id": did,
        "verificationMethod": [_multikey(did, method) for method in methods],
        "assertionMethod": signing,
        "authentication": signing,
    }
    if services:
        document["service"] = [
            {"id": service.id, "type": service.type, "serviceEndpoint": service.endpoint}
            for service in services
        ]
    return document


def _multikey(did: str, method: VerificationMethod) -> dict[str, str]:
    entry = {
        "id": method.id,
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": method.key.multibase,
    }
    if method.revoked_at is not None:
        entry["revoked"] = format_rfc3339(method.revoked_at)
    if method.expires_at is not None:
        entry["expires"] = format_rfc3339(method.expires_at)
    return entry


@functools.lru_cache(maxsize=1024)
def did_web_to_url(did: str) -> str:
    """The address of a did:web's document; plain http only on loopback. Raises Invalid.

    Source: did:web method specification section 3.2 (Read).
    """
    if not did.startswith("did:web:"):
        raise Invalid(_("{did} is not a did:web."), did=did)
    host, *path = did.removeprefix("did:web:").split("#")[0].split(":")
    host = unquote(host)
    parts = [unquote(part) for part in path]
    name, _mark, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    name = name or port
    is_plain = bool(name) and not set(host) & set("/?#@\\ %") and host.isascii()
    port_is_plain = not _mark or port.isdigit()
    if not is_plain or not port_is_plain or not all(_is_plain_segment(part) for part in parts):
        raise Invalid(_("{did} is not a did:web."), did=did)
    scheme = "http" if name in _LOOPBACK else "https"
    return f"{scheme}://{host}/{'/'.join(parts) or '.well-known'}/did.json"


def _is_plain_segment(part: str) -> bool:
    return bool(part) and part not in (".", "..") and not set(part) & set("/?#\\%")


def fetch_controller(identifier: str, resolver: Resolver) -> ControllerDocument:
    """The document that a did:web or https identifier stands for.

    Raises Unavailable when it cannot be had or is no JSON object, Untrusted never; Invalid when
    the identifier cannot be looked up at all.
    """
    if identifier.startswith("did:web:"):
        url = did_web_to_url(identifier)
    elif identifier.startswith(("https://", "http://")):
        url = identifier.partition("#")[0]
    else:
        raise Invalid(_("{did} cannot be looked up."), did=identifier)
    data = resolver.fetch(url, ACCEPT_DID)
    document = _remembered(data) if len(data) < _SHORT else _read_object(data)
    if document is None:
        raise Unavailable(_("{url} does not answer with JSON."), url=url)
    return document


def _read_object(data: bytes) -> ControllerDocument | None:
    """The JSON object in these bytes, or None."""
    try:
        document = strict_json.loads(data)
    except strict_json.StrictJsonError:
        return None
    return ControllerDocument(document) if isinstance(document, dict) else None


# The same issuers are asked again and again.
_SHORT = 64 * 1024
_remembered = functools.lru_cache(maxsize=256)(_read_object)


def listed_methods(document: Mapping[str, Any]) -> list[VerificationMethod]:
    """Every readable key of a DID or controller document; unreadable ones are left out.

    Source: W3C Controlled Identifiers 1.0 sections 2.2 and 2.3.1 (assertionMethod).
    """
    controller = str(document.get("id", ""))
    assertion = as_list(document.get("assertionMethod"))
    names = {absolute(item, controller) for item in assertion if isinstance(item, str)}
    embedded = [item for item in assertion if isinstance(item, dict)]
    found = []
    for entry in [*as_list(document.get("verificationMethod")), *embedded]:
        method = _read_method(entry, controller)
        if method is not None:
            listed = method.id in names or entry in embedded
            found.append(_with_assertion(method, listed))
    return found


def _with_assertion(method: VerificationMethod, is_assertion: bool) -> VerificationMethod:
    return VerificationMethod(
        method.id, method.key, is_assertion, method.revoked_at, method.expires_at
    )


def _read_method(entry: object, controller: str) -> VerificationMethod | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        return None
    if entry.get("controller", controller) != controller:
        return None
    try:
        key = read_key(entry)
        revoked, expires = _moment(entry.get("revoked")), _moment(entry.get("expires"))
    except (Invalid, ValueError):
        return None
    return VerificationMethod(absolute(entry["id"], controller), key, True, revoked, expires)


def read_key(entry: Mapping[str, Any]) -> VerifyingKey:
    """The key in a Multikey, JsonWebKey, Ed25519VerificationKey2020 or OB 2.0 key document.

    Raises Invalid when there is none or it is of a kind not supported here.
    """
    multibase_text = entry.get("publicKeyMultibase")
    if isinstance(multibase_text, str):
        return VerifyingKey.from_multibase(multibase_text)
    if "publicKeyJwk" in entry:
        return VerifyingKey.from_jwk(entry["publicKeyJwk"])
    if "kty" in entry:
        return VerifyingKey.from_jwk(dict(entry))
    if isinstance(entry.get("publicKeyPem"), str):
        return VerifyingKey.from_pem(entry["publicKeyPem"])
    raise Invalid(_("The document has no key."))


def _moment(text: object) -> datetime | None:
    from colnode.openbadges.dates import parse_datetime

    return None if text is None else parse_datetime(text)


def absolute(identifier: str, controller: str) -> str:
    """A method's full address; a bare fragment belongs to its document."""
    return controller + identifier if identifier.startswith("#") else identifier


def as_list(value: object) -> list[Any]:
    """JSON-LD's one-or-many as a list; nothing is an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def resolve_method(
    method: str, resolver: Resolver
) -> tuple[VerificationMethod | None, ControllerDocument]:
    """The method with this full address, and the document of its controller.

    None when the document is there and does not list it. Raises Unavailable when the document
    cannot be had or is another's, Invalid when the address cannot be looked up.
    """
    controller = method.partition("#")[0]
    document = fetch_controller(controller, resolver)
    if document.get("id") != controller:
        raise Unavailable(_("{url} answers as somebody else."), url=controller)
    for listed in document.methods:
        if listed.id == method:
            return listed, document
    return None, document
