"""Cities with one little type of record, which publish, sequence and read each other."""

from collections.abc import Callable
from typing import Any

import pytest

from colnode import catalogue, jobs
from colnode.federation import peers
from colnode.node import Node
from tests.catalogue.conftest import THING


@pytest.fixture
def make_city(make_node: Callable[..., Node]) -> Callable[..., Node]:
    """A city without plugins that knows things: make_city(name="Northport")."""

    def make(**wishes: Any) -> Node:
        node = make_node(plugins=(), **wishes)
        node.host.record_types["thing"] = THING
        return node

    return make


@pytest.fixture
def city(make_city: Callable[..., Node]) -> Node:
    """One such city."""
    return make_city()


@pytest.fixture
def two_cities(two_nodes: tuple[Node, Node]) -> tuple[Node, Node]:
    """Two cities over real HTTP; the first reads the second."""
    for node in two_nodes:
        node.host.record_types["thing"] = THING
    reader, origin = two_nodes
    peer = peers.add(reader, origin.config.server.base_url)
    with reader.unit():
        peers.allow(reader, peer.id)
    return reader, origin


@pytest.fixture
def put() -> Callable[..., None]:
    """Publish and sequence things: put(node, a="Chess", b="Go"); None withdraws."""

    def act(node: Node, **titles: str | None) -> None:
        with node.unit():
            for record_id, title in titles.items():
                if title is None:
                    catalogue.withdraw(node, "thing", record_id)
                else:
                    catalogue.publish(node, "thing", record_id, {"name": {"en": title}})
        jobs.run_due(node)

    return act
