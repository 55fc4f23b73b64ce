"""Another city's pictures are fetched by digest, proven and shown from this node alone."""

import hashlib
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from colnode import catalogue, jobs, media
from colnode.app import create_app
from colnode.federation import peers, pull
from colnode.federation.models import WantedPicture
from colnode.media.models import Media
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.federation.lying import Answer, LyingCity
from tests.federation.test_lying_cities import a_liar, followed
from tests.federation.test_two_cities import the_peer


def drawing(colour: str) -> bytes:
    """A small PNG."""
    file = BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def liar(clock: TestClock) -> Iterator[LyingCity]:
    """A city whose pictures a test can change."""
    with a_liar(clock) as city:
        yield city


def picture_of(reader: Node, node_id: str, record_id: str) -> str | None:
    """The digest of the picture that the reader shows with a record."""
    with reader.reading():
        view = catalogue.get(reader, node_id, record_id)
    assert view is not None
    return view.picture


def test_picture_arrives_and_is_served_from_here(two_cities: tuple[Node, Node]) -> None:
    reader, origin = two_cities
    with origin.unit():
        kept = media.store(origin, drawing("red"))
        body = {"name": {"en": "Chess"}, "picture": f"{kept.digest}:{kept.byte_count}"}
        catalogue.publish(origin, "thing", "a", body)
    jobs.run_due(origin)
    pull.sync(reader, the_peer(reader).id)
    node_id = the_peer(reader).node_id
    assert picture_of(reader, node_id, "a") is None
    jobs.run_due(reader)
    digest = picture_of(reader, node_id, "a")
    assert digest is not None
    with create_app(node=reader).test_client().get(f"/media/{digest}") as answer:
        assert answer.status_code == 200
        assert Image.open(BytesIO(answer.data)).getpixel((0, 0)) == (255, 0, 0)
    with reader.reading():
        assert not reader.db.scalars(select(WantedPicture)).all()


LIES: dict[str, Callable[[bytes], Answer]] = {
    "another picture": lambda _true: Answer(drawing("blue")),
    "one byte": lambda true: Answer(true[:-1] + b"\0"),
    "longer": lambda true: Answer(true + b"x"),
    "no picture": lambda _true: Answer(b"<svg><script/></svg>"),
    "nothing": lambda _true: Answer(b"", 404),
}


def test_picture_that_is_not_the_one_named_is_not_kept(city: Node, liar: LyingCity) -> None:
    true = drawing("red")
    digest = hashlib.sha256(true).hexdigest()
    liar.put("p", "Picture", picture=f"{digest}:{len(true)}")
    peer = followed(city, liar)
    pull.sync(city, peer.id)
    for name, lie in LIES.items():
        liar.pictures[digest] = lie(true)
        jobs.run_due(city)
        assert picture_of(city, peer.node_id, "p") is None, name
        with city.reading():
            assert not city.db.scalars(select(Media)).all(), name
        with city.unit():
            peers.forget_replica(city, peers.get_peer(city, peer.id))
        pull.sync(city, peer.id)
    liar.pictures[digest] = Answer(true)
    jobs.run_due(city)
    assert picture_of(city, peer.node_id, "p") is not None


def test_named_digest_of_nonsense_is_proven_and_still_not_kept(city: Node, liar: LyingCity) -> None:
    nonsense = b"GIF89a" + b"\0" * 50
    digest = hashlib.sha256(nonsense).hexdigest()
    liar.put("p", "Picture", picture=f"{digest}:{len(nonsense)}")
    liar.pictures[digest] = Answer(nonsense)
    peer = followed(city, liar)
    pull.sync(city, peer.id)
    jobs.run_due(city)
    assert picture_of(city, peer.node_id, "p") is None
    with city.reading():
        assert not city.db.scalars(select(Media)).all()
        assert not city.db.scalars(select(WantedPicture)).all()
