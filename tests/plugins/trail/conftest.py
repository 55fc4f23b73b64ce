"""A city with the example plugin, found like any other."""

from collections.abc import Callable

import pytest

from colnode.node import Node
from tests.plugins.installing import install_example


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch, make_node: Callable[..., Node]) -> Node:
    """A city with the example plugin alone."""
    install_example(monkeypatch)
    return make_node(plugins=("trail",))
