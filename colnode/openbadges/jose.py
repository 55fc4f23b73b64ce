"""Compact JWS for VC-JWT and Open Badges 2.0: strict reading, and signing.

The signature itself is checked by keys.py: joserfc limits headers to 512 bytes, which real badges
exceed, and lets crit and b64 change what is signed. Its JWK handling is used throughout.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.errors import Invalid, _
from colnode.openbadges import multibase, strict_json
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey

__all__ = ["CompactJws", "claims_of", "looks_compact", "parse_compact", "sign_compact"]

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_MAX_HEADER = 8 * 1024
_ALGORITHMS = {
    "RS256": KeyKind.RSA,
    "ES256": KeyKind.P256,
    "EdDSA": KeyKind.ED25519,
    "Ed25519": KeyKind.ED25519,
}
_SIGNING = {KeyKind.P256: "ES256", KeyKind.ED25519: "EdDSA"}
_TYPES = ("JWT", "jwt", "vc+jwt", "vc+ld+jwt", "application/vc+jwt", "vc-ld+jwt")
_HEADER_MEMBERS = frozenset(
    {"alg", "typ", "cty", "kid", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "iss"}
)


@dataclass(frozen=True)
class CompactJws:
    """A compact JWS taken apart; nothing about it is verified yet."""

    header: Mapping[str, Any]
    payload: dict[str, Any]
    signature: bytes
    signing_input: bytes

    @property
    def key_kind(self) -> KeyKind:
        """The kind of key that the algorithm needs."""
        return _ALGORITHMS[self.header["alg"]]

    def is_signed_by(self, key: VerifyingKey) -> bool:
        """Whether the key is of the algorithm's kind and made the signature."""
        return key.kind is self.key_kind and key.verify(self.signature, self.signing_input)


def looks_compact(data: bytes) -> bool:
    """Whether the bytes could be one compact JWS."""
    return _COMPACT.match(data.strip()) is not None


def parse_compact(data: bytes) -> CompactJws:
    """Take a compact JWS apart. Raises Invalid for anything but a plain signed JSON object.

    Refused: other algorithms than RS256, ES256, EdDSA and Ed25519; crit, b64 and header members
    that are not understood; headers over 8 KiB; base64url that is not canonical; duplicate names.
    Source: RFC 7515 sections 4.1.11, 5.2 and 7.1, RFC 7797 section 6, RFC 8725 section 3.
    """
    data = data.strip()
    if not _COMPACT.match(data):
        raise Invalid(_("This is not one compact JWS."))
    encoded_header, encoded_payload, encoded_signature = data.decode("ascii").split(".")
    if len(encoded_header) > _MAX_HEADER:
        raise Invalid(_("The header of the JWT is larger than {limit} bytes."), limit=_MAX_HEADER)
    header = strict_json.loads(multibase.base64url_decode(encoded_header))
    _check_header(header)
    payload = strict_json.loads(multibase.base64url_decode(encoded_payload))
    if not isinstance(payload, dict):
        raise Invalid(_("The JWT does not hold a JSON object."))
    signing_input = f"{encoded_header}.{encoded_payload}".encode("ascii")
    signature = multibase.base64url_decode(encoded_signature)
    return CompactJws(header, payload, signature, signing_input)


def _check_header(header: object) -> None:
    if not isinstance(header, dict):
        raise Invalid(_("The header of the JWT is not a JSON object."))
    unknown = set(header) - _HEADER_MEMBERS
    if unknown:
        raise Invalid(
            _("The header of the JWT has {names}, which is not accepted."),
            names=", ".join(sorted(unknown)),
        )
    if not isinstance(header.get("alg"), str) or header["alg"] not in _ALGORITHMS:
        raise Invalid(_("The JWT's algorithm is not accepted."))
    if "typ" in header and header["typ"] not in _TYPES:
        raise Invalid(_("The JWT is of a type that is no badge."))


def sign_compact(payload: bytes, header: Mapping[str, Any], key: SigningKey) -> str:
    """A compact JWS over `payload`, with the algorithm of the key in its header.

    Source: RFC 7515 section 5.1; ES256 of RFC 7518 section 3.4, EdDSA of RFC 8037 section 3.1.
    """
    import json

    full_header = {"alg": _SIGNING[key.kind], **header}
    encoded = multibase.base64url_encode(json.dumps(full_header, separators=(",", ":")).encode())
    signing_input = f"{encoded}.{multibase.base64url_encode(payload)}"
    signature = key.sign(signing_input.encode("ascii"))
    return f"{signing_input}.{multibase.base64url_encode(signature)}"


def claims_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The registered claims that repeat a credential (OB 3.0 section 8.2.4, VC-JWT).

    iss, jti, sub (when the subject has an id), nbf and exp in whole seconds. A member that is not
    there gives no claim. Raises ValueError for a date without an offset.
    """
    issuer = credential.get("issuer")
    subjects = as_list(credential.get("credentialSubject"))
    subject = subjects[0] if len(subjects) == 1 and isinstance(subjects[0], dict) else {}
    starts = credential.get("validFrom", credential.get("issuanceDate"))
    ends = credential.get("validUntil", credential.get("expirationDate"))
    claims = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": credential.get("id"),
        "sub": subject.get("id"),
        "nbf": int(parse_datetime(starts).timestamp()) if starts is not None else None,
        "exp": int(parse_datetime(ends).timestamp()) if ends is not None else None,
    }
    return {name: value for name, value in claims.items() if value is not None}
