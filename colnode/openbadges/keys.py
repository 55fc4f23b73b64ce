"""Keys: Ed25519 and P-256 pairs, their Multikey and JWK forms, did:key and did:jwk.

P-384 and RSA keys of others can be verified with, never made. Private keys leave only as raw
bytes, for the room above to encrypt.
"""

from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from colnode.errors import Invalid, _
from colnode.openbadges import multibase, strict_json

__all__ = ["KeyKind", "SigningKey", "VerifyingKey", "generate", "key_from_did"]


class KeyKind(StrEnum):
    """What a key is, by the name of its curve or family."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    RSA = "RSA"


# Multicodec prefixes of public keys (W3C Controlled Identifiers 1.0 section 2.2.2, Multikey).
_PREFIXES = {
    KeyKind.ED25519: b"\xed\x01",
    KeyKind.P256: b"\x80\x24",
    KeyKind.P384: b"\x81\x24",
}
_PUBLIC_LENGTHS = {KeyKind.ED25519: 32, KeyKind.P256: 33, KeyKind.P384: 49}
_CURVES: dict[KeyKind, ec.EllipticCurve] = {
    KeyKind.P256: ec.SECP256R1(),
    KeyKind.P384: ec.SECP384R1(),
}

# Ed25519: the field, and the y coordinates of the eight points of small order (RFC 8032 section
# 5.1; a key among them lets one signature verify for many messages).
_FIELD = 2**255 - 19
_ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _FIELD - 1, _ORDER_8_Y, _FIELD - _ORDER_8_Y})
_RSA_BITS = range(2048, 8193)
_RSA_MODULUS_CHARACTERS = range(342, 1367)


class VerifyingKey:
    """A public key. Equal when kind and bytes are; made by the class methods, which check it."""

    def __init__(
        self,
        kind: KeyKind,
        public: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    ) -> None:
        self.kind = kind
        self._public = public

    @classmethod
    def from_public_bytes(cls, kind: KeyKind, data: bytes) -> "VerifyingKey":
        """Ed25519: 32 bytes; P-256, P-384: a compressed or uncompressed point. Raises Invalid."""
        try:
            if kind is KeyKind.ED25519:
                _refuse_weak_ed25519(data)
                return cls(kind, ed25519.Ed25519PublicKey.from_public_bytes(data))
            if kind in _CURVES:
                point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[kind], data)
                return cls(kind, point)
        except ValueError as error:
            raise Invalid(_("The bytes are not a {kind} public key."), kind=kind) from error
        raise Invalid(_("A key of this kind has no raw form."))

    @classmethod
    def from_multibase(cls, text: str) -> "VerifyingKey":
        """A Multikey: z6Mk... (Ed25519), zDn... (P-256) or z82... (P-384). Raises Invalid.

        Source: W3C Controlled Identifiers 1.0 section 2.2.2.
        """
        return _read_multikey(text)

    @classmethod
    def from_jwk(cls, jwk: object) -> "VerifyingKey":
        """A public JWK: OKP (Ed25519), EC (P-256, P-384), RSA (2048 to 8192 bits). Raises Invalid.

        Source: RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2.
        """
        from joserfc.errors import JoseError
        from joserfc.jwk import ECKey, OKPKey, RSAKey

        if not isinstance(jwk, dict) or "d" in jwk or "k" in jwk:
            raise Invalid(_("The key is not a public JSON Web Key."))
        try:
            if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
                raw = OKPKey.import_key(jwk).public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
                return cls.from_public_bytes(KeyKind.ED25519, raw)
            if jwk.get("kty") == "EC" and jwk.get("crv") in ("P-256", "P-384"):
                return cls(KeyKind(jwk["crv"]), ECKey.import_key(jwk).public_key)
            if jwk.get("kty") == "RSA" and len(jwk.get("n", "")) in _RSA_MODULUS_CHARACTERS:
                return cls._from_rsa(RSAKey.import_key(jwk).public_key)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Invalid(_("The key is not a public JSON Web Key.")) from error
        raise Invalid(_("The key is of a kind that is not supported here."))

    @classmethod
    def from_pem(cls, pem: str) -> "VerifyingKey":
        """A PEM public key as Open Badges 2.0 publishes it; RSA only. Raises Invalid."""
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            public = load_pem_public_key(pem.encode("utf-8"))
        except ValueError as error:
            raise Invalid(_("The key is not a PEM public key.")) from error
        if not isinstance(public, rsa.RSAPublicKey):
            raise Invalid(_("The key is of a kind that is not supported here."))
        return cls._from_rsa(public)

    @classmethod
    def _from_rsa(cls, public: rsa.RSAPublicKey) -> "VerifyingKey":
        if public.key_size not in _RSA_BITS:
            raise Invalid(_("An RSA key must have 2048 to 8192 bits."))
        return cls(KeyKind.RSA, public)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VerifyingKey) and self.public_bytes == other.public_bytes

    def __hash__(self) -> int:
        return hash(self.public_bytes)

    @cached_property
    def public_bytes(self) -> bytes:
        """Ed25519: 32 bytes; P-256, P-384: 33 or 49 of the compressed point; RSA: DER."""
        if isinstance(self._public, ed25519.Ed25519PublicKey):
            return self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        if isinstance(self._public, ec.EllipticCurvePublicKey):
            return self._public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return self._public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @cached_property
    def multibase(self) -> str:
        """The publicKeyMultibase text: z6Mk..., zDn... or z82... Raises Invalid for RSA."""
        prefix = _PREFIXES.get(self.kind)
        if prefix is None:
            raise Invalid(_("A key of this kind has no raw form."))
        return "z" + multibase.base58_encode(prefix + self.public_bytes)

    @property
    def did_key(self) -> str:
        """did:key:z6Mk... (did:key method, W3C CCG)."""
        return f"did:key:{self.multibase}"

    def jwk(self) -> dict[str, str]:
        """The public JWK with its RFC 7638 thumbprint as kid."""
        key = self.as_jose()
        return {**key.as_dict(private=False), "kid": key.thumbprint()}

    def as_jose(self) -> Any:
        """The key for joserfc."""
        from joserfc.jwk import ECKey, OKPKey, RSAKey

        kinds: dict[KeyKind, Any] = {
            KeyKind.ED25519: OKPKey,
            KeyKind.P256: ECKey,
            KeyKind.P384: ECKey,
            KeyKind.RSA: RSAKey,
        }
        return kinds[self.kind].import_key(
            self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` is this key's over `data`.

        Ed25519: 64 bytes (RFC 8032). P-256: r and s, 32 bytes each, over SHA-256. P-384: 48 bytes
        each, over SHA-384. RSA: PKCS #1 v1.5 over SHA-256 (RS256).
        """
        try:
            if isinstance(self._public, ed25519.Ed25519PublicKey):
                self._public.verify(signature, data)
            elif isinstance(self._public, ec.EllipticCurvePublicKey):
                half = self._public.key_size // 8
                if len(signature) != 2 * half:
                    return False
                r, s = (
                    int.from_bytes(part, "big") for part in (signature[:half], signature[half:])
                )
                digest = hashes.SHA256() if self.kind is KeyKind.P256 else hashes.SHA384()
                self._public.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))
            else:
                self._public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private key of kind Ed25519 or P-256."""

    def __init__(
        self, kind: KeyKind, private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    ) -> None:
        self.kind = kind
        self._private = private

    @classmethod
    def generate(cls, kind: KeyKind = KeyKind.ED25519) -> "SigningKey":
        """A fresh key pair. Raises Invalid for RSA, which colnode never signs with."""
        if kind is KeyKind.ED25519:
            return cls(kind, ed25519.Ed25519PrivateKey.generate())
        if kind is KeyKind.P256:
            return cls(kind, ec.generate_private_key(ec.SECP256R1()))
        raise Invalid(_("Keys of this kind are not made here."))

    @classmethod
    def from_private_bytes(cls, kind: KeyKind, data: bytes) -> "SigningKey":
        """The key of 32 raw bytes: an Ed25519 seed or a P-256 scalar. Raises Invalid."""
        try:
            if kind is KeyKind.ED25519:
                return cls(kind, ed25519.Ed25519PrivateKey.from_private_bytes(data))
            if kind is KeyKind.P256 and len(data) == 32:
                secret = int.from_bytes(data, "big")
                return cls(kind, ec.derive_private_key(secret, ec.SECP256R1()))
        except ValueError as error:
            raise Invalid(_("The bytes are not a {kind} private key."), kind=kind) from error
        raise Invalid(_("The bytes are not a {kind} private key."), kind=kind)

    def private_bytes(self) -> bytes:
        """The 32 raw bytes that from_private_bytes reads."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.private_bytes_raw()
        return self._private.private_numbers().private_value.to_bytes(32, "big")

    @cached_property
    def public(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self.kind, self._private.public_key())

    @property
    def multibase(self) -> str:
        """The public half as Multikey text."""
        return self.public.multibase

    def sign(self, data: bytes) -> bytes:
        """64 bytes: Ed25519 (RFC 8032), or r and s of ECDSA over SHA-256 (FIPS 186-5)."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(data)
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def as_jose(self) -> Any:
        """The private key for joserfc."""
        from joserfc.jwk import ECKey, OKPKey

        numbers = self.public.jwk()
        private = multibase.base64url_encode(self.private_bytes())
        kind = OKPKey if self.kind is KeyKind.ED25519 else ECKey
        return kind.import_key({**numbers, "d": private})


@lru_cache(maxsize=1024)
def _read_multikey(text: str) -> VerifyingKey:
    data = multibase.decode(text)
    for kind, prefix in _PREFIXES.items():
        if data.startswith(prefix) and len(data) == len(prefix) + _PUBLIC_LENGTHS[kind]:
            return VerifyingKey.from_public_bytes(kind, data[len(prefix) :])
    raise Invalid(_("The key is of a kind that is not supported here."))


def generate(kind: KeyKind = KeyKind.ED25519) -> SigningKey:
    """A fresh key pair of this kind."""
    return SigningKey.generate(kind)


def key_from_did(did: str) -> VerifyingKey:
    """The key that a did:key or did:jwk is. Any fragment must name that key. Raises Invalid.

    Source: did:key method section 3; did:jwk method section 3.
    """
    base, _mark, fragment = did.partition("#")
    if base.startswith("did:key:z"):
        value = base.removeprefix("did:key:")
        if fragment not in ("", value):
            raise Invalid(_("The address {did} names another key than its own."), did=did)
        return VerifyingKey.from_multibase(value)
    if base.startswith("did:jwk:"):
        if fragment not in ("", "0"):
            raise Invalid(_("The address {did} names another key than its own."), did=did)
        encoded = base.removeprefix("did:jwk:")
        return VerifyingKey.from_jwk(strict_json.loads(multibase.base64url_decode(encoded)))
    raise Invalid(_("{did} does not carry a key."), did=did)


def _refuse_weak_ed25519(data: bytes) -> None:
    """Raise Invalid for a point of small order or a y that is not reduced."""
    y = int.from_bytes(data, "little") & (2**255 - 1)
    if y >= _FIELD or y in _SMALL_ORDER_Y:
        raise Invalid(_("The key is one that proves nothing (a point of small order)."))
