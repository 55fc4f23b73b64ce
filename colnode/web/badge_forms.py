"""Reading the badge form: language maps, art, tags and an uploaded picture."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from colnode import media
from colnode.badges.content import Content
from colnode.badges.more import Match, More, ResultKind, Source
from colnode.db import LangMap
from colnode.errors import Invalid, _
from colnode.node import Node

__all__ = ["ART", "ROWS", "form_values", "read_art", "read_content"]

ART = ("shape", "icon", "first", "second", "seed")
MATCH_FIELDS = ("name", "url", "framework", "code")
ROWS = 20
"""How many matches and results a badge has at most."""
_TEXTS = ("name", "description", "criteria")


def read_art(values: "MultiDict[str, str] | Mapping[str, str]") -> dict[str, str]:
    """The specification of the drawing, as far as it was given."""
    return {name: values[name][:60] for name in ART if values.get(name)}


def read_content(node: Node, *, picture: str | None, source: Source | None = None) -> Content:
    """What the form says. An uploaded picture goes to the media store. Raises Invalid, TooLarge.

    `picture` is the digest of the picture that the badge has; a tick in `remove_picture` drops it.
    `source` is what it was copied from, which no form changes.
    """
    form = request.form
    return Content(
        name=_language_map("name"),
        description=_language_map("description"),
        criteria=_language_map("criteria"),
        main_language=form.get("main_language") or node.config.main_language,
        tags=tuple(form.get("tags", "").split(",")),
        art=read_art(form),
        picture=_picture(node, picture),
        kind=form.get("kind", "Badge"),
        valid_days=_days(form.get("valid_days", "")),
        more=_read_more(source),
    )


def form_values(content: Content) -> dict[str, Any]:
    """A stored badge as the values of the form."""
    return {
        **{name: getattr(content, name) for name in _TEXTS},
        **content.art,
        "main_language": content.main_language,
        "tags": ", ".join(content.tags),
        "kind": content.kind,
        "valid_days": content.valid_days,
        **_more_values(content.more),
    }


def _read_more(source: Source | None) -> More:
    """The folded part of the form. Rows are numbered; rows without a word are left out later."""
    form = request.form
    matches = tuple(
        Match(*(form.get(f"match.{number}.{name}", "") for name in MATCH_FIELDS))
        for number in range(ROWS)
    )
    results = tuple(
        ResultKind(
            form.get(f"result.{number}.name", ""),
            form.get(f"result.{number}.kind", "Result"),
            tuple(form.get(f"result.{number}.values", "").splitlines()),
            form.get(f"result.{number}.required") or None,
        )
        for number in range(ROWS)
    )
    return More(
        matches=matches,
        results=results,
        related=tuple(form.get("related", "").splitlines()),
        credits=_number(form.get("credits", "")),
        field_of_study=form.get("field_of_study"),
        specialization=form.get("specialization"),
        human_code=form.get("human_code"),
        licence=form.get("licence") or None,
        source=source,
    )


def _more_values(more: More) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(more, name) or ""
        for name in ("field_of_study", "specialization", "human_code", "licence")
    }
    values["credits"] = f"{more.credits:g}" if more.credits is not None else ""
    values["related"] = "\n".join(more.related)
    for number, match in enumerate(more.matches):
        values |= {f"match.{number}.{name}": getattr(match, name) or "" for name in MATCH_FIELDS}
    for number, result in enumerate(more.results):
        values[f"result.{number}.name"] = result.name
        values[f"result.{number}.kind"] = result.kind
        values[f"result.{number}.values"] = "\n".join(result.values)
        values[f"result.{number}.required"] = result.required or ""
    return values


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        message = _("Give a number up to 1,000, or leave it empty.")
        raise Invalid(message, fields={"credits": message}) from None
    return int(number) if number.is_integer() else number


def _language_map(name: str) -> LangMap:
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): text
        for key, text in request.form.items()
        if key.startswith(prefix) and text.strip()
    }


def _picture(node: Node, kept: str | None) -> str | None:
    upload = request.files.get("picture")
    if upload is not None and upload.filename:
        try:
            return media.store(node, upload.read(), kind=media.PictureKind.BADGE).digest
        except Invalid as error:
            raise Invalid(error.message, fields={"picture": error.message}) from error
    return None if request.form.get("remove_picture") else kept


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        message = _("Give a number of days, or leave it empty.")
        raise Invalid(message, fields={"valid_days": message}) from None
