"""From bytes to a credential: JSON, one compact JWS, or a PNG or SVG with either baked in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.errors import ColnodeError, Invalid
from colnode.openbadges import baking, contexts, jose, strict_json
from colnode.openbadges.credential_types import Kind, kind_of
from colnode.openbadges.did import as_list
from colnode.openbadges.findings import Finding, finding
from colnode.openbadges.jose import CompactJws

__all__ = ["Reading", "Unreadable", "read"]

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
_CONTEXTS_2 = frozenset({"https://w3id.org/openbadges/v2", "http://w3id.org/openbadges/v2"})
_JWT_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})


@dataclass(frozen=True)
class Reading:
    """What a file holds. A JWT has its `jws`; a picture with only a link has a `hosted_url`.

    `data` are the bytes of a document that is JSON.
    """

    format: str
    kind: Kind
    credential: Mapping[str, Any]
    jws: CompactJws | None = None
    hosted_url: str | None = None
    data: bytes | None = None


class Unreadable(Invalid):
    """The document cannot be read; `finding` says why. `is_badge` is False for something else."""

    code = "unreadable"

    def __init__(self, reason: Finding, *, is_badge: bool) -> None:
        super().__init__(reason.detail)
        self.parameters = dict(reason.parameters)
        self.finding = reason
        self.is_badge = is_badge


def read(document: bytes) -> Reading:
    """The credential in `document`, by its content, never its name. Raises Unreadable.

    Source: Open Badges 3.0 sections 5 (document formats) and 8.2.6, RFC 7493 section 2 (I-JSON).
    """
    is_png = baking.is_png(document)
    if not is_png and not baking.looks_like_svg(document):
        return _read_text(document, None)
    try:
        payload = baking.unbake(document)
    except Invalid as error:
        raise _broken("picture_damaged", error) from error
    if payload is None:
        raise _no_badge("there is no credential in the picture.")
    return _read_text(payload, "png" if is_png else "svg")


def _broken(id: str, error: ColnodeError) -> Unreadable:
    return Unreadable(finding(id, reason=str(error)), is_badge=True)


def _no_badge(reason: str) -> Unreadable:
    return Unreadable(finding("not_a_badge", reason=reason), is_badge=False)


def _read_text(data: bytes, picture: str | None) -> Reading:
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if jose.looks_compact(data) and data[:2] in (b"ey", b"ew", b"eC", b"eQ", b"eN"):
        return _read_jws(data, picture)
    if picture is not None and data.startswith((b"https://", b"http://")) and len(data) < 2048:
        url = data.decode("ascii", "replace")
        return Reading(picture, Kind.BADGE_2, {}, hosted_url=url)
    try:
        value = strict_json.loads(data, max_bytes=MAX_DOCUMENT_BYTES)
    except strict_json.StrictJsonError as error:
        if error.is_syntax:
            raise _no_badge("it is neither JSON, a JWT, nor a picture with a badge.") from error
        raise _broken("json_unsafe", error) from error
    if not isinstance(value, dict):
        raise _no_badge("it is JSON, but no credential.")
    return Reading(picture or "json", _kind(value), value, data=data)


def _read_jws(data: bytes, picture: str | None) -> Reading:
    try:
        jws = jose.parse_compact(data)
    except Invalid as error:
        raise _broken("jwt_malformed", error) from error
    credential = _credential_in(jws.payload)
    return Reading(picture or "jwt", _kind(credential), credential, jws)


def _credential_in(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The credential of a JWT: inside `vc` (VC 1.1 section 6.3.1), or the payload less its claims.

    A wrapped credential may leave to the claims what they say; those members are put back.
    """
    inner = payload.get("vc")
    if not isinstance(inner, dict):
        return {name: value for name, value in payload.items() if name not in _JWT_CLAIMS}
    if "credentialSubject" in payload or "@context" in payload:
        raise Unreadable(finding("claims_disagree", name="vc"), is_badge=True)
    credential = dict(inner)
    if "jti" in payload:
        credential.setdefault("id", payload["jti"])
    if "iss" in payload:
        credential.setdefault("issuer", payload["iss"])
    return credential


def _kind(value: Mapping[str, Any]) -> Kind:
    types = as_list(value.get("type"))
    used = as_list(value.get("@context"))
    kind = kind_of(value)
    is_credential = "VerifiableCredential" in types or any(
        url in (contexts.CREDENTIALS_V1, contexts.CREDENTIALS_V2) for url in used
    )
    if kind is not Kind.OTHER or is_credential:
        return kind
    if "Assertion" in types or any(isinstance(u, str) and u in _CONTEXTS_2 for u in used):
        # A revoked one may have lost everything else (Open Badges 2.0, Revoking Hosted Assertions).
        if "Assertion" in types and ("badge" in value or value.get("revoked") is True):
            return Kind.BADGE_2
        raise _no_badge("it describes a badge or an issuer, but nobody who earned it.")
    raise _no_badge("it is JSON, but no credential.")
