"""Every test uses the public test kit; see colnode.testing."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run keep pictures of the pages that it opens."""
    parser.addoption("--screenshots", default="", help="folder to keep screenshots in")
