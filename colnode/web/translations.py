"""Translations from .po files, compiled in memory on first use: no build step, files to edit.

The core's catalogue and each plugin's own are merged; the person's language is found here too.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.support import Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, get_locale

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["LANGUAGE_COOKIE", "init_translations"]

LANGUAGE_COOKIE = "colnode_language"


class _PoDomain(Domain):  # type: ignore[misc]  # flask_babel publishes no types
    """Looks translations up in .po files of the core and of the enabled plugins."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__()
        self._folders = folders

    def get_translations(self) -> Any:
        locale = get_locale()
        return _load(self._folders, locale.language if locale else "en")


@lru_cache(maxsize=64)
def _load(folders: tuple[Path, ...], language: str) -> Translations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged = Translations()
    for folder in reversed(folders):  # the last one wins: the core's words over a plugin's
        file = folder / language / "messages.po"
        if not file.is_file():
            continue
        with file.open("rb") as source:
            catalogue = read_po(source, locale=language)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        texts = Translations(compiled)
        merged.add(texts)
        merged.plural = texts.plural
    return merged


def init_translations(app: Flask, node: "Node") -> None:
    """Find texts in the core's and plugins' folders and choose a language for each request."""
    folders = [Path(__file__).parent / "translations"]
    folders += [plugin.folder / "translations" for plugin in node.host.plugins]
    node.translate = lambda text, language: str(_load(tuple(folders), language).gettext(text))
    babel = Babel(
        app,
        locale_selector=lambda: _choose(node),
        timezone_selector=lambda: node.config.city.time_zone,
    )
    babel.domain_instance = _PoDomain(tuple(folders))


def _choose(node: "Node") -> str:
    offered = node.config.city.languages
    person = g.get("person")
    for wish in (request.cookies.get(LANGUAGE_COOKIE), person.language if person else None):
        if wish in offered:
            return str(wish)
    return request.accept_languages.best_match(offered) or offered[0]
