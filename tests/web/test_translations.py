"""Texts in other languages: whole, with the right forms for every number."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from flask_babel import force_locale, ngettext

from tests.contract.sources import ROOT

FILES = sorted(ROOT.glob("colnode/web/translations/*/messages.po"))
FILES += sorted(ROOT.glob("plugins/*/translations/*/messages.po"))
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


def translated(file: Path) -> Iterator[tuple[Message, str]]:
    """Every translation of a file with its message."""
    with file.open("rb") as source:
        for message in read_po(source, locale=file.parent.name):
            texts = [message.string] if isinstance(message.string, str) else message.string
            for text in texts:
                if message.id and text:
                    yield message, text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 ženklelis"),
        (2, "2 ženkleliai"),
        (10, "10 ženklelių"),
        (21, "21 ženklelis"),
        (60, "60 ženklelių"),
    ],
)
def test_a_language_with_three_forms_uses_all_of_them(
    client: FlaskClient, number: int, words: str
) -> None:
    with client.application.test_request_context("/"), force_locale("lt"):
        assert ngettext("One badge", "%(num)s badges", number) == words


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_translation_names_what_its_text_has_not(file: Path) -> None:
    for message, text in translated(file):
        ids = " ".join(message.id) if isinstance(message.id, tuple) else message.id
        assert set(PLACES.findall(text)) <= set(PLACES.findall(ids)), text
