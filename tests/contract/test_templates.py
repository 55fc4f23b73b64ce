"""Templates keep the strict content policy and speak through the translations only."""

from pathlib import Path

import pytest

from colnode.workshop.templates import policy_faults, spoken_words
from tests.contract.sources import ROOT

TEMPLATES = sorted(
    path
    for folder in ("colnode/web/templates", "plugins", "docs/example-plugin")
    for path in (ROOT / folder).rglob("*.html")
    if "dev" not in path.parts
)
NAMES = [str(path.relative_to(ROOT)) for path in TEMPLATES]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_keeps_the_content_policy(path: Path) -> None:
    assert policy_faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_word_of_a_template_can_be_translated(path: Path) -> None:
    assert spoken_words(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color:red">x</p>',
        "<button onclick='go()'>",
        "<script>go()</script>",
        '<img src="https://cdn.example/x.png" alt="">',
        '<img src="/x.png">',
    ],
)
def test_what_is_forbidden_would_be_found(text: str) -> None:
    assert policy_faults(text)


def test_a_word_without_translation_would_be_found() -> None:
    assert spoken_words("<p>{{ _('Fine') }} not fine</p>") == ["not fine"]


def test_templates_were_found() -> None:
    assert len(TEMPLATES) > 40
