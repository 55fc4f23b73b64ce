"""Pages ask no other machine: nothing in the sources names one, and the policy would forbid it.

tests/browser/test_every_page.py watches what a real browser asks for on every page.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.contract.sources import ROOT

LOADS = re.compile(
    r"""(?:\bsrc(?:set)?|\bhref|\baction|\bdata|\bposter)\s*=\s*["']\s*(?:https?:)?//"""
    r"""|url\(\s*["']?(?:https?:)?//|@import\s+["']?(?:url\()?["']?(?:https?:)?//"""
    r"""|\b(?:import|fetch|Worker)\s*\(?\s*["'`](?:https?:)?//""",
    re.IGNORECASE,
)
LINK_ONLY = re.compile(r"<a\b[^>]*href=\"https?://", re.IGNORECASE)
PAGES = (
    "/",
    "/map",
    "/badges",
    "/organisations",
    "/search",
    "/network",
    "/endorsements",
    "/verify",
    "/sign-in",
)


def loads_of(text: str) -> list[str]:
    """Every place where a text would load something from another machine; links do not load."""
    return [found.group() for found in LOADS.finditer(LINK_ONLY.sub("<a", text))]


def sources() -> Iterator[Path]:
    for folder in ("colnode/web/templates", "colnode/web/static", "plugins"):
        for ending in ("html", "css", "js", "mjs", "svg"):
            yield from (ROOT / folder).rglob(f"*.{ending}")


def test_no_source_of_a_page_loads_from_elsewhere() -> None:
    files = list(sources())
    assert len(files) > 60
    loading = {
        str(file.relative_to(ROOT)): found
        for file in files
        if (found := loads_of(file.read_text(encoding="utf-8")))
    }
    assert loading == {}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        "body { background: url(https://pictures.example/a.png) }",
        '@import "https://fonts.example/a.css";',
        'import("https://cdn.example/x.mjs")',
    ],
)
def test_loading_from_elsewhere_would_be_found(text: str) -> None:
    assert loads_of(text) != []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", PAGES)
def test_the_policy_of_a_page_names_this_site_alone(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url="http://localhost:8000")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    words = {word for rule in rules.values() for word in rule.split()}
    assert words <= {"'none'", "'self'", "data:", "blob:"}, words
