"""A hook without its exact signature in docs/plugin-api.md fails the build."""

import inspect
import re

import pytest

from colnode import plugin
from colnode.host import hookspecs
from tests.contract.sources import ROOT

HOOKS = (*hookspecs.START, *hookspecs.GATE, *hookspecs.AFTER, *hookspecs.SHOW)
PAGE = (ROOT / "docs" / "plugin-api.md").read_text(encoding="utf-8")


def signature(name: str) -> str:
    """A hook's signature as the page writes it."""
    text = str(inspect.signature(getattr(hookspecs, name))).replace("'", "")
    for prefix in ("colnode.host.types.", "collections.abc.", "typing."):
        text = text.replace(prefix, "")
    return f"{name}{text}"


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_signature(name: str) -> None:
    assert f"### {name}\n```python\n{signature(name)}\n```" in PAGE


def test_every_hook_has_a_kind() -> None:
    declared = {name for name, value in vars(hookspecs).items() if hasattr(value, "colnode_spec")}
    assert declared == set(HOOKS)


def test_the_facade_keeps_its_names() -> None:
    assert sorted(plugin.__all__) == plugin.__all__
    assert [name for name in plugin.__all__ if not hasattr(plugin, name)] == []


def test_every_place_that_plugins_may_fill_is_documented() -> None:
    pages = (ROOT / "colnode" / "web" / "pages").glob("*.py")
    used = {
        place
        for page in pages
        for place in re.findall(r'(?:panels|links)_for\(\s*"(\w+)"', page.read_text("utf-8"))
    }
    assert {"home", "achievement"} <= used
    table = PAGE.partition("| place | subject |")[2].partition("\n\n")[0]
    assert used == set(re.findall(r"`(\w+)`", table))
