"""Reading the badge form: language maps, art, tags and an uploaded picture."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from colnode import media
from colnode.badges.content import Content
from colnode.db import LangMap
from colnode.errors import Invalid, _
from colnode.node import Node

__all__ = ["ART", "form_values", "read_art", "read_content"]

ART = ("shape", "icon", "first", "second", "seed")
_TEXTS = ("name", "description", "criteria")


def read_art(values: "MultiDict[str, str] | Mapping[str, str]") -> dict[str, str]:
    """The specification of the drawing, as far as it was given."""
    return {name: values[name][:60] for name in ART if values.get(name)}


def read_content(node: Node, *, picture: str | None) -> Content:
    """What the form says. An uploaded picture goes to the media store. Raises Invalid, TooLarge.

    `picture` is the digest of the picture that the badge has; a tick in `remove_picture` drops it.
    """
    form = request.form
    texts: dict[str, LangMap] = {name: _language_map(name) for name in _TEXTS}
    return Content(
        **texts,
        main_language=form.get("main_language") or node.config.main_language,
        tags=tuple(form.get("tags", "").split(",")),
        art=read_art(form),
        picture=_picture(node, picture),
        kind=form.get("kind", "Badge"),
        valid_days=_days(form.get("valid_days", "")),
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
    }


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
