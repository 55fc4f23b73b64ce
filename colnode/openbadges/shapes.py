"""Canonical N-Quads without JSON-LD processing, for documents of a shape that was seen before.

A shape is a document's compact JSON less its texts. The first document of a shape goes through
JSON-LD with a mark in the place of each text; what comes out is a template for all later ones.
Whatever could make a text mean something else than its mark did (an address that is not plainly
one, two blank nodes that look alike) goes the full way instead, so the result is always that of
jsonld.canonical_nquads, byte for byte.

Why this is safe: a compact JSON text is cut at its text values and at nothing else, so two texts
with equal pieces are the same document but for those values, whoever wrote them.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from colnode.errors import Invalid
from colnode.openbadges import jsonld
from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.shape_templates import (
    MARK,
    Template,
    compile_template,
)

__all__ = ["Shaped", "canonical_nquads", "shape_of"]

MAX_SHAPES = 512

# Members whose texts decide what other members mean: they must be equal, not only of one shape.
_FIXED_MEMBERS = frozenset({"@context", "type", "proofPurpose", "cryptosuite"})
_TEXT = re.compile(r'(?<=[:\[,])"([^"\\]*(?:\\.[^"\\]*)*)"(?=[,\]}])')
_CONTROL = re.compile('[\x00-\x1f"\\\\\x7f]')
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}
_ESCAPES["\\"] = "\\\\"

_templates: dict[tuple[Any, ...], Template | None] = {}
_fixed_places: dict[str, tuple[int, ...]] = {}
_lock = threading.Lock()


class Shaped:
    """A document cut into its shape and its texts, with the template of the shape if there is one.

    `is_known` says whether the shape was met before; `template` is None as well for a shape that
    no template covers. `texts` are as JSON writes them, escapes included.
    """

    __slots__ = ("is_known", "pieces", "place", "template", "texts")

    def __init__(self, compact: str, contexts: ContextSet) -> None:
        parts = _TEXT.split(compact)
        self.texts = parts[1::2]
        self.pieces = "\0".join(parts[::2])
        fixed = _fixed_places.get(self.pieces)
        self.template: Template | None = None
        self.place: tuple[Any, ...] | None = None
        self.is_known = False
        if fixed is not None:
            texts = self.texts
            self.place = (id(contexts), self.pieces, *[texts[number] for number in fixed])
            if self.place in _templates:
                self.template = _templates[self.place]
                self.is_known = True

    @property
    def is_checked(self) -> bool:
        """Whether structure and schema hold because they held for the shape's first document.

        True only when every text is as plain as the template demands.
        """
        template = self.template
        return (
            template is not None
            and template.is_proven
            and template.is_checked
            and template.has_plain_addresses(self.texts)
            and template.fits(self.texts)
        )

    def mark_checked(self) -> None:
        """Note that structure and schema of this document are in order, and so of its shape.

        Not where the schema asks more of a text than Template.fits does.
        """
        if self.template is not None and '"endorsementJwt":' not in self.pieces:
            self.template.is_checked = True

    def canonical_nquads(self) -> str | None:
        """The canonical form by the template, None when the full way is needed."""
        if self.template is None or not self.template.is_proven:
            return None
        return _fill(self.template, self.texts)


def shape_of(compact: str, contexts: ContextSet) -> Shaped:
    """The shape of a document given as compact JSON (compact_json.to_text)."""
    return Shaped(compact, contexts)


def canonical_nquads(document: Mapping[str, Any], contexts: ContextSet, shaped: Shaped) -> str:
    """What jsonld.canonical_nquads gives, and raises, for the same document."""
    text = shaped.canonical_nquads()
    if text is not None:
        return text
    text = jsonld.canonical_nquads(document, contexts)
    if not shaped.is_known:
        _learn(document, contexts, shaped)
    _prove(shaped, text)
    return text


def _learn(document: Mapping[str, Any], contexts: ContextSet, shaped: Shaped) -> None:
    """Keep a template of a new shape, or the knowledge that it has none."""
    members = list(_texts_of(document))
    if [text for _name, text in members] != [_unescaped(text) for text in shaped.texts]:
        return
    fixed = tuple(n for n, (name, _text) in enumerate(members) if name in _FIXED_MEMBERS)
    marks = [text if n in fixed else MARK.format(n) for n, (_name, text) in enumerate(members)]
    try:
        quads = jsonld.quads_of(_replaced(document, iter(marks)), contexts)
        shaped.template = compile_template(quads, len(marks), _ids_inside(document))
    except Invalid:
        shaped.template = None
    shaped.place = (id(contexts), shaped.pieces, *[shaped.texts[number] for number in fixed])
    shaped.is_known = True
    with _lock:
        if len(_templates) >= MAX_SHAPES:
            _templates.clear()
            _fixed_places.clear()
        _fixed_places[shaped.pieces] = fixed
        _templates[shaped.place] = shaped.template


def _prove(shaped: Shaped, canonical: str) -> None:
    """Use a template only once it gave what the full way gave; drop one that gave something else.

    A document that the template does not cover, say for an address that is not plain, proves
    nothing, so nobody can spoil a shape for others.
    """
    template = shaped.template
    if template is None or template.is_proven:
        return
    filled = _fill(template, shaped.texts)
    if filled == canonical:
        template.is_proven = True
    elif filled is not None and shaped.place is not None:
        shaped.template = _templates[shaped.place] = None


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


def _fill(template: Template, texts: list[str]) -> str | None:
    """The canonical N-Quads with these texts, None when they need the full way."""
    if not template.has_plain_addresses(texts):
        return None
    values = texts
    together = "".join(texts)
    if "\\" in together or "\x7f" in together:
        values = [_CONTROL.sub(_escape, _unescaped(t)) for t in texts]
    lines = (template.fixed % template.fixed_texts(values)).split("\n")
    if template.nodes:
        labels = _labels(template, values)
        if labels is None:
            return None
        filled = template.labelled % template.labelled_texts([*values, *labels])
        lines += filled.split("\n")
    unique = sorted({*lines})
    return "\n".join(unique if unique[0] else unique[1:]) + "\n"


def _labels(template: Template, values: list[str]) -> list[str] | None:
    """Canonical labels by the hashes of what surrounds each blank node, None if two are equal.

    Source: RDF Dataset Canonicalization 1.0 sections 4.4.3 steps 3 to 4 and 4.6.
    """
    if len(template.nodes) == 1:
        return ["_:c14n0"]
    hashes = []
    for lines, texts in template.nodes:
        unique = sorted({*(lines % texts(values)).split("\n")})
        hashes.append(hashlib.sha256(("\n".join(unique) + "\n").encode()).digest())
    if len({*hashes}) < len(hashes):
        return None
    order = {digest: f"_:c14n{number}" for number, digest in enumerate(sorted(hashes))}
    return [order[digest] for digest in hashes]


def _unescaped(text: str) -> str:
    """A text as it is, from how JSON writes it."""
    if "\\" not in text:
        return text
    value: str = json.loads(f'"{text}"')
    return value


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"
