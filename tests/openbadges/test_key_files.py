"""Private keys in every form that people keep them in, and what is refused."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from colnode.errors import Invalid
from colnode.openbadges.key_files import read_signing_key
from colnode.openbadges.keys import KeyKind, SigningKey, generate
from colnode.openbadges.multibase import base58_encode, base64url_encode

KINDS = [KeyKind.ED25519, KeyKind.P256]
PREFIXES = {KeyKind.ED25519: b"\x80\x26", KeyKind.P256: b"\x86\x26"}

# The key pair of the test vectors in Data Integrity EdDSA Cryptosuites 1.0, appendix B.1.
W3C_SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
W3C_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def secret(key: SigningKey) -> str:
    return "z" + base58_encode(PREFIXES[key.kind] + key.private_bytes())


def jwk(key: SigningKey, **changes: str) -> bytes:
    private = base64url_encode(key.private_bytes())
    return json.dumps({**key.public.jwk(), "d": private, **changes}).encode()


def pem(key: SigningKey) -> bytes:
    text: bytes = key.as_jose().as_pem(private=True)
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_gives_the_same_key(kind: KeyKind) -> None:
    key = generate(kind)
    multikey = json.dumps({"type": "Multikey", "secretKeyMultibase": secret(key)})
    for data in (secret(key).encode() + b"\n", multikey.encode(), jwk(key), pem(key)):
        assert read_signing_key(data).private_bytes() == key.private_bytes()


def test_published_secret_gives_the_published_key() -> None:
    pair = json.dumps({"publicKeyMultibase": W3C_PUBLIC, "privateKeyMultibase": W3C_SECRET})
    for data in (W3C_SECRET, pair):
        assert read_signing_key(data.encode()).multibase == W3C_PUBLIC


def test_old_form_of_pem_is_read() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    old = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert read_signing_key(old).kind is KeyKind.P256


def other_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


WRONG = {
    "nothing": b"",
    "a word": b"secret",
    "not text": b"\xff\xfe",
    "public": generate().multibase.encode(),
    "short": b"z" + base58_encode(b"\x80\x26" + bytes(31)).encode(),
    "number": b'{"secretKeyMultibase": 7}',
    "json": b"{",
    "public jwk": json.dumps(generate().public.jwk()).encode(),
    "other kind": b'{"kty": "oct", "k": "AAAA"}',
    "halves": jwk(generate(), x=generate().public.jwk()["x"]),
    "torn pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "rsa": other_pem(rsa.generate_private_key(65537, 2048)),
    "curve": other_pem(ec.generate_private_key(ec.SECP384R1())),
    "locked": ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_private_key_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        read_signing_key(WRONG[name])
