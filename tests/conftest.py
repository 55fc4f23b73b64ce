"""Every test uses the public test kit; see colnode.testing."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run keep pictures of the pages that it opens."""
    parser.addoption("--screenshots", default="", help="folder to keep screenshots in")


@pytest.fixture(scope="session", autouse=True)
def _shared_cache(colnode_cache: Path) -> None:
    """Nodes in processes of their own use the same compiled templates."""
    os.environ["COLNODE_SERVER_CACHE_DIR"] = str(colnode_cache)
