"""What an organiser writes about a badge, checked once before it is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from colnode.db import LangMap
from colnode.errors import Invalid, _

__all__ = ["KINDS", "Content", "check_content", "check_text"]

# Open Badges 3.0 section B.1.3, AchievementType: the values that a page offers.
KINDS = ("Badge", "Certificate", "Competency", "Course", "Membership", "MicroCredential")

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
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
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return replace(content, name=name, description=description, criteria=criteria, tags=tags)


def check_text(text: str | None, *, longest: int, field: str | None = None) -> str | None:
    """One optional text, trimmed; None when empty. Raises Invalid for control characters, length.

    Tab and line breaks are kept; other control characters cannot be signed (DESIGN: issuing).
    With `field` the error names it.
    """
    cleaned = (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    message = None
    if _CONTROL.search(cleaned):
        message = _("The text has characters that cannot be shown. Type it again.")
    elif len(cleaned) > longest:
        message = _("The text is longer than {most} characters.")
    if message is not None:
        raise Invalid(message, fields={field: message} if field else None, most=longest)
    return cleaned or None


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
    if len(cleaned) > 20 or any(len(tag) > 50 or _CONTROL.search(tag) for tag in cleaned):
        wrong["tags"] = _("Give up to 20 tags of up to 50 characters each.")
    return cleaned
