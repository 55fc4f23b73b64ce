"""Keys in and out of every form, and the forms that are refused."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from colnode.errors import Invalid
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey, generate, key_from_did
from colnode.openbadges.multibase import (
    base58_decode,
    base58_encode,
    base64url_decode,
    base64url_encode,
    decode,
)

KINDS = [KeyKind.ED25519, KeyKind.P256]
PREFIXES = {KeyKind.ED25519: "z6Mk", KeyKind.P256: "zDn"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_gives_the_same_key(kind: KeyKind) -> None:
    key = generate(kind)
    again = SigningKey.from_private_bytes(kind, key.private_bytes())
    public = key.public
    assert public.multibase.startswith(PREFIXES[kind])
    assert again.multibase == key.multibase
    assert VerifyingKey.from_multibase(public.multibase) == public
    assert VerifyingKey.from_jwk(public.jwk()) == public
    assert VerifyingKey.from_public_bytes(kind, public.public_bytes) == public
    assert key_from_did(public.did_key) == public
    assert key_from_did(f"{public.did_key}#{public.multibase}") == public
    did_jwk = f"did:jwk:{base64url_encode(json.dumps(public.jwk()).encode())}"
    assert key_from_did(f"{did_jwk}#0") == public
    assert len({public, again.public}) == 1
    assert key.as_jose().as_dict(private=False)["x"] == public.jwk()["x"]


@pytest.mark.parametrize("kind", KINDS)
def test_signature_holds_for_its_data_only(kind: KeyKind) -> None:
    key = generate(kind)
    signature = key.sign(b"data")
    assert len(signature) == 64
    assert key.public.verify(signature, b"data")
    assert not key.public.verify(signature, b"Data")
    assert not generate(kind).public.verify(signature, b"data")
    assert not key.public.verify(signature[:-1], b"data")


def test_ed25519_signature_with_an_unreduced_part_is_refused() -> None:
    key = generate()
    signature = key.sign(b"data")
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    assert not key.public.verify(signature[:32] + s.to_bytes(32, "little"), b"data")


P = 2**255 - 19
Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


@pytest.mark.parametrize("y", [0, 1, P - 1, P, P + 1, Y8, P - Y8, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_point_of_small_order_is_refused(y: int, sign: int) -> None:
    data = (y | sign << 255).to_bytes(32, "little")
    with pytest.raises(Invalid, match="proves nothing"):
        VerifyingKey.from_public_bytes(KeyKind.ED25519, data)


@pytest.mark.parametrize(
    "text",
    ["", "m123", "z", "z0", "zIl", "z6Mk", "u!!", "z" + base58_encode(b"\x80\x24" + bytes(33))],
)
def test_what_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        VerifyingKey.from_multibase(text)


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        {},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": 7},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-384"},
        {"kty": "oct", "k": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA"},
    ],
)
def test_what_is_no_public_jwk_is_refused(jwk: object) -> None:
    with pytest.raises(Invalid):
        VerifyingKey.from_jwk(jwk)


def test_short_rsa_key_is_refused() -> None:
    with pytest.raises(Invalid):
        VerifyingKey.from_jwk({"kty": "RSA", "n": base64url_encode(b"\xff" * 128), "e": "AQAB"})


@pytest.mark.parametrize("pem", ["", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_pem_key_is_refused(pem: str) -> None:
    with pytest.raises(Invalid):
        VerifyingKey.from_pem(pem)


def test_pem_of_another_kind_is_refused() -> None:
    pem = generate(KeyKind.P256).public.as_jose().as_pem(private=False).decode()
    with pytest.raises(Invalid, match="not supported"):
        VerifyingKey.from_pem(pem)


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33)])
@pytest.mark.parametrize("kind", [*KINDS, KeyKind.RSA])
def test_private_bytes_of_the_wrong_length_are_refused(kind: KeyKind, data: bytes) -> None:
    with pytest.raises(Invalid):
        SigningKey.from_private_bytes(kind, data)


def test_zero_is_no_p256_key_and_rsa_keys_are_not_made() -> None:
    with pytest.raises(Invalid):
        SigningKey.from_private_bytes(KeyKind.P256, bytes(32))
    with pytest.raises(Invalid):
        SigningKey.generate(KeyKind.RSA)
    with pytest.raises(Invalid):
        VerifyingKey.from_public_bytes(KeyKind.RSA, b"x")


@pytest.mark.parametrize("did", ["did:web:x.example", "did:key:u123", "did:jwk:e30#1", "did:jwk:!"])
def test_did_without_its_key_is_refused(did: str) -> None:
    with pytest.raises(Invalid):
        key_from_did(did)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0a", b"hello world", bytes(range(64))])
def test_base58_round_trip(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


def test_base58_known_values() -> None:
    assert base58_encode(b"Hello World!") == "2NEpo7TZRRrLZSi2U"
    assert base58_encode(bytes.fromhex("0000287fb4cd")) == "11233QC4"
    with pytest.raises(Invalid):
        base58_decode("1" * 600)


@pytest.mark.parametrize("text", ["AB", "A", "AA==", "A+A_", "\u0160", "AA\n"])
def test_base64url_has_one_form_only(text: str) -> None:
    with pytest.raises(Invalid):
        base64url_decode(text)


def test_multibase_reads_both_forms() -> None:
    assert decode("uAQI") == decode("z5T") == b"\x01\x02"


def test_pem_key_that_is_too_short_is_refused() -> None:
    short = rsa.generate_private_key(65537, 1024).public_key()
    pem = short.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(Invalid):
        VerifyingKey.from_pem(pem.decode())
