"""A translation that is broken, or a language that is left behind, fails the build."""

import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from tests.contract.sources import ROOT

LANGUAGES = ("lt", "sl")
SHARE_NEEDED = 0.97  # a late text does not stop the build, neglect does
CORE = ROOT / "colnode" / "web" / "translations"
ROOMS = {CORE: ROOT / "colnode"} | {
    folder: folder.parent for folder in sorted(ROOT.glob("plugins/*/translations"))
}
FILES = sorted(file for folder in ROOMS for file in folder.glob("*/messages.po"))
MARKED = {"lazy_gettext": None, "NavItem": (1,), "Permission": (2,)}  # as in the Makefile
KEYWORDS = {**DEFAULT_KEYWORDS, **MARKED}


def name(path: Path) -> str:
    """A path as a test's name."""
    return str(path.relative_to(ROOT))


def catalogue(file: Path) -> Catalog:
    """What a messages.po says; a line that cannot be read raises."""
    with file.open("rb") as source:
        return read_po(source, locale=file.parent.name, abort_invalid=True)


def texts(catalogued: Catalog) -> list[Message]:
    """Every message but the header."""
    return [message for message in catalogued if message.id]


def forms(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The singular and plural forms of a text, one form where it has no plural."""
    if value is None:
        return ("",)
    return (value,) if isinstance(value, str) else tuple(value)


def is_translated(message: Message) -> bool:
    return all(forms(message.string))


def placeholders(text: str) -> set[str]:
    """The names that are filled in: %(name)s of pages, {name} of errors and mail."""
    percent = set(re.findall(r"%\((\w+)\)", text))
    if percent:
        return percent
    return {field for _text, field, _spec, _conversion in Formatter().parse(text) if field}


@cache
def texts_in_source(folder: Path) -> frozenset[str]:
    """Every text that the sources below a folder ask a translation for."""
    with (CORE / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]  # babel's gap
    found = extract_from_dir(folder, methods, options, KEYWORDS)
    asked = (message for _file, _line, message, _comments, _context in found)
    return frozenset(forms(message)[0] for message in asked)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_translation_fills_in_what_the_text_fills_in(file: Path) -> None:
    wrong = [
        (message.id, form)
        for message in texts(catalogue(file))
        for form in forms(message.string)
        if form and placeholders(form) != placeholders(forms(message.id)[-1])
    ]
    assert not wrong


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_plural_has_the_forms_of_its_language(file: Path) -> None:
    catalogued = catalogue(file)
    rule = get_plural(file.parent.name)
    assert (catalogued.num_plurals, catalogued.plural_expr) == (rule.num_plurals, rule.plural_expr)
    wrong = [
        message.id
        for message in texts(catalogued)
        if message.pluralizable and any(forms(message.string)) and not is_translated(message)
    ]
    assert not wrong


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_translation_is_a_guess(file: Path) -> None:
    assert not [message.id for message in texts(catalogue(file)) if message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", ROOMS, ids=name)
def test_nearly_every_text_is_translated(folder: Path, language: str) -> None:
    asked = texts_in_source(ROOMS[folder])
    known = {
        forms(message.id)[0]
        for message in texts(catalogue(folder / language / "messages.po"))
        if is_translated(message)
    }
    missing = sorted(asked - known)
    assert asked
    assert 1 - len(missing) / len(asked) >= SHARE_NEEDED, missing
