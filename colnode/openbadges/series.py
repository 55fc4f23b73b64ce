"""Documents that differ in a few texts only, such as the badges of one achievement.

A series is a shape with all its other texts filled in already. A document is of the series when it
is, letter by letter, what stands around the few texts, and none of those has a quotation mark or a
backslash: then it is the same JSON but for them.
"""

from collections import deque
from collections.abc import Sequence

from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.shape_templates import Template

__all__ = ["Series", "forget", "recent", "remember"]

MAX_VARYING = 8
MAX_RECENT = 4


class Series:
    """The text around the few texts, and the template with all others filled in."""

    __slots__ = ("_around", "_numbers", "_texts", "contexts", "template")

    def __init__(
        self,
        around: Sequence[str],
        numbers: Sequence[int],
        texts: Sequence[str],
        template: Template,
        contexts: ContextSet,
    ) -> None:
        self._around = around
        self._numbers = numbers
        self._texts = list(texts)
        self.template = template.narrowed(texts, numbers)
        self.contexts = contexts

    def texts_of(self, compact: str) -> list[str] | None:
        """All texts of a document given as compact JSON, None when it is not of the series."""
        first, *others = self._around
        if not compact.startswith(first):
            return None
        start = len(first)
        few = []
        for piece in others:
            end = compact.find(piece, start)
            if end < 0:
                return None
            few.append(compact[start:end])
            start = end + len(piece)
        together = "".join(few)
        if start < len(compact) or any(mark in together for mark in '"\\\x7f'):
            return None
        return self._all_texts(few)

    def written(self, few: Sequence[str]) -> tuple[str, list[str]]:
        """The document of the series with these few texts: compact JSON, and all of its texts.

        The few are as JSON writes them, without anything that would need an escape.
        """
        parts = [""] * (2 * len(few) + 1)
        parts[::2], parts[1::2] = self._around, few
        return "".join(parts), self._all_texts(few)

    def _all_texts(self, few: Sequence[str]) -> list[str]:
        texts = self._texts[:]
        for number, text in zip(self._numbers, few, strict=True):
            texts[number] = text
        return texts


_recent: deque[Series] = deque(maxlen=MAX_RECENT)


def recent() -> list[Series]:
    """The series that documents came in lately, the newest one first."""
    return [*_recent]


def forget() -> None:
    """Forget them all."""
    _recent.clear()


def remember(series: Series) -> None:
    """Look for this series first; a few others are kept in mind."""
    _recent.appendleft(series)
