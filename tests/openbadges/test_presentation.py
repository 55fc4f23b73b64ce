"""A presentation proves who controls a DID, for this challenge and this site only."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from colnode.errors import Invalid, Unavailable
from colnode.openbadges import contexts, data_integrity, multibase
from colnode.openbadges.keys import KeyKind, SigningKey
from colnode.openbadges.presentation import presentation_to_sign, verify_presentation

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DOMAIN = "city.example"
WEB = "did:web:kai.example"


class Pages:
    """A network of one did:web document."""

    def __init__(self, document: Any = None) -> None:
        self.document = document

    def fetch(self, url: str, accept: str) -> bytes:
        """The document."""
        if self.document is None:
            raise Unavailable("{url} could not be reached.", url=url)
        return json.dumps(self.document).encode()


def did_of(key: SigningKey) -> str:
    return f"did:key:{key.multibase}"


def sign(key: SigningKey, holder: str, method: str, **options: Any) -> bytes:
    """A presentation by a holder; an option that is None is left out."""
    document = presentation_to_sign(holder, challenge="42", domain=DOMAIN)
    proof = document.pop("proof") | {"verificationMethod": method} | options
    proof = {name: value for name, value in proof.items() if value is not None}
    suite = data_integrity.suite_of(proof)
    if suite is not None:
        data = data_integrity.hash_data(document, proof, suite, contexts.pinned())
        proof["proofValue"] = "z" + multibase.base58_encode(key.sign(data))
    return json.dumps(document | {"proof": proof}).encode()


def verify(document: bytes, pages: Pages | None = None) -> str:
    return verify_presentation(
        document,
        is_challenge=lambda text: text == "42",
        domain=DOMAIN,
        resolver=pages or Pages(),
        now=NOW,
    )


@pytest.fixture
def key() -> SigningKey:
    """A holder's key."""
    return SigningKey.generate(KeyKind.ED25519)


@pytest.fixture
def by_key(key: SigningKey) -> Callable[..., bytes]:
    """A presentation of a did:key, with changed options."""
    did = did_of(key)
    return lambda **options: sign(key, did, f"{did}#{key.multibase}", **options)


def test_the_controller_of_a_did_key_is_proven(
    key: SigningKey, by_key: Callable[..., bytes]
) -> None:
    assert verify(by_key()) == did_of(key)
    assert verify(by_key(created="2026-11-25T12:01:00Z", domain=["x", DOMAIN])) == did_of(key)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"proofPurpose": "assertionMethod"}, "another purpose"),
        ({"challenge": "43"}, "challenge"),
        ({"challenge": None}, "challenge"),
        ({"domain": "other.example"}, "another site"),
        ({"domain": None}, "another site"),
        ({"created": "2026-11-25T13:00:00Z"}, "future"),
        ({"expires": "2026-11-25T11:00:00Z"}, "too old"),
        ({"created": "yesterday"}, "cannot be read"),
        ({"cryptosuite": "bbs-2023"}, "not known"),
        ({"verificationMethod": None}, "not one of the holder"),
        ({"verificationMethod": "did:key:z6Mk#z6Mk"}, "not one of the holder"),
    ],
)
def test_wrong_options_are_refused(
    options: dict[str, Any], words: str, by_key: Callable[..., bytes]
) -> None:
    with pytest.raises(Invalid, match=words):
        verify(by_key(**options))


def test_somebody_elses_signature_is_refused(key: SigningKey) -> None:
    did = did_of(key)
    other = SigningKey.generate(KeyKind.ED25519)
    with pytest.raises(Invalid, match="does not fit"):
        verify(sign(other, did, f"{did}#{key.multibase}"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": ["VerifiableCredential"]}, "no presentation"),
        ({"holder": "kai"}, "name a DID"),
        ({"verifiableCredential": [{}]}, "nothing but the holder"),
        ({"proof": [{"type": "x"}] * 2}, "one signature"),
        ({"proof": ["x"]}, "one signature"),
    ],
)
def test_other_documents_are_refused(
    change: dict[str, Any], words: str, by_key: Callable[..., bytes]
) -> None:
    with pytest.raises(Invalid, match=words):
        verify(json.dumps(json.loads(by_key()) | change).encode())


@pytest.mark.parametrize("document", [b"[]", b"x", b"{}" + b" " * 40_000])
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(Invalid):
        verify(document)


def web_document(key: SigningKey, **changes: Any) -> dict[str, Any]:
    method = {
        "id": f"{WEB}#one",
        "type": "Multikey",
        "controller": WEB,
        "publicKeyMultibase": key.multibase,
    }
    return {"id": WEB, "verificationMethod": [method], "authentication": ["#one"]} | changes


def test_a_did_web_must_list_the_key_to_authenticate_with(key: SigningKey) -> None:
    document = sign(key, WEB, f"{WEB}#one")
    assert verify(document, Pages(web_document(key))) == WEB
    for wrong in (
        {"authentication": []},
        {"authentication": [{"id": "#one"}], "assertionMethod": ["#one"]},
        {"verificationMethod": []},
    ):
        with pytest.raises(Invalid, match="does not list"):
            verify(document, Pages(web_document(key, **wrong)))
    withdrawn = web_document(key)
    withdrawn["verificationMethod"][0]["revoked"] = "2026-01-01T00:00:00Z"
    with pytest.raises(Invalid, match="does not list"):
        verify(document, Pages(withdrawn))
    with pytest.raises(Unavailable, match="somebody else"):
        verify(document, Pages(web_document(key, id="did:web:mo.example")))
    with pytest.raises(Unavailable, match="could not be reached"):
        verify(document)
