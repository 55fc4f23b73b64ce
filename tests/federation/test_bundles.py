"""A record with its proofs convinces whoever knows the city's id, and nothing else does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode.app import create_app
from colnode.errors import Untrusted
from colnode.federation.bundles import make_evidence, read_bundle, read_evidence
from colnode.federation.checkpoint import open_note
from colnode.federation.identity import read_identity
from colnode.federation.log import Frontier, leaf_hash
from colnode.federation.proofs import check_consistency
from colnode.node import Node

Put = Callable[..., None]


@pytest.fixture
def reader(city: Node) -> FlaskClient:
    """Somebody who asks."""
    return create_app(node=city).test_client()


def bundle_of(reader: FlaskClient, record_id: str) -> dict[str, Any]:
    answer = reader.get(f"/federation/v1/records/thing/{record_id}")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document: dict[str, Any] = answer.get_json()
    return document


def test_a_record_proves_itself(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess", b="Go")
    put(city, b="Go, renewed", c="Draughts")
    for record_id, title in (("a", "Chess"), ("b", "Go, renewed"), ("c", "Draughts")):
        answer = reader.get(f"/federation/v1/records/thing/{record_id}?proof=1").data
        proven = read_bundle(answer, city.id)
        assert proven.record["name"] == {"en": title}
        assert proven.header.id == f"thing/{record_id}"
        assert proven.checkpoint.size == 6


def test_a_record_that_is_over_is_gone(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess")
    put(city, a=None)
    assert reader.get("/federation/v1/records/thing/a").status_code == 410
    assert reader.get("/federation/v1/records/thing/b").status_code == 404


def test_an_old_bundle_does_not_prove_a_record_current(
    city: Node, reader: FlaskClient, put: Put
) -> None:
    """What was live once is shown to be over by the newer checkpoint."""
    put(city, a="Chess", b="Go")
    old = bundle_of(reader, "a")
    put(city, a=None)
    new = bundle_of(reader, "b")
    mixed = {**old, "checkpoint": new["checkpoint"]}
    with pytest.raises(Untrusted):
        read_bundle(json.dumps(mixed).encode())
    mixed["inclusion"] = new["inclusion"]
    with pytest.raises(Untrusted):
        read_bundle(json.dumps(mixed).encode())


def _with(bundle: dict[str, Any], /, **changes: Any) -> bytes:
    return json.dumps({**bundle, **changes}).encode()


def test_nothing_false_is_proven(
    city: Node, make_city: Callable[..., Node], reader: FlaskClient, put: Put
) -> None:
    put(city, a="Chess", b="Go")
    one, other = bundle_of(reader, "a"), bundle_of(reader, "b")
    stranger = make_city(name="Stranger")
    put(stranger, a="Chess")
    foreign = bundle_of(create_app(node=stranger).test_client(), "a")
    current = one["current"]
    wrong = [
        *(_with(one, **{name: other[name]}) for name in ("header", "body", "inclusion", "current")),
        *(_with(one, **{name: foreign[name]}) for name in ("checkpoint", "identity")),
        *(_with(one, **{name: None}) for name in one),
        _with(one, inclusion=[*one["inclusion"], "00" * 32]),
        _with(one, inclusion=one["inclusion"][:-1]),
        _with(one, inclusion=["00"]),
        _with(one, inclusion=["zz"]),
        _with(one, inclusion=["00" * 32] * 10_000),
        _with(one, current={**current, "leaves": []}),
        _with(one, current={**current, "path": current["path"][1:]}),
        _with(one, body=one["body"].replace("Chess", "Cheat")),
        _with(one, bundle=2),
        b"[]",
        b"{",
        b'{"bundle":1,"bundle":1}',
        b"[" * 100_000,
    ]
    for data in wrong:
        with pytest.raises(Untrusted):
            read_bundle(data, city.id)
    with pytest.raises(Untrusted, match="another city"):
        read_bundle(_with(foreign), city.id)


def test_the_log_proves_that_it_only_grew(city: Node, reader: FlaskClient, put: Put) -> None:
    """Over enough entries that roots of subtrees are kept, and read from there."""
    points = []
    for size in (1, 255, 3, 700, 20):
        put(city, **{f"r{len(points)}_{number}": "Chess" for number in range(size)})
        note = reader.get("/federation/v1/checkpoint").data
        identity = read_identity(reader.get("/federation/v1/identity").data)
        points.append(open_note(note, city.id, identity.key))
    for first in points:
        for second in points[points.index(first) :]:
            answer = reader.get(f"/federation/v1/consistency?from={first.size}&to={second.size}")
            path = [bytes.fromhex(item) for item in answer.get_json()["path"]]
            ends = (first.size, first.root, second.size, second.root)
            assert check_consistency(*ends, path)
    assert read_bundle(reader.get("/federation/v1/records/thing/r3_9").data).record


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=0&to=2", 422), ("from=2&to=1", 422), ("from=1&to=99", 409), ("from=1", 422)],
)
def test_sizes_that_no_proof_is_between(
    city: Node, reader: FlaskClient, put: Put, query: str, status: int
) -> None:
    put(city, a="Chess")
    answer = reader.get(f"/federation/v1/consistency?{query}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_leaves_rebuild_the_tree(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess", b="Go")
    put(city, a=None)
    data = reader.get("/federation/v1/leaves?after=0").data
    lines = reader.get("/federation/v1/entries?after=0").data.split(b"\n")[:-1]
    assert data == b"".join(leaf_hash(header) for header in lines[::2])
    assert reader.get("/federation/v1/leaves?after=3").data == data[96:]
    assert reader.get("/federation/v1/leaves?after=99").status_code == 409
    tree = Frontier()
    tree.extend(data[at : at + 32] for at in range(0, len(data), 32))
    assert tree.size == 5


def test_two_honest_checkpoints_are_no_evidence(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess")
    first = reader.get("/federation/v1/checkpoint").data
    put(city, b="Go")
    second = reader.get("/federation/v1/checkpoint").data
    identity = reader.get("/federation/v1/identity").data
    for notes in ((first, second), (first, first)):
        with pytest.raises(Untrusted, match="do not contradict"):
            read_evidence(make_evidence(identity, *notes))
    with pytest.raises(Untrusted):
        read_evidence(make_evidence(identity, first, b"n_other\n"))
    with pytest.raises(Untrusted):
        read_evidence(b'{"evidence":1,"identity":"","checkpoints":[]}')
    with pytest.raises(Untrusted):
        read_evidence(json.dumps({"evidence": 1, "identity": identity.decode()}).encode())
