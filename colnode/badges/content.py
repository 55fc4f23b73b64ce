"""What an organiser writes about a badge, checked once before it is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from colnode.badges.checking import CONTROL, check_text
from colnode.badges.kinds import KINDS
from colnode.badges.more import More, check_more
from colnode.db import LangMap
from colnode.errors import Invalid, _

__all__ = ["Content", "check_content", "check_text"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST = {"name": 120, "description": 1_000, "criteria": 10_000}


@dataclass(frozen=True)
class Content:
    """A badge's texts in several languages, its tags and its image.

    `art` is the specification of the drawing (see art.py); `picture` is the digest of an uploaded
    picture in the media store, which then takes the place of the icon. `valid_days` is how long a
    credential is valid, None for ever.
    """

    name: LangMap
    description: LangMap = field(default_factory=dict)
    criteria: LangMap = field(default_factory=dict)
    main_language: str = "en"
    tags: tuple[str, ...] = ()
    art: Mapping[str, Any] = field(default_factory=dict)
    picture: str | None = None
    kind: str = "Badge"
    valid_days: int | None = None
    more: More = field(default_factory=More)


def check_content(content: Content) -> Content:
    """Trim the texts, drop empty ones, check the limits. Raises Invalid that names the fields."""
    wrong: dict[str, str] = {}
    name = _check_texts("name", content.name, wrong)
    description = _check_texts("description", content.description, wrong)
    criteria = _check_texts("criteria", content.criteria, wrong)
    if not _LANGUAGE.fullmatch(content.main_language):
        wrong["main_language"] = _("Choose a language.")
    elif content.main_language not in name:
        wrong["name"] = _("Give the badge a name in its main language.")
    if content.kind not in KINDS:
        wrong["kind"] = _("Choose one of the kinds.")
    if content.valid_days is not None and not 1 <= content.valid_days <= 36_500:
        wrong["valid_days"] = _("Give a number of days from 1 to 36,500, or leave it empty.")
    tags = _check_tags(content.tags, wrong)
    more, wrong_more = check_more(content.more)
    wrong |= wrong_more
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return replace(
        content, name=name, description=description, criteria=criteria, tags=tags, more=more
    )


def _check_texts(name: str, texts: LangMap, wrong: dict[str, str]) -> LangMap:
    checked = {}
    for language, text in texts.items():
        try:
            cleaned = check_text(text, longest=_LONGEST[name])
        except Invalid as error:
            wrong[name] = str(error)
            continue
        if cleaned and not _LANGUAGE.fullmatch(language):
            wrong[name] = _("Choose a language.")
        elif cleaned:
            checked[language] = cleaned
    return checked


def _check_tags(tags: tuple[str, ...], wrong: dict[str, str]) -> tuple[str, ...]:
    cleaned = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
    if len(cleaned) > 20 or any(len(tag) > 50 or CONTROL.search(tag) for tag in cleaned):
        wrong["tags"] = _("Give up to 20 tags of up to 50 characters each.")
    return cleaned
