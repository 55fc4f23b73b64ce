"""Canonical N-Quads without JSON-LD processing, for documents of a shape that was seen before.

A shape is a document's compact JSON less its texts. The first document of a shape goes through
JSON-LD with a mark in the place of each text; what comes out is a template for all later ones.
Whatever could make a text mean something else than its mark did (an address that is not plainly
one, two blank nodes that look alike) goes the full way instead, so the result is always that of
jsonld.canonical_nquads, byte for byte.

Documents that follow each other and differ in a few texts only (series.py) are not even cut.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colnode.errors import Invalid
from colnode.openbadges import jsonld, series
from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.cut import Cut
from colnode.openbadges.findings import Finding
from colnode.openbadges.shape_templates import MARK, Template, compile_template

__all__ = ["Shaped", "canonical_nquads", "forget", "series_of", "shape_of"]

MAX_SHAPES = 512
MAX_CHARACTERS = 64 * 1024

# Members whose texts decide what other members mean: they must be equal, not only of one shape.
_FIXED_MEMBERS = frozenset({"@context", "type", "proofPurpose", "cryptosuite"})
# Members whose texts the schema wants to be a JWT.
_MEMBERS_WITH_JWT = ("endorsementJwt", "verifiableCredential")
_CONTROL = re.compile('[\x00-\x1f"\\\\\x7f]')
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}
_ESCAPES["\\"] = "\\\\"

_fixed_places: dict[tuple[str, str], tuple[int, ...]] = {}
_templates: dict[tuple[Any, ...], Template | None] = {}
_lock = threading.Lock()


class Shaped:
    """A document's texts with the template of its shape, if there is one.

    `is_known` says whether the shape was met before; `template` is None as well for a shape that
    no template covers. `texts` are as JSON writes them, escapes included. A document of a series
    was not cut.
    """

    __slots__ = (
        "_contexts",
        "_is_checked",
        "_is_plain",
        "cut",
        "is_known",
        "place",
        "template",
        "texts",
    )

    def __init__(
        self, contexts: ContextSet, texts: Sequence[str], cut: Cut | None, template: Template | None
    ) -> None:
        self._contexts = contexts
        self._is_checked = False
        self._is_plain: bool | None = None
        self.cut = cut
        self.is_known = template is not None
        self.place: tuple[Any, ...] | None = None
        self.template = template
        self.texts = texts

    @property
    def is_checked(self) -> bool:
        """Whether structure and schema hold because they held for the shape's first document.

        True only when every text is as plain as the template demands.
        """
        if not self._is_checked:
            template = self.template
            self._is_checked = (
                template is not None
                and template.is_proven
                and template.is_checked
                and self._has_plain_addresses(template)
                and template.fits(self.texts)
            )
        return self._is_checked

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found about the first document of the shape, when it holds for this one."""
        return self.template.findings if self.template is not None and self.is_checked else ()

    def mark_checked(self, findings: Sequence[Finding] = ()) -> None:
        """Note that structure and schema of this document are in order, and so of its shape.

        Not where the schema asks more of a text than Template.fits does. `findings` are about
        its meaning; none is about a text.
        """
        names = "" if self.cut is None else self.cut.names
        if self.template is None or any(name in names for name in _MEMBERS_WITH_JWT):
            return
        self.template.is_checked = True
        self.template.findings = tuple(findings) or self.template.findings

    def canonical_nquads(self) -> str | None:
        """The canonical form by the template, None when the full way is needed."""
        if self.template is None or not self.template.is_proven:
            return None
        text = self.fill(self.template)
        if text is not None and self.cut is not None and not self.cut.is_rare:
            self._find_series(self.cut, self.template)
        return text

    def fill(self, template: Template) -> str | None:
        """The template with this document's texts, None when one of them needs the full way."""
        if not self._has_plain_addresses(template):
            return None
        if self.cut is not None and self.cut.is_rare:
            return template.fill([_CONTROL.sub(_escape, _unescaped(text)) for text in self.texts])
        return template.fill(self.texts)

    def _has_plain_addresses(self, template: Template) -> bool:
        if self._is_plain is None:
            self._is_plain = template.has_plain_addresses(self.texts)
        return self._is_plain

    def _find_series(self, cut: Cut, template: Template) -> None:
        """Expect more like this one when it differs in a few texts from the one before."""
        if sum(map(len, self.texts)) > MAX_CHARACTERS:
            return
        last, template.last_texts = template.last_texts, self.texts
        numbers = [n for n, text in enumerate(self.texts[: len(last)]) if text != last[n]]
        if 0 < len(numbers) <= series.MAX_VARYING and self.is_checked:
            around = cut.around(numbers)
            found = series.Series(around, numbers, self.texts, template, self._contexts)
            series.remember(found)


def shape_of(compact: str, contexts: ContextSet) -> Shaped:
    """The shape of a document given as compact JSON (compact_json.to_text)."""
    for known in series.recent():
        texts = known.texts_of(compact) if known.contexts is contexts else None
        if texts is not None:
            return Shaped(contexts, texts, None, known.template)
    return _by_cut(Cut(compact), contexts)


def series_of(compact: str, numbers: Sequence[int], contexts: ContextSet) -> series.Series | None:
    """The series of a checked document, given as compact JSON, in which these texts vary.

    `numbers` count the document's texts in their order and rise. None when the document's shape
    has no template, or one of the texts decides what the shape is.
    """
    cut = Cut(compact)
    shaped = _by_cut(cut, contexts)
    template = shaped.template
    is_fixed = not {*numbers}.isdisjoint(_fixed_places.get((cut.rest, cut.names), ()))
    if template is None or is_fixed or cut.is_rare or not shaped.is_checked:
        return None
    return series.Series(cut.around(numbers), numbers, shaped.texts, template, contexts)


def _by_cut(cut: Cut, contexts: ContextSet) -> Shaped:
    shaped = Shaped(contexts, cut.texts, cut, None)
    fixed = _fixed_places.get((cut.rest, cut.names))
    if fixed is not None:
        place = _place(contexts, cut, fixed)
        if place in _templates:
            shaped.place, shaped.template, shaped.is_known = place, _templates[place], True
    return shaped


def forget() -> None:
    """Forget every shape and series, as if no document had been met."""
    with _lock:
        _templates.clear()
        _fixed_places.clear()
    series.forget()


def _place(contexts: ContextSet, cut: Cut, fixed: Sequence[int]) -> tuple[Any, ...]:
    """What all documents of a shape have in common."""
    texts = cut.texts
    return (id(contexts), cut.rest, cut.names, *[texts[number] for number in fixed])


def canonical_nquads(document: Mapping[str, Any], contexts: ContextSet, shaped: Shaped) -> str:
    """What jsonld.canonical_nquads gives, and raises, for the same document."""
    text = shaped.canonical_nquads()
    if text is not None:
        return text
    text = jsonld.canonical_nquads(document, contexts)
    if not shaped.is_known and shaped.cut is not None:
        _learn(document, contexts, shaped, shaped.cut)
    _prove(shaped, text)
    return text


def _learn(document: Mapping[str, Any], contexts: ContextSet, shaped: Shaped, cut: Cut) -> None:
    """Keep a template of a new shape, or the knowledge that it has none.

    An immoderately large one is not worth its memory.
    """
    members = list(_texts_of(document))
    fixed = tuple(n for n, (name, _text) in enumerate(members) if name in _FIXED_MEMBERS)
    marks = [text if n in fixed else MARK.format(n) for n, (_name, text) in enumerate(members)]
    template = None
    try:
        quads = jsonld.quads_of(_replaced(document, iter(marks)), contexts)
        template = compile_template(quads, len(marks), _ids_inside(document))
    except Invalid:
        pass
    place = _place(contexts, cut, fixed)
    shaped.place, shaped.template, shaped.is_known = place, template, True
    if sum(map(len, place[1:])) <= MAX_CHARACTERS:
        with _lock:
            if len(_templates) >= MAX_SHAPES:
                _templates.clear()
                _fixed_places.clear()
            _fixed_places[cut.rest, cut.names] = fixed
            _templates[place] = template


def _prove(shaped: Shaped, canonical: str) -> None:
    """Use a template only once it gave what the full way gave; drop one that gave something else.

    A document that the template does not cover, say for an address that is not plain, proves
    nothing, so nobody can spoil a shape for others.
    """
    template = shaped.template
    if template is None or template.is_proven:
        return
    filled = shaped.fill(template)
    if filled == canonical:
        template.is_proven = True
    elif filled is not None and shaped.place is not None:
        shaped.template = None
        _templates[shaped.place] = None


def _texts_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a document, in its order, with the name of the member that holds it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for inner_name, inner in value.items():
            yield from _texts_of(inner, inner_name)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner, name)


def _replaced(value: Any, texts: Iterator[str]) -> Any:
    """The document with its texts replaced, in their order."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {name: _replaced(inner, texts) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, texts) for inner in value]
    return value


def _ids_inside(document: Mapping[str, Any]) -> tuple[int | None, tuple[int, ...]]:
    """Which text is the document's own id, and which are those of the objects inside it."""
    own, inside = None, []
    numbers = iter(range(1 << 30))

    def walk(value: Any, depth: int, is_id: bool) -> None:
        nonlocal own
        if isinstance(value, str):
            number = next(numbers)
            if is_id and depth == 1:
                own = number
            elif is_id:
                inside.append(number)
        elif isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, depth + 1, name == "id")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, depth, False)

    walk(document, 0, False)
    return own, tuple(inside)


def _unescaped(text: str) -> str:
    """A text as it is, from how JSON writes it."""
    if "\\" not in text:
        return text
    value: str = json.loads(f'"{text}"')
    return value


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"
