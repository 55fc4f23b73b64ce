"""Whose key signed: finding the key, and whether the credential's issuer confirms it.

A key that only the credential itself carries (in a fragment, a did:key, a JWT header) proves that
nothing was changed, not who signed. Source: Open Badges 3.0 section 8.5 (dereferencing the
public key), Controlled Identifiers 1.0 section 3.3 (retrieve verification method), DID Core
section 5.3.1 (assertion).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colnode.errors import Invalid, Unavailable
from colnode.openbadges import did, strict_json
from colnode.openbadges.did import ControllerDocument, VerificationMethod
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.keys import VerifyingKey, key_from_did
from colnode.openbadges.resolver import Resolver

__all__ = ["FoundKey", "find_header_key", "find_key"]


@dataclass(frozen=True)
class FoundKey:
    """The key to check a proof with, None when there is none, and whose it is."""

    key: VerifyingKey | None
    ownership: Finding


@dataclass(frozen=True)
class _Search:
    """One look for a key: the issuer's identifier, the network, and when."""

    issuer: str
    resolver: Resolver
    now: datetime
    signed_at: datetime | None


def find_key(
    method: str, issuer: str, resolver: Resolver, now: datetime, signed_at: datetime | None
) -> FoundKey:
    """The key at `method`, an address, and whether `issuer` confirms it.

    Source: Open Badges 3.0 section 8.5 (dereferencing the public key).
    """
    search = _Search(issuer, resolver, now, signed_at)
    controller = method.partition("#")[0]
    try:
        if method.startswith(("did:key:", "did:jwk:")):
            key = key_from_did(method)
            if controller == issuer:
                return FoundKey(key, finding("issuer_verified", issuer=issuer))
            return _confirm(search, key)
        if controller == issuer:
            return _at_issuer(search, method)
        return _elsewhere(search, method)
    except Invalid as error:
        return FoundKey(None, finding("key_unusable", reason=str(error)))


def find_header_key(
    header: Mapping[str, Any], issuer: str, resolver: Resolver, now: datetime
) -> FoundKey:
    """The key of a JWS: its kid, else the jwk in its header (RFC 7515 sections 4.1.3, 4.1.4)."""
    kid, jwk = header.get("kid"), header.get("jwk")
    if isinstance(kid, str) and kid:
        found = find_key(_kid_address(kid, issuer), issuer, resolver, now, None)
        if found.key is not None or jwk is None:
            return found
    if jwk is None:
        return FoundKey(None, finding("key_unavailable"))
    try:
        key = VerifyingKey.from_jwk(jwk)
    except Invalid as error:
        return FoundKey(None, finding("key_unusable", reason=str(error)))
    if issuer == _did_key_of(key):
        return FoundKey(key, finding("issuer_verified", issuer=issuer))
    return _confirm(_Search(issuer, resolver, now, None), key)


def _did_key_of(key: VerifyingKey) -> str | None:
    """The did:key of a key, None for a kind that has none."""
    try:
        return key.did_key
    except Invalid:
        return None


def _kid_address(kid: str, issuer: str) -> str:
    """A kid as an address; one that is no address belongs to the issuer."""
    if kid.startswith("#"):
        return issuer + kid
    return kid if ":" in kid else f"{issuer}#{kid}"


def _at_issuer(search: _Search, method: str) -> FoundKey:
    """A method in the issuer's own document."""
    try:
        listed, document = did.resolve_method(method, search.resolver)
    except Unavailable:
        return _carried(search, method)
    if listed is None:
        listed = _in_key_set(document, method)
    if listed is None:
        key = _fragment_key(method)
        return FoundKey(key, finding("key_not_listed", issuer=search.issuer))
    return FoundKey(listed.key, _standing(search, listed))


def _elsewhere(search: _Search, method: str) -> FoundKey:
    """A method in a document of its own; the issuer's document must list it."""
    try:
        document = did.fetch_controller(method, search.resolver)
        key = _key_in(document, method)
    except Unavailable:
        return _carried(search, method)
    except Invalid:
        return FoundKey(None, finding("key_unavailable"))
    if key is None:
        return FoundKey(_fragment_key(method), finding("key_not_listed", issuer=search.issuer))
    return _confirm(search, key)


def _key_in(document: ControllerDocument, method: str) -> VerifyingKey | None:
    """The key at `method` in a controller document, a key set, or a document that is one key."""
    for listed in document.methods:
        if listed.id == method:
            return listed.key
    found = _in_key_set(document, method)
    if found is not None:
        return found.key
    if document.get("id", method) == method and "verificationMethod" not in document:
        return did.read_key(document)
    return None


def _in_key_set(document: Mapping[str, Any], method: str) -> VerificationMethod | None:
    """A JWK of this kid in a JWK Set (RFC 7517 section 5)."""
    keys = document.get("keys")
    for jwk in keys if isinstance(keys, list) else []:
        if isinstance(jwk, dict) and jwk.get("kid") in (method, method.partition("#")[2] or method):
            return VerificationMethod(method, VerifyingKey.from_jwk(jwk))
    return None


def _carried(search: _Search, method: str) -> FoundKey:
    """Nothing was reached: the key in the fragment, if any, proves integrity only."""
    key = _fragment_key(method)
    if key is None:
        return FoundKey(None, finding("key_unavailable"))
    return FoundKey(key, finding("issuer_unverified", issuer=search.issuer))


def _fragment_key(method: str) -> VerifyingKey | None:
    fragment = method.partition("#")[2]
    return VerifyingKey.from_multibase(fragment) if fragment.startswith("z") else None


def _confirm(search: _Search, key: VerifyingKey) -> FoundKey:
    """Whether the issuer's document lists a key that was found somewhere else."""
    unverified = FoundKey(key, finding("issuer_unverified", issuer=search.issuer))
    try:
        document = did.fetch_controller(search.issuer, search.resolver)
    except (Unavailable, Invalid):
        return unverified
    if document.get("id") != search.issuer:
        return unverified
    for listed in [*document.methods, *_key_set_methods(document)]:
        if listed.key == key:
            return FoundKey(key, _standing(search, listed))
    return FoundKey(key, finding("key_not_listed", issuer=search.issuer))


def _key_set_methods(document: Mapping[str, Any]) -> list[VerificationMethod]:
    found = []
    keys = document.get("keys")
    for jwk in keys if isinstance(keys, list) else []:
        try:
            found.append(VerificationMethod(str(jwk.get("kid")), VerifyingKey.from_jwk(jwk)))
        except (Invalid, AttributeError, strict_json.StrictJsonError):
            continue
    return found


def _standing(search: _Search, method: VerificationMethod) -> Finding:
    """What the issuer says about a listed key: active, retired, withdrawn or never for this."""
    if method.revoked_at is not None and method.revoked_at <= search.now:
        return finding("key_compromised", issuer=search.issuer)
    if not method.is_assertion:
        return finding("key_not_listed", issuer=search.issuer)
    if method.expires_at is not None and (search.signed_at or search.now) > method.expires_at:
        return finding("key_expired", date=method.expires_at.date().isoformat())
    return finding("issuer_verified", issuer=search.issuer)
