"""Words as search compares them: without accents and case, the same on both databases."""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping

__all__ = ["choose", "fold", "mark", "words"]

_LONGEST_TEXT = 6_000
_WORD = re.compile(r"\w+")
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


def fold(texts: Iterable[str]) -> str:
    """The texts as lower-case words without accents, separated by single spaces.

    Letters that Unicode does not decompose (ł, ø, æ ...) become their nearest plain letters.
    """
    text = " ".join(texts)[:_LONGEST_TEXT]
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    return " ".join([_fold_word(word) for word in _WORD.findall(text)])


def _fold_word(word: str) -> str:
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS)


def words(text: str, *, most: int = 12) -> list[str]:
    """The folded words of what somebody typed, at most `most` of them."""
    return [word for word in fold([text]).split() if word.strip("_")][:most]


def mark(name: str, value: str) -> str:
    """A word that nobody can type, for a value by which search narrows down.

    It stands among a record's words, so that the index finds both at once. Two values may share one
    (CRC-32): whoever searches by it holds what was found to the value itself.
    """
    return f"={zlib.crc32(f'{name} {value}'.encode()):08x}"


def choose(texts: Mapping[str, str], languages: Iterable[str]) -> str:
    """The text in the first of `languages` that exists, else in any language, else empty."""
    for language in languages:
        if texts.get(language):
            return texts[language]
    return next((text for text in texts.values() if text), "")
