"""What a template must keep to: the strict content policy, and words through translations only."""

import re

__all__ = ["policy_faults", "spoken_words"]

_FORBIDDEN = {
    "a style attribute": r"<[^>]*\sstyle=",
    "a style element": r"<style",
    "an event attribute": r"<[a-z][^>]*\son[a-z]+=[\"']",
    "an inline script": r"<script(?![^>]*\b(?:src=|type=\"application/ld\+json\"))",
    "an address of another host": r"(?:src|href)=[\"']https?:",
    "a picture without alternative text": r"<img(?![^>]*\balt=)",
    "a physical direction in a class": r"class=\"[^\"]*\b(?:left|right)\b",
}


def _without_jinja(text: str) -> str:
    """Leave what is sent as it stands: no comments, no statements, no expressions."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.S)
    return re.sub(r"\{\{.*?\}\}", "", text, flags=re.S)


def policy_faults(text: str) -> list[str]:
    """What the content policy or a reader would stumble over in a template."""
    plain = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    return [words for words, pattern in _FORBIDDEN.items() if re.search(pattern, plain)]


def spoken_words(text: str) -> list[str]:
    """Words that stand in the markup itself, where no translation reaches them.

    What programs read (code, attributes that a macro writes, a class) may stand there.
    """
    text = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", "", text)
    plain = re.sub(r"<(script|svg|code|pre)\b.*?</\1>", "", _without_jinja(text), flags=re.S)
    visible = re.sub(r"<[^>]*>", "\n", plain)
    visible = re.sub(r"[a-z-]+=\"[^\"]*\"", "", visible)
    return [line.strip() for line in visible.splitlines() if re.search(r"[^\W\d_]{2,}", line)]
