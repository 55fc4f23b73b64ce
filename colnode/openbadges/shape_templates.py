"""Templates of canonical N-Quads: where in the lines each text of a document goes.

Made from the quads of a document whose texts were replaced by marks; filled by shapes.py.
"""

import copy
import functools
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from colnode.openbadges.dates import is_datetime
from colnode.openbadges.findings import Finding

if TYPE_CHECKING:
    import pyoxigraph

__all__ = ["MARK", "Template", "compile_template", "pick"]

# A mark is an address, so that it can stand in the place of an address and of any other text.
MARK = "colnode-mark:{}:"
_MARK = re.compile(r"colnode-mark:(\d+):")

# Where a text goes: a character that no line of N-Quads has.
_PLACE = "\0"

# Addresses that JSON-LD, RDF and N-Quads all leave as they are; any other goes the full way.
# No possessive quantifiers: before 3.11.5 Python matches what they must not (CPython gh-106052).
_CHARACTERS = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~!$&'()*+,;=:@/-]*)*"
_ADDRESS = (
    rf"(?:https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?(?:/{_CHARACTERS})?"
    rf"|(?:urn|did|mailto|tag):(?=[^?#\n]){_CHARACTERS})"
    rf"(?:\?{_CHARACTERS})?(?:#{_CHARACTERS})?"
)
_PLAIN_ADDRESSES = re.compile(rf"{_ADDRESS}(?:\n{_ADDRESS})*\Z")

Pick = Callable[[Sequence[str]], tuple[str, ...]]


class _Lines:
    """Lines of N-Quads with places for texts, and which texts go there."""

    __slots__ = ("_numbers", "_parts", "_pick")

    def __init__(self, lines: str, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._parts = [""] * (2 * len(numbers) + 1)
        self._parts[::2] = lines.split(_PLACE)
        self._pick = pick(numbers)

    def fill(self, texts: Sequence[str]) -> str:
        """The lines with these texts."""
        parts = self._parts[:]
        parts[1::2] = self._pick(texts)
        return "".join(parts)

    def narrowed(self, texts: Sequence[str], varying: Set[int]) -> "_Lines":
        """The lines with all texts filled in but the varying ones and the labels."""
        open_numbers = [n for n in self._numbers if n in varying or n >= len(texts)]
        values = [
            texts[n] if n < len(texts) and n not in varying else _PLACE for n in self._numbers
        ]
        parts = self._parts[:]
        parts[1::2] = values
        return _Lines("".join(parts), open_numbers)

    def parted(self) -> tuple["_Lines", list[str]]:
        """The lines that have places, and those that have none, in order."""
        lines = _PLACE.join(self._parts[::2]).split("\n")
        open_lines = [line for line in lines if _PLACE in line]
        return _Lines("\n".join(open_lines), self._numbers), sorted({*lines} - {*open_lines})


class Template:
    """Lines of N-Quads with a place for each text, and which texts go there.

    The labels of blank nodes stand after the texts; a single one is known beforehand. `is_proven`
    is set once the template gave what the full way gave, `is_checked` once a document of the shape
    was in order; `findings` are what was found about the meaning of a document of the shape.
    """

    __slots__ = (
        "_addresses",
        "_dates",
        "_ids_inside",
        "_known_lines",
        "_lines",
        "_literals",
        "_nodes",
        "_own_id",
        "_urls",
        "findings",
        "is_checked",
        "is_proven",
        "last_texts",
    )

    def __init__(self, compiler: "_Compiler", ids: tuple[int | None, tuple[int, ...]]) -> None:
        self._lines = compiler.lines()
        self._known_lines: list[str] = []
        self._nodes = [compiler.seen_from(label) for label in compiler.labels]
        if len(self._nodes) == 1:
            self._nodes = []
        self._addresses = _Some(compiler.addresses)
        self._dates = _Some(compiler.dates)
        self._urls = _Some(compiler.urls)
        self._literals = _Some(compiler.literals)
        self._own_id, inside = ids
        self._ids_inside = _Some(inside)
        self.is_checked = False
        self.is_proven = False
        self.findings: tuple[Finding, ...] = ()
        self.last_texts: Sequence[str] = ()

    def narrowed(self, texts: Sequence[str], varying: Collection[int]) -> "Template":
        """This template for documents that have these texts, all but the varying ones.

        What is asked of a text is asked of the varying ones only.
        """
        few = frozenset(varying)
        narrow = copy.copy(self)
        lines = self._lines.narrowed(texts, few)
        narrow._lines, narrow._known_lines = lines.parted()
        narrow._nodes = [node.narrowed(texts, few) for node in self._nodes]
        narrow._addresses = self._addresses.among(few)
        narrow._dates = self._dates.among(few)
        narrow._urls = self._urls.among(few)
        narrow._literals = self._literals.among(few)
        return narrow

    def fill(self, texts: Sequence[str]) -> str | None:
        """The canonical N-Quads with these texts, escaped as N-Quads are.

        None when two blank nodes look alike, so that only the full way tells them apart.
        """
        if self._nodes:
            labels = self._labels(texts)
            if labels is None:
                return None
            texts = (*texts, *labels)
        lines = self._lines.fill(texts).split("\n") + self._known_lines
        if len({*lines}) < len(lines):
            lines = [*{*lines}]
        lines.sort()
        lines.append("")
        return "\n".join(lines)

    def _labels(self, texts: Sequence[str]) -> list[str] | None:
        """Canonical labels by the hashes of what surrounds each blank node, None if two are equal.

        Source: RDF Dataset Canonicalization 1.0 sections 4.4.3 steps 3 to 4 and 4.6.
        """
        hashes = [_hash(lines.fill(texts)) for lines in self._nodes]
        if len({*hashes}) < len(hashes):
            return None
        order = {digest: f"_:c14n{number}" for number, digest in enumerate(sorted(hashes))}
        return [order[digest] for digest in hashes]

    def has_plain_addresses(self, texts: Sequence[str]) -> bool:
        """Whether every text that is used as an address is one that everything leaves as it is."""
        return _are_plain(self._addresses.of(texts))

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether structure and schema hold for these texts when they hold for the shape.

        No text is empty, dates are dates, addresses written as texts are plain ones, and nothing
        inside has the id of the whole.
        """
        return (
            "" not in self._literals.of(texts)
            and all(map(is_datetime, self._dates.of(texts)))
            and _are_plain(self._urls.of(texts))
            and (self._own_id is None or texts[self._own_id] not in self._ids_inside.of(texts))
        )


class _Some:
    """Some of the texts of a document, by their numbers."""

    __slots__ = ("_numbers", "of")

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = frozenset(numbers)
        self.of = pick(sorted(self._numbers))

    def among(self, numbers: Set[int]) -> "_Some":
        """Those that are among these as well."""
        return _Some(self._numbers & numbers)


def _are_plain(addresses: Sequence[str]) -> bool:
    return not addresses or _PLAIN_ADDRESSES.match("\n".join(addresses)) is not None


def _hash(lines: str) -> bytes:
    """The first degree hash of a blank node with these lines around it, in any order."""
    return _remembered_hash(lines) if len(lines) < _SHORT else _new_hash(lines)


def _new_hash(lines: str) -> bytes:
    ordered = "\n".join(sorted({*lines.split("\n")}))
    return hashlib.sha256(f"{ordered}\n".encode()).digest()


# What surrounds a blank node, say an alignment, is the same in all badges of one achievement.
_SHORT = 4096
_remembered_hash = functools.lru_cache(maxsize=1024)(_new_hash)


def pick(numbers: Sequence[int]) -> Pick:
    """A function that picks these items of a list as a tuple."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    if numbers:
        number = numbers[0]
        return lambda texts: (texts[number],)
    return lambda _texts: ()


def compile_template(
    quads: Sequence["pyoxigraph.Quad"], size: int, ids: tuple[int | None, tuple[int, ...]]
) -> Template:
    """The template of these quads, in which `size` texts are marks.

    `ids` are the number of the text that is the document's own id, and those of ids inside.
    """
    return Template(_Compiler(quads, size), ids)


class _Compiler:
    """Goes over the quads of a marked document and sorts what it finds."""

    def __init__(self, quads: Sequence["pyoxigraph.Quad"], size: int) -> None:
        import pyoxigraph

        self._rdf = pyoxigraph
        self._size = size
        self.addresses: set[int] = set()
        self.literals: set[int] = set()
        self.dates: set[int] = set()
        self.urls: set[int] = set()
        self.labels: dict[str, int] = {}
        self._quads = quads
        for quad in quads:
            for label in self._labels_in(quad):
                self.labels.setdefault(label, len(self.labels))

    def _labels_in(self, quad: "pyoxigraph.Quad") -> list[str]:
        terms = (quad.subject, quad.object, quad.graph_name)
        return [term.value for term in terms if isinstance(term, self._rdf.BlankNode)]

    def lines(self) -> _Lines:
        """All lines, in an order that needs little sorting once they are filled."""
        ordered = sorted(self._quads, key=lambda quad: (str(quad.subject), str(quad.predicate)))
        return self._written(ordered)

    def seen_from(self, label: str) -> _Lines:
        """The lines around one blank node, which is _:a, with every other as _:z."""
        return self._written([q for q in self._quads if label in self._labels_in(q)], label)

    def _written(self, quads: Sequence["pyoxigraph.Quad"], seen_from: str | None = None) -> _Lines:
        """The lines with a place for each text; labels count on after the texts."""
        lines: list[str] = []
        numbers: list[int] = []
        for quad in quads:
            terms: list[Any] = [quad.subject, quad.predicate, quad.object]
            if not isinstance(quad.graph_name, self._rdf.DefaultGraph):
                terms.append(quad.graph_name)
            words = [self._word(term, numbers, seen_from) for term in terms]
            lines.append(" ".join(words) + " .")
        return _Lines("\n".join(lines), numbers)

    def _word(self, term: Any, numbers: list[int], seen_from: str | None) -> str:
        if isinstance(term, self._rdf.BlankNode):
            if seen_from is not None:
                return "_:a" if term.value == seen_from else "_:z"
            if len(self.labels) == 1:
                return "_:c14n0"
            numbers.append(self._size + self.labels[term.value])
            return _PLACE
        text = str(term)
        mark = _MARK.search(text)
        if mark is None:
            return text
        number = int(mark.group(1))
        numbers.append(number)
        if isinstance(term, self._rdf.NamedNode):
            self.addresses.add(number)
            return f"<{_PLACE}>"
        self._note_literal(number, term.datatype.value)
        return f'"{_PLACE}"' + text[text.rindex('"') + 1 :]

    def _note_literal(self, number: int, datatype: str) -> None:
        # The contexts of Open Badges write the address of XML Schema with https or as xsd:.
        self.literals.add(number)
        if datatype.endswith(("#dateTime", ":dateTime")):
            self.dates.add(number)
        elif datatype.endswith("#anyURI"):
            self.urls.add(number)
