"""Regular expressions use only what every supported Python matches rightly."""

import re

from tests.contract.sources import ROOT, python_files

POSSESSIVE = re.compile(r"(?:[\]}]|(?<!\()\)|\\[dwsS])(?:[*+?]|\{\d+,?\d*\})\+|\(\?>")


def test_no_pattern_is_possessive_or_atomic() -> None:
    """Before 3.11.5 Python matches what such a pattern must not (CPython gh-106052)."""
    naming = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in python_files("colnode", "plugins")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if ('"' in line or "'" in line) and POSSESSIVE.search(line)
    ]
    assert naming == []


def test_a_possessive_pattern_would_be_found() -> None:
    assert POSSESSIVE.search(r'"(?:[^x]++|y)*+"')
    assert not POSSESSIVE.search(r'"[a-z]+(?:b+)*"')
