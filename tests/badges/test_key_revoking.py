"""What happens to badges when a key retires, and when somebody may have a copy of it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from colnode.badges import confirming, giving_again, issuing, key_revoking, stamps, verifying
from colnode.badges.models import Achievement, Credential, CredentialHolder
from colnode.errors import NotFound, Refused
from colnode.identity import key_changes, keys
from colnode.node import Node
from colnode.openbadges import issuing as signer

if TYPE_CHECKING:
    from colnode.identity.models import Person


def verdict(node: Node, credential: Credential) -> tuple[str, set[str]]:
    with node.reading():
        found = verifying.verify_text(node, credential.document)
    return str(found.outcome), {finding.id for finding in found.findings if finding.status != "ok"}


def give(node: Node, achievement: Achievement, person: "Person") -> Credential:
    with node.unit():
        return issuing.issue(node, achievement.id, person_id=person.id)


def test_badges_of_a_retired_key_stay_valid_also_when_one_is_taken_back(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
) -> None:
    achievement, person = make_achievement(), make_person()
    before, taken = give(node, achievement, person), give(node, achievement, person)
    with node.unit():
        key_changes.rotate(node, achievement.organisation_id, actor_id=None)
    after = give(node, achievement, person)
    with node.unit():
        issuing.revoke(node, taken.id, actor_id=person.id, reason="By mistake.")
    assert verdict(node, before) == ("valid", set())
    assert verdict(node, after) == ("valid", set())
    assert verdict(node, taken)[0] == "invalid"


def test_badges_of_a_stolen_key_are_doubtful_and_others_stay_valid(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
) -> None:
    achievement, person = make_achievement(), make_person()
    organisation_id = achievement.organisation_id
    early = give(node, achievement, person)
    with node.unit():
        (stolen,) = (
            key
            for key in key_changes.rotate(node, organisation_id, actor_id=None)
            if key.kind == "ed25519"
        )
    doubtful, taken = give(node, achievement, person), give(node, achievement, person)
    with node.unit():
        issuing.revoke(node, taken.id, actor_id=person.id, reason="By mistake.")
        key_revoking.revoke_key(
            node, organisation_id, stolen.id, actor_id=None, reason="Laptop stolen."
        )
    late = give(node, achievement, person)
    assert verdict(node, doubtful) == ("valid", {"credential_confirmed"})
    assert verdict(node, early) == ("valid", set())
    assert verdict(node, late) == ("valid", set())
    with node.reading():
        signed = key_revoking.list_signed_by(node, organisation_id, stolen.multikey)
        assert list(signed) == [doubtful.id]
        assert key_revoking.count_signed_by(node, organisation_id, stolen.multikey) == 1
        assert (
            key_revoking.list_signed_by(node, organisation_id, stolen.multikey, after=doubtful.id)
            == []
        )


def test_a_forgery_with_a_stolen_key_is_not_confirmed_but_what_was_stored_is(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
) -> None:
    achievement, person = make_achievement(), make_person()
    organisation_id = achievement.organisation_id
    real, erased = give(node, achievement, person), give(node, achievement, person)
    forged = json.loads(real.document)
    forged.pop("proof")
    forged["credentialSubject"]["id"] = "urn:uuid:018f2b4e-0000-7000-8000-000000000009"
    with node.unit():
        key, method = keys.signing_key(node, organisation_id, kind="ed25519")
        signed = signer.issue(forged, key=key, verification_method=method, created=node.clock.now())
        (stolen,) = (
            key for key in key_changes.list_keys(node, organisation_id) if key.kind == "ed25519"
        )
        key_changes.rotate(node, organisation_id, actor_id=None)
        key_revoking.revoke_key(node, organisation_id, stolen.id, actor_id=None, reason="Lost.")
        copy = erased.document
        node.db.get_one(Credential, erased.id).document = "{}"
    with node.reading():
        found = verifying.verify_bytes(node, signed)
        assert str(found.outcome) == "indeterminate"
        assert "key_compromised" in {finding.id for finding in found.findings}
        assert str(verifying.verify_text(node, copy).outcome) == "valid"
        with pytest.raises(NotFound):
            confirming.confirmation(node, "0" * 64)
    assert verdict(node, real) == ("valid", {"credential_confirmed"})


def test_badges_of_a_stolen_key_are_given_again(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
) -> None:
    achievement, person = make_achievement(), make_person()
    organisation_id, actor_id = achievement.organisation_id, achievement.created_by
    doubtful, left = give(node, achievement, person), give(node, achievement, make_person())
    with node.unit():
        (stolen,) = (
            key for key in key_changes.list_keys(node, organisation_id) if key.kind == "ed25519"
        )
        with pytest.raises(Refused):
            giving_again.start(node, organisation_id, stolen.id, actor_id=actor_id)
        key_changes.rotate(node, organisation_id, actor_id=None)
        key_revoking.revoke_key(node, organisation_id, stolen.id, actor_id=None, reason="Lost.")
        node.db.execute(delete(CredentialHolder).where(CredentialHolder.credential_id == left.id))
        giving_again.start(node, organisation_id, stolen.id, actor_id=actor_id)
    run_jobs(node)
    with node.reading():
        (stamp,) = stamps.list_stamps(node, person.id)
        new = issuing.get_credential(node, stamp.id)
        assert key_revoking.count_signed_by(node, organisation_id, stolen.multikey) == 1
    assert new.id != doubtful.id
    assert verdict(node, new) == ("valid", set())
    assert verdict(node, doubtful)[0] == "invalid"
