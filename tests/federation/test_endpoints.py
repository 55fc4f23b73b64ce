"""What a city tells others: the public endpoints, byte for byte and status by status."""

import gzip
import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from colnode import jobs
from colnode.app import create_app
from colnode.federation.checkpoint import open_note
from colnode.federation.identity import read_identity
from colnode.federation.log import leaf_hash, node_id_of, tree_root
from colnode.node import Node
from colnode.testing.fixtures import TestClock

Put = Callable[..., None]


@pytest.fixture
def reader(city: Node) -> FlaskClient:
    """Somebody who asks."""
    return create_app(node=city).test_client()


def lines_of(reader: FlaskClient, path: str) -> list[bytes]:
    """The NDJSON lines of an answer."""
    answer = reader.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/x-ndjson"
    return answer.data.split(b"\n")[:-1]


def test_log_proves_itself_from_the_node_id(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess", b="Go")
    put(city, a=None)
    node_id = reader.get("/.well-known/colnode").json
    assert node_id is not None
    identity = read_identity(reader.get("/federation/v1/identity").data, node_id["node"])
    note = reader.get("/federation/v1/checkpoint").data
    point = open_note(note, identity.node_id, identity.key)
    lines = lines_of(reader, "/federation/v1/entries?after=0")
    headers, bodies = lines[::2], lines[1::2]
    assert node_id_of(headers[0]) == identity.node_id
    assert point.size == len(headers) == 5
    assert tree_root(leaf_hash(header) for header in headers) == point.root
    assert point.count == 1
    ops = [(json.loads(header)["op"], json.loads(header).get("id")) for header in headers]
    assert ops == [
        ("genesis", None),
        ("node", None),
        ("put", "thing/a"),
        ("put", "thing/b"),
        ("del", "thing/a"),
    ]
    assert [json.loads(body) is None for body in bodies] == [False, False, False, False, True]


def test_nonce_hides_equal_bodies(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess", b="Chess")
    lines = lines_of(reader, "/federation/v1/entries?after=2")
    first, second = json.loads(lines[1]), json.loads(lines[3])
    assert first["record"] == second["record"]
    assert first["nonce"] != second["nonce"]
    assert json.loads(lines[0])["digest"] != json.loads(lines[2])["digest"]


def test_put_again_counts_its_revisions(city: Node, reader: FlaskClient, put: Put) -> None:
    for title in ("One", "Two", None, "Three"):
        put(city, a=title)
    lines = lines_of(reader, "/federation/v1/entries?after=2")
    assert [json.loads(line)["rev"] for line in lines[::2]] == [1, 2, 3, 4]


def test_unchanged_checkpoint_is_answered_with_304(
    city: Node, reader: FlaskClient, put: Put
) -> None:
    put(city, a="Chess")
    first = reader.get("/federation/v1/checkpoint")
    etag = first.headers["ETag"]
    assert not etag.startswith("W/")
    again = reader.get("/federation/v1/checkpoint", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    put(city, a="Go")
    changed = reader.get("/federation/v1/checkpoint", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


@pytest.mark.parametrize("path", ["identity", "entries?after=0", "snapshot/{size}"])
def test_answers_are_compressed_for_whom_wants_it(
    city: Node, reader: FlaskClient, put: Put, path: str
) -> None:
    put(city, **{f"r{number}": "Chess" for number in range(5)})
    url = "/federation/v1/" + path.format(size=7)
    plain = reader.get(url)
    packed = reader.get(url, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert plain.headers.get("ETag") is None or plain.headers["ETag"] != packed.headers["ETag"]


def test_everybody_may_read_from_everywhere(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, a="Chess")
    for path in ("checkpoint", "identity", "entries", "snapshot/3"):
        answer = reader.get(f"/federation/v1/{path}")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("entries?after=99", 409, "cursor-in-future"),
        ("entries?after=0&epoch=3", 409, "other-epoch"),
        ("snapshot/99", 410, "cursor-too-old"),
        ("entries?after=-1", 422, "invalid"),
        ("entries?after=x", 422, "invalid"),
        ("entries?after=" + "9" * 40, 422, "invalid"),
        ("snapshot/x", 422, "invalid"),
        ("nothing", 404, "not-found"),
    ],
)
def test_errors_are_problem_documents(
    reader: FlaskClient, path: str, status: int, code: str
) -> None:
    answer = reader.get(f"/federation/v1/{path}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"].endswith(f"/{code}")


def test_bodies_of_other_types_are_left_out_and_headers_never(
    city: Node, reader: FlaskClient, put: Put
) -> None:
    put(city, a="Chess")
    all_lines = lines_of(reader, "/federation/v1/entries?after=0")
    some = lines_of(reader, "/federation/v1/entries?after=0&types=achievement,activity")
    assert some[::2] == all_lines[::2]
    assert some[1:4:2] == all_lines[1:4:2]
    assert some[5] == b"null"
    assert lines_of(reader, "/federation/v1/entries?types=thing") == all_lines


def test_long_log_comes_in_pages_of_a_thousand(city: Node, reader: FlaskClient, put: Put) -> None:
    put(city, **{f"r{number}": "Chess" for number in range(1_005)})
    first = lines_of(reader, "/federation/v1/entries?after=0")
    second = lines_of(reader, "/federation/v1/entries?after=1000")
    assert (len(first) // 2, len(second) // 2) == (1_000, 7)
    assert lines_of(reader, "/federation/v1/entries?after=1007") == []


def test_snapshot_of_an_older_checkpoint_stays_as_it_was(
    city: Node, reader: FlaskClient, put: Put
) -> None:
    put(city, a="Chess", b="Go")
    before = reader.get("/federation/v1/snapshot/4").data
    put(city, a="Poker", b=None, c="Ludo")
    assert reader.get("/federation/v1/snapshot/4").data == before
    later = lines_of(reader, "/federation/v1/snapshot/4?after=3")
    whole = before.split(b"\n")[:-1]
    assert later == whole[:5] + whole[7:]


def test_nothing_waits_means_nothing_is_signed_again(
    city: Node, reader: FlaskClient, put: Put, clock: TestClock
) -> None:
    put(city, a="Chess")
    first = reader.get("/federation/v1/checkpoint").data
    clock.forward(hours=12)
    jobs.run_due(city)
    assert reader.get("/federation/v1/checkpoint").data == first
