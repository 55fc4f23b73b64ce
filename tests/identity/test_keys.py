"""Keys: encrypted at rest, a key file that must be there and be right, did:web documents."""

import hashlib
import stat
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from colnode.errors import ConfigurationError, NotFound
from colnode.identity import key_file, keys
from colnode.identity.models import Organisation
from colnode.node import Node
from colnode.openbadges.did import did_web_to_url, listed_methods
from colnode.openbadges.keys import KeyKind, VerifyingKey


def test_organisation_signs_with_both_kinds_of_key(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library = make_organisation("Town Library")
    with node.reading():
        document = keys.did_document(node, library.id)
        for kind in ("ed25519", "p256"):
            key, method_id = keys.signing_key(node, library.id, kind)
            [method] = [m for m in document["verificationMethod"] if m["id"] == method_id]
            assert method_id in document["assertionMethod"]
            public = VerifyingKey.from_multibase(method["publicKeyMultibase"])
            assert public.verify(key.sign(b"badge"), b"badge")


def test_document_is_what_the_kernel_resolves(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library = make_organisation("Town Library")
    with node.reading():
        did = keys.did(node, library.id)
        document = keys.did_document(node, library.id)
    assert did == "did:web:localhost%3A8000:organisations:town-library"
    assert did_web_to_url(did) == "http://localhost:8000/organisations/town-library/did.json"
    methods = listed_methods(document)
    assert {method.key.kind for method in methods} == {KeyKind.ED25519, KeyKind.P256}
    assert all(method.is_assertion for method in methods)


def test_node_has_one_key_and_names_its_node_id(node: Node) -> None:
    with node.unit():
        keys.create_keys(node, keys.NODE)
        document = keys.did_document(node, keys.NODE)
        assert document["id"] == "did:web:localhost%3A8000"
        assert len(document["verificationMethod"]) == 1
        assert document["service"][0]["nodeId"] == node.id
        public = VerifyingKey.from_multibase(
            document["verificationMethod"][0]["publicKeyMultibase"]
        )
        assert public.verify(keys.node_signing_key(node).sign(b"log"), b"log")


def test_nobody_unknown_has_a_did(node: Node) -> None:
    with node.reading():
        with pytest.raises(NotFound):
            keys.did_document(node, "unknown")
        with pytest.raises(NotFound):
            keys.signing_key(node, "unknown")


def test_private_keys_cannot_be_read_in_the_database(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library = make_organisation()
    with node.reading():
        private = [
            keys.signing_key(node, library.id, kind)[0].private_bytes()
            for kind in ("ed25519", "p256")
        ]
        sealed = [bytes(row[0]) for row in node.db.execute(
            text("select sealed_private from stored_key")
        )]  # fmt: skip
    assert len(sealed) >= 2
    for secret in private:
        assert all(secret not in row and secret.hex().encode() not in row for row in sealed)


def test_key_that_was_moved_to_another_owner_does_not_open(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library, thief = make_organisation("Town Library"), make_organisation("Thief")
    with node.unit():
        node.db.execute(
            text("update stored_key set state = 'retired' where owner_id = :thief"),
            {"thief": thief.id},
        )
        node.db.execute(
            text("update stored_key set owner_id = :thief where owner_id = :library"),
            {"thief": thief.id, "library": library.id},
        )
    with node.reading(), pytest.raises(ConfigurationError):
        keys.signing_key(node, thief.id)


def test_missing_key_file_says_what_to_do(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library = make_organisation()
    node.config.key_file.unlink()
    with node.reading(), pytest.raises(ConfigurationError, match="copy it back from your backup"):
        keys.signing_key(node, library.id)


def test_key_file_of_another_city_says_what_to_do(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library = make_organisation()
    node.config.key_file.write_bytes(hashlib.sha256(b"another city").digest())
    with node.reading(), pytest.raises(ConfigurationError, match="belongs to another city"):
        keys.signing_key(node, library.id)


@pytest.mark.databases("sqlite")
def test_torn_key_file_says_what_to_do(node: Node) -> None:
    node.config.key_file.write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="should hold 32 bytes, not 5"):
        key_file.derive_secret(node.config, "test")


@pytest.mark.databases("sqlite")
def test_key_file_that_others_can_read_is_refused(node: Node) -> None:
    node.config.key_file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        key_file.derive_secret(node.config, "test")


@pytest.mark.databases("sqlite")
def test_key_file_is_made_once_and_for_this_user_only(node: Node) -> None:
    path = key_file.ensure_key_file(node.config)
    first = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_file.ensure_key_file(node.config).read_bytes() == first
    assert len(first) == 32


@pytest.mark.databases("sqlite")
def test_key_file_in_a_folder_that_cannot_be_made_says_so(node: Node) -> None:
    server = replace(node.config.server, key_file=str(node.config.key_file / "deeper" / "node.key"))
    with pytest.raises(ConfigurationError, match="cannot be written"):
        key_file.ensure_key_file(replace(node.config, server=server))


@pytest.mark.databases("sqlite")
def test_secrets_of_two_purposes_differ(node: Node) -> None:
    one, other = (key_file.derive_secret(node.config, purpose) for purpose in ("one", "other"))
    assert one != other
    assert len(one) == 32
