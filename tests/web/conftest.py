"""Fixtures of page tests: badges as tests/badges makes them, and a network of known pages."""

import pytest

from colnode.node import Node
from tests.badges.conftest import content, make_achievement
from tests.openbadges import samples
from tests.web.checking import KnownPages

__all__ = ["content", "make_achievement"]

# Other projects' documents are used where they lie beside the repository; where they do not, the
# documents made in test_verify_page.py cover the same behaviours.
collect_ignore = [] if samples.folder().exists() else ["test_verify_samples.py"]


@pytest.fixture
def web(node: Node) -> KnownPages:
    """The pages that the node can reach; none until the test adds some."""
    pages = KnownPages()
    node.http = pages  # type: ignore[assignment]  # answers what the client would
    return pages
