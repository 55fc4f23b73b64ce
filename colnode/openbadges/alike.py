"""Issuing many credentials that differ in a few texts, such as one badge for everybody who came.

What all of them share is written, checked and made canonical once; each then costs its own few
texts and a signature.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from colnode.openbadges import contexts, data_integrity, issuing, series, shape_templates, shapes
from colnode.openbadges.compact_json import to_text
from colnode.openbadges.keys import SigningKey

__all__ = ["Alike", "Place"]

Place = tuple[str | int, ...]
"""Where a text stands in a document: the names and indices that lead to it, from the outside."""


class Alike:
    """Signs credentials that are `model` with other texts at `places`.

    All places hold texts in the model. What `issue` gives equals what `issuing.issue` gives for
    `document`, byte for byte, and it raises the same.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        places: Sequence[Place],
        *,
        key: SigningKey,
        verification_method: str,
        created: datetime,
    ) -> None:
        self._model = model
        self._places = places
        self._key = key
        self._method = verification_method
        self._created = created
        self._contexts = contexts.pinned()
        self._prover: data_integrity.Prover | None = None
        self._series: series.Series | None = None
        self._in_order = shape_templates.pick(range(len(places)))

    def document(self, texts: Sequence[str]) -> dict[str, Any]:
        """The model with these texts at the places, unsigned."""
        changed: Any = self._model
        for place, text in zip(self._places, texts, strict=True):
            changed = _with(changed, place, text)
        document: dict[str, Any] = changed
        return document

    def issue(self, texts: Sequence[str]) -> bytes:
        """The signed credential as UTF-8 JSON. Raises Invalid as `issuing.issue` does."""
        if self._series is None or self._prover is None:
            return self._first(texts)
        if _is_plain("".join(texts)):
            compact, all_texts = self._series.written(self._in_order(texts))
            shaped = shapes.Shaped(self._contexts, all_texts, None, self._series.template)
            canonical = shaped.canonical_nquads() if shaped.is_checked else None
            if canonical is not None:
                return f'{compact[:-1]},"proof":[{self._prover.proof(canonical)}]}}'.encode()
        return self._whole(self.document(texts))

    def _first(self, texts: Sequence[str]) -> bytes:
        """Sign one the ordinary way, and keep from it what the others will share."""
        document = self.document(texts)
        signed = self._whole(document)
        numbers = _numbers(document, self._places)
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        self._in_order = shape_templates.pick(order)
        self._series = shapes.series_of(to_text(document), sorted(numbers), self._contexts)
        self._prover = data_integrity.Prover(
            document["@context"],
            key=self._key,
            verification_method=self._method,
            created=self._created,
            contexts=self._contexts,
        )
        return signed

    def _whole(self, document: Mapping[str, Any]) -> bytes:
        return issuing.issue(
            document, key=self._key, verification_method=self._method, created=self._created
        )


def _is_plain(text: str) -> bool:
    """Whether JSON and N-Quads both write the text as it is."""
    return '"' not in text and "\\" not in text and text.isprintable()


def _with(value: Any, place: Place, text: str) -> Any:
    """A copy of the value with the text at the place."""
    if not place:
        return text
    first, *others = place
    changed = value.copy()
    changed[first] = _with(value[first], tuple(others), text)
    return changed


def _numbers(document: Mapping[str, Any], places: Sequence[Place]) -> list[int]:
    """Which of the document's texts, counted in its order, stand at the places."""
    counted = {place: number for number, place in enumerate(_places_of(document, ()))}
    return [counted[place] for place in places]


def _places_of(value: Any, place: Place) -> list[Place]:
    if isinstance(value, str):
        return [place]
    if isinstance(value, Mapping):
        inner: list[tuple[str | int, Any]] = [*value.items()]
    elif isinstance(value, list | tuple):
        inner = [*enumerate(value)]
    else:
        return []
    return [found for name, item in inner for found in _places_of(item, (*place, name))]
