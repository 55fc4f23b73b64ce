"""A badge given to a DID is one's own once its controller has signed a challenge of this city."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import holder_dids, proving
from colnode.badges.models import BroughtBadge
from colnode.badges.proving import Proof
from colnode.errors import Invalid, NotFound
from colnode.identity import people
from colnode.node import Node
from colnode.openbadges import contexts, data_integrity, multibase
from colnode.openbadges.keys import KeyKind, SigningKey

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock


def signed(node: Node, person: "Person", key: SigningKey) -> bytes:
    """The presentation that the city asks for, signed by the DID's key."""
    with node.reading():
        document = holder_dids.to_sign(node, person.id, holder=f"did:key:{key.multibase}")
    return sign(document, key)


def sign(to_sign: dict[str, Any], key: SigningKey) -> bytes:
    """As a wallet does it, with the key of a did:key."""
    document, did = dict(to_sign), f"did:key:{key.multibase}"
    proof = document.pop("proof") | {"verificationMethod": f"{did}#{key.multibase}"}
    suite = data_integrity.suite_of(proof)
    assert suite is not None
    data = data_integrity.hash_data(document, proof, suite, contexts.pinned())
    proof["proofValue"] = "z" + multibase.base58_encode(key.sign(data))
    return json.dumps(document | {"proof": proof}).encode()


@pytest.fixture
def key() -> SigningKey:
    """A wallet's key."""
    return SigningKey.generate(KeyKind.ED25519)


def test_a_challenge_is_for_one_person_and_half_an_hour(
    node: Node, make_person: "Callable[..., Person]", key: SigningKey, clock: "TestClock"
) -> None:
    kai, mo = make_person(), make_person()
    document = signed(node, kai, key)
    with node.reading():
        assert holder_dids.check(node, document, person_id=kai.id) == f"did:key:{key.multibase}"
        with pytest.raises(Invalid, match="challenge"):
            holder_dids.check(node, document, person_id=mo.id)
        clock.forward(minutes=31)
        with pytest.raises(Invalid, match="challenge"):
            holder_dids.check(node, document, person_id=kai.id)


def test_a_proven_did_makes_its_badges_ones_own_until_it_is_removed(
    node: Node, make_person: "Callable[..., Person]"
) -> None:
    kai, mo = make_person(), make_person()
    badge = BroughtBadge(subject_id="did:key:z6Mk1", recipients=[], given_proof=None)

    def proof_for(person: "Person") -> Proof | None:
        with node.reading():
            return proving.proof_of(badge, proving.identities_of(node, person.id))

    assert proof_for(kai) is None
    with node.unit():
        holder_dids.remember(node, "did:key:z6Mk1", person_id=mo.id)
        holder_dids.remember(node, "did:key:z6Mk1", person_id=kai.id)
    assert proof_for(mo) is None
    assert proof_for(kai) is Proof.DID
    with node.reading():
        assert people.export(node, kai.id)["holder_dids"][0]["did"] == "did:key:z6Mk1"
    with node.unit():
        with pytest.raises(NotFound):
            holder_dids.forget(node, "did:key:z6Mk1", person_id=mo.id)
        holder_dids.forget(node, "did:key:z6Mk1", person_id=kai.id)
        holder_dids.remember(node, "did:key:z6Mk1", person_id=kai.id)
        people.erase(node, kai.id, actor_id=kai.id)
        assert holder_dids.list_dids(node, kai.id) == []
    with node.unit(), pytest.raises(NotFound):
        holder_dids.forget(node, "did:key:z6Mk1", person_id=kai.id)


def test_signing_on_the_page(
    node: Node, client: "FlaskClient", make_person: "Callable[..., Person]", key: SigningKey,
    sign_in: "Callable[[FlaskClient, Person], None]",
) -> None:  # fmt: skip
    kai = make_person()
    sign_in(client, kai)
    assert "&#34;challenge&#34;" in client.get("/my-badges/identities?did=did:key:z6Mk").text
    wrong = client.post("/my-badges/identities", data={"presentation": '{"type": "x"}'})
    assert wrong.status_code == 422
    assert "This is no presentation." in wrong.text
    form = {"presentation": signed(node, kai, key).decode()}
    page = client.post("/my-badges/identities", data=form, follow_redirects=True).text
    did = f"did:key:{key.multibase}"
    assert did in page
    client.post("/my-badges/identities/remove", data={"did": did})
    assert did not in client.get("/my-badges/identities").text
