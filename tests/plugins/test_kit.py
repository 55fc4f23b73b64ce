"""Every example of docs/testing-plugins.md runs, and the kit has the fixtures that it lists."""

import re
from pathlib import Path

import pytest

from colnode import testing
from tests.contract.sources import ROOT
from tests.plugins.installing import EXAMPLE

PAGE = (ROOT / "docs" / "testing-plugins.md").read_text(encoding="utf-8")
INSTALLED = """
import sys

sys.path.insert(0, {root!r})
sys.path.insert(0, {example!r})

import pytest

from tests.plugins.installing import install_example


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    install_example(monkeypatch)


@pytest.fixture
def node(installed, make_node):
    return make_node(plugins=("trail",))
"""

pytest_plugins = ["pytester"]


def test_every_example_of_the_page_runs(pytester: pytest.Pytester) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    pytester.makeconftest(INSTALLED.format(root=str(ROOT), example=str(Path(EXAMPLE))))
    for number, code in enumerate(examples):
        pytester.makepyfile(**{f"test_example_{number}": code})
    result = pytester.runpytest_subprocess("-q", "--databases", "sqlite", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=len(re.findall(r"^def test_", "".join(examples), flags=re.M)))


def test_the_page_lists_the_fixtures_of_the_kit() -> None:
    table = PAGE.partition("| fixture | gives |")[2].partition("\n\n")[0]
    listed = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.partition("|")[2].partition("|")[0])
    }
    inner = {"chromium", "colnode_cache", "colnode_database", "colnode_templates"}
    assert listed == set(testing.__all__) - inner
