"""Keys that are made anew, retired or revoked: what was signed before, and what the lists say."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from colnode.audit import AuditEvent
from colnode.errors import Conflict, Invalid, NotFound, Refused
from colnode.identity import key_changes, keys
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, StoredKey
    from colnode.testing.fixtures import TestClock


@pytest.fixture
def library(make_organisation: "Callable[..., Organisation]") -> "Organisation":
    """A verified organisation with its first keys."""
    return make_organisation("Town Library")


def active(node: Node, library: "Organisation", kind: str = "ed25519") -> "list[StoredKey]":
    with node.reading():
        return [
            key
            for key in key_changes.list_keys(node, library.id)
            if key.kind == kind and key.state == "active"
        ]


def test_new_keys_sign_and_the_old_ones_stay_listed(
    node: Node, library: "Organisation", clock: "TestClock"
) -> None:
    (before,) = active(node, library)
    clock.forward(days=1)
    with node.unit():
        made = key_changes.rotate(node, library.id, actor_id=library.id, reason="New year.")
        assert sorted(key.kind for key in made) == ["ed25519", "p256"]
        _key, method = keys.signing_key(node, library.id)
        assert method.endswith(made[0].multikey) or method.endswith(made[1].multikey)
        assert not method.endswith(before.multikey)
        document = keys.did_document(node, library.id)
        assert len(document["assertionMethod"]) == 4
        assert len(keys.key_set(node, library.id)["keys"]) == 4
        events = node.db.scalars(select(AuditEvent).where(AuditEvent.subject_type == "key"))
        assert sorted((event.action, event.reason) for event in events) == [
            ("key.created", "New year."),
            ("key.created", "New year."),
            ("key.retired", "New year."),
            ("key.retired", "New year."),
        ]


def test_the_only_key_for_badges_is_not_retired(node: Node, library: "Organisation") -> None:
    (key,) = active(node, library)
    with pytest.raises(Refused), node.unit():
        key_changes.retire(node, library.id, key.id, actor_id=None)
    (other,) = active(node, library, "p256")
    with node.unit():
        key_changes.retire(node, library.id, other.id, actor_id=None)
        assert key_changes.retire(node, library.id, other.id, actor_id=None).state == "retired"
        key_changes.rotate(node, library.id, actor_id=None)
    assert len(active(node, library)) == len(active(node, library, "p256")) == 1


def test_a_revoked_key_is_replaced_and_listed_with_its_end(
    node: Node, library: "Organisation", clock: "TestClock"
) -> None:
    (stolen,) = active(node, library)
    with pytest.raises(Invalid), node.unit():
        key_changes.revoke(node, library.id, stolen.id, actor_id=None, reason="  ")
    with node.unit():
        key_changes.revoke(node, library.id, stolen.id, actor_id=None, reason="Laptop stolen.")
    with node.unit():
        key_changes.revoke(node, library.id, stolen.id, actor_id=None, reason="Again.")
    (now,) = active(node, library)
    assert now.id != stolen.id
    with node.reading():
        document = keys.did_document(node, library.id)
        (entry,) = (
            method
            for method in document["verificationMethod"]
            if method["publicKeyMultibase"] == stolen.multikey
        )
        assert entry["revoked"] == "2026-11-23T10:00:00Z"
        assert entry["id"] not in document["assertionMethod"]
        assert stolen.multikey not in json.dumps(keys.key_set(node, library.id))
    with pytest.raises(Conflict), node.unit():
        key_changes.retire(node, library.id, stolen.id, actor_id=None)


def test_a_key_of_somebody_else_is_not_found(
    node: Node, library: "Organisation", make_organisation: "Callable[..., Organisation]"
) -> None:
    other = make_organisation("Club")
    (key,) = active(node, other)
    for organisation_id in (library.id, "unknown"):
        with pytest.raises(NotFound), node.unit():
            key_changes.revoke(node, organisation_id, key.id, actor_id=None, reason="x")


def test_every_key_in_the_set_is_the_one_that_the_document_lists(
    node: Node, library: "Organisation"
) -> None:
    with node.reading():
        for owner_id in (library.id, keys.NODE):
            listed = keys.did_document(node, owner_id)["verificationMethod"]
            found = keys.key_set(node, owner_id)["keys"]
            assert [key["kid"] for key in found] == [method["id"] for method in listed]
            assert all("d" not in key and key["use"] == "sig" for key in found)
