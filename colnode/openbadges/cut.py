"""Compact JSON cut at its quotation marks, into what makes its shape and its texts.

Two documents with equal names and an equal rest are the same document but for their texts, whoever
wrote them: in compact JSON nothing but a name or a text stands between two quotation marks.
"""

from collections.abc import Sequence

from colnode.openbadges.shape_templates import pick

__all__ = ["Cut"]

MAX_PLACES = 512


class Cut:
    """A document as its `texts`, the `names` of its members and the `rest`.

    Texts and names are as JSON writes them. `is_rare` says that some escape of JSON or a delete
    character is there, which N-Quads write in another way.
    """

    __slots__ = ("_parts", "_places", "is_rare", "names", "rest", "texts")

    def __init__(self, compact: str) -> None:
        self._parts = _parts_of(compact)
        self.rest = "\0".join(self._parts[::2])
        self._places = _places.get(self.rest) or _remember(self.rest, self._parts)
        self.names = "\0".join(self._places.names(self._parts))
        self.texts = self._places.texts(self._parts)
        self.is_rare = "\\u" in compact or "\x7f" in compact

    def around(self, numbers: Sequence[int]) -> list[str]:
        """The compact JSON before, between and after the texts with these numbers."""
        places = [self._places.of_texts[number] for number in numbers]
        starts, ends = [0, *[place + 1 for place in places]], [*places, len(self._parts)]
        pieces = ['"'.join(self._parts[a:b]) for a, b in zip(starts, ends, strict=True)]
        return [f'{pieces[0]}"', *[f'"{piece}"' for piece in pieces[1:-1]], f'"{pieces[-1]}']


class _Places:
    """Which parts are names, and which are texts: a name stands before a colon."""

    __slots__ = ("names", "of_texts", "texts")

    def __init__(self, parts: Sequence[str]) -> None:
        quoted = range(1, len(parts), 2)
        self.names = pick([n for n in quoted if parts[n + 1].startswith(":")])
        self.of_texts = [n for n in quoted if not parts[n + 1].startswith(":")]
        self.texts = pick(self.of_texts)


_places: dict[str, _Places] = {}


def _remember(rest: str, parts: Sequence[str]) -> _Places:
    places = _Places(parts)
    if len(rest) < 16 * 1024:
        if len(_places) >= MAX_PLACES:
            _places.clear()
        _places[rest] = places
    return places


def _parts_of(compact: str) -> list[str]:
    """Every second part is a name or a text.

    Compact JSON has no control characters, so they can stand for what would confuse the cut.
    """
    if "\\" not in compact:
        return compact.split('"')
    marked = compact.replace("\\\\", "\1").replace('\\"', "\2").replace('"', "\0")
    return marked.replace("\2", '\\"').replace("\1", "\\\\").split("\0")
