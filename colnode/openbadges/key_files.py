"""Private keys as people keep them in files. What is read here is used at once and not kept."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from colnode.errors import Invalid, _
from colnode.openbadges import multibase, strict_json
from colnode.openbadges.keys import KeyKind, SigningKey

__all__ = ["read_signing_key"]

# Multicodec prefixes of secret keys (W3C Controlled Identifiers 1.0 section 2.2.2, Multikey).
_SECRET_PREFIXES = {b"\x80\x26": KeyKind.ED25519, b"\x86\x26": KeyKind.P256}
_CURVES = {("OKP", "Ed25519"): KeyKind.ED25519, ("EC", "P-256"): KeyKind.P256}


def read_signing_key(data: bytes) -> SigningKey:
    """The Ed25519 or P-256 key in a file: a Multibase secret, a Multikey, a JWK or PEM.

    A Multibase secret is z3u2 (Ed25519) or z42t (P-256) and so on, a Multikey the JSON object with
    it as secretKeyMultibase (or privateKeyMultibase, its older name), a JWK a JSON object with d,
    PEM an unencrypted PKCS #8 or SEC 1 file.
    Raises Invalid for anything else, and for a JWK whose halves do not belong together.
    Source: W3C Controlled Identifiers 1.0 section 2.2.2, RFC 7517 section 4, RFC 7518 section
    6.2.2, RFC 8037 section 2, RFC 5958.
    """
    text = data.strip()
    if text.startswith(b"-----BEGIN"):
        return _from_pem(text)
    if text.startswith(b"{"):
        document = strict_json.loads(text)
        for name in ("secretKeyMultibase", "privateKeyMultibase"):
            if name in document:
                return _from_multibase(document[name])
        return _from_jwk(document)
    return _from_multibase(text.decode("utf-8", "replace"))


def _from_pem(data: bytes) -> SigningKey:
    try:
        private = load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise Invalid(_("The key file is not an unencrypted PEM private key.")) from error
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return SigningKey(KeyKind.ED25519, private)
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
        return SigningKey(KeyKind.P256, private)
    raise Invalid(_("The key is of a kind that is not supported here."))


def _from_multibase(text: object) -> SigningKey:
    data = multibase.decode(text) if isinstance(text, str) else b""
    kind = _SECRET_PREFIXES.get(data[:2])
    if kind is None:
        raise Invalid(_("The key file is none of these: Multibase secret, Multikey, JWK, PEM."))
    return SigningKey.from_private_bytes(kind, data[2:])


def _from_jwk(jwk: Mapping[str, Any]) -> SigningKey:
    kind = _CURVES.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if kind is None:
        raise Invalid(_("The key is of a kind that is not supported here."))
    if not isinstance(jwk.get("d"), str):
        raise Invalid(_("The key file has the public half only."))
    key = SigningKey.from_private_bytes(kind, multibase.base64url_decode(jwk["d"]))
    public = key.public.jwk()
    if any(jwk.get(name) != public.get(name) for name in ("x", "y")):
        raise Invalid(_("The two halves of the key do not belong together."))
    return key
