"""Fresh key pairs as raw bytes and Multikey texts."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["PublicKey", "SigningKey"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class PublicKey:
    """A public key."""

    multikey: str


@dataclass(frozen=True)
class SigningKey:
    """A private key and its public half."""

    kind: str
    private_bytes: bytes
    public: PublicKey

    @classmethod
    def generate(cls, kind: str) -> "SigningKey":
        """A new random key."""
        if kind == "ed25519":
            return cls.from_private_bytes(
                kind, ed25519.Ed25519PrivateKey.generate().private_bytes_raw()
            )
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return cls.from_private_bytes(kind, number.to_bytes(32, "big"))

    @classmethod
    def from_private_bytes(cls, kind: str, private: bytes) -> "SigningKey":
        """The key of 32 raw bytes."""
        if kind == "ed25519":
            public = ed25519.Ed25519PrivateKey.from_private_bytes(private).public_key()
            data = b"\xed\x01" + public.public_bytes_raw()
        else:
            point = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
            data = b"\x80\x24" + point.public_key().public_bytes(
                Encoding.X962, PublicFormat.CompressedPoint
            )
        return cls(kind, private, PublicKey("z" + _base58(data)))


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return text
