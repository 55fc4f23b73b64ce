"""did:web documents and addresses."""

import pytest

from colnode.errors import Invalid, Unavailable
from colnode.openbadges.did import (
    Service,
    VerificationMethod,
    did_document,
    did_web_to_url,
    fetch_controller,
    listed_methods,
    resolve_method,
)
from colnode.openbadges.keys import KeyKind, generate
from tests.openbadges.world import NOW, City, Pages


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:city.example", "https://city.example/.well-known/did.json"),
        ("did:web:city.example:org:library", "https://city.example/org/library/did.json"),
        ("did:web:city.example%3A8443", "https://city.example:8443/.well-known/did.json"),
        ("did:web:localhost%3A8000:org:1", "http://localhost:8000/org/1/did.json"),
        ("did:web:127.0.0.1%3A8000", "http://127.0.0.1:8000/.well-known/did.json"),
        ("did:web:city.example:org#key", "https://city.example/org/did.json"),
        ("did:web:localhost.evil.example", "https://localhost.evil.example/.well-known/did.json"),
    ],
)
def test_did_web_is_an_address(did: str, url: str) -> None:
    assert did_web_to_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:a/b",
        "did:web:a%2Fb",
        "did:web:user%40a",
        "did:web:a:..:b",
        "did:web:a::b",
        "did:web:a:%2e%2e",
        "did:web:a%3Aport",
        "did:web:a:b%3Fc",
        "did:web:a b",
        "did:web:\u0430.example",
    ],
)
def test_did_that_is_no_address_is_refused(did: str) -> None:
    with pytest.raises(Invalid):
        did_web_to_url(did)


def test_document_lists_keys_and_services() -> None:
    did = "did:web:city.example"
    old, new = generate(), generate(KeyKind.P256)
    methods = [
        VerificationMethod(f"{did}#old", old.public, revoked_at=NOW),
        VerificationMethod(f"{did}#new", new.public, expires_at=NOW),
    ]
    service = Service(f"{did}#node", "ColnodeFederation", "https://city.example/federation")
    document = did_document(did, methods, [service])
    assert document["assertionMethod"] == [f"{did}#new"]
    assert document["service"][0]["serviceEndpoint"] == "https://city.example/federation"
    read_old, read_new = listed_methods(document)
    assert (read_old.revoked_at, read_old.is_assertion, read_old.key) == (NOW, False, old.public)
    assert (read_new.expires_at, read_new.is_assertion, read_new.key) == (NOW, True, new.public)


def test_method_is_found_by_its_address(city: City) -> None:
    method, document = resolve_method(city.method(city.p256), city.pages)
    assert method is not None
    assert method.key == city.p256.public
    assert document["id"] == city.did
    assert resolve_method(f"{city.did}#none", city.pages)[0] is None


def test_broken_entries_of_a_document_are_left_out() -> None:
    did = "did:web:city.example"
    good = {"id": "#k", "type": "Multikey", "publicKeyMultibase": generate().multibase}
    broken = [
        "#k",
        {"type": "Multikey"},
        {**good, "controller": "did:web:other.example"},
        {**good, "publicKeyMultibase": "z6Mk"},
        {**good, "revoked": "yesterday"},
        {"id": "#none"},
    ]
    document = {"id": did, "verificationMethod": broken, "assertionMethod": [good]}
    (method,) = listed_methods(document)
    assert (method.id, method.is_assertion) == (f"{did}#k", True)


def test_document_of_somebody_else_counts_as_unavailable(city: City) -> None:
    city.pages.put("https://other.example/.well-known/did.json", {"id": city.did})
    with pytest.raises(Unavailable):
        resolve_method("did:web:other.example#k", city.pages)


@pytest.mark.parametrize("identifier", ["urn:uuid:1", "did:example:1", "x"])
def test_identifier_without_an_address_cannot_be_looked_up(identifier: str) -> None:
    with pytest.raises(Invalid):
        fetch_controller(identifier, Pages())
