"""Templates keep the strict content policy and speak through the translations only."""

import re
from pathlib import Path

import pytest

from tests.contract.sources import ROOT

TEMPLATES = sorted(
    path
    for folder in ("colnode/web/templates", "plugins")
    for path in (ROOT / folder).rglob("*.html")
    if "dev" not in path.parts
)
NAMES = [str(path.relative_to(ROOT)) for path in TEMPLATES]
FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle=",
    "a style element": r"<style",
    "an event attribute": r"<[a-z][^>]*\son[a-z]+=[\"']",
    "an inline script": r"<script(?![^>]*\b(?:src=|type=\"application/ld\+json\"))",
    "an address of another host": r"(?:src|href)=[\"']https?:",
    "a picture without alternative text": r"<img(?![^>]*\balt=)",
    "a physical direction in a class": r"class=\"[^\"]*\b(?:left|right)\b",
}


def without_jinja(text: str) -> str:
    """Leave what is sent as it stands: no comments, no statements, no expressions."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.S)
    return re.sub(r"\{\{.*?\}\}", "", text, flags=re.S)


def faults(text: str) -> list[str]:
    """What the content policy or a reader would stumble over."""
    plain = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    return [words for words, pattern in FORBIDDEN.items() if re.search(pattern, plain)]


def spoken(text: str) -> list[str]:
    """Words that stand in the markup itself, where no translation reaches them.

    What programs read (code, attributes that a macro writes, a class) may stand there.
    """
    text = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", "", text)
    plain = re.sub(r"<(script|svg|code|pre)\b.*?</\1>", "", without_jinja(text), flags=re.S)
    visible = re.sub(r"<[^>]*>", "\n", plain)
    visible = re.sub(r"[a-z-]+=\"[^\"]*\"", "", visible)
    return [line.strip() for line in visible.splitlines() if re.search(r"[^\W\d_]{2,}", line)]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_keeps_the_content_policy(path: Path) -> None:
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_word_of_a_template_can_be_translated(path: Path) -> None:
    assert spoken(path.read_text("utf-8")) == []


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
    assert faults(text)


def test_a_word_without_translation_would_be_found() -> None:
    assert spoken("<p>{{ _('Fine') }} not fine</p>") == ["not fine"]


def test_templates_were_found() -> None:
    assert len(TEMPLATES) > 40
