"""Templates of canonical N-Quads: where in the lines each text of a document goes.

Made from the quads of a document whose texts were replaced by marks; filled by shapes.py.
"""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from colnode.openbadges.dates import is_datetime

if TYPE_CHECKING:
    import pyoxigraph

__all__ = ["MARK", "Template", "compile_template"]

# A mark is an address, so that it can stand in the place of an address and of any other text.
MARK = "colnode-mark:{}:"
_MARK = re.compile(r"colnode-mark:(\d+):")

# Addresses that JSON-LD, RDF and N-Quads all leave as they are; any other goes the full way.
# No possessive quantifiers: before 3.11.5 Python matches what they must not (CPython gh-106052).
_CHARACTERS = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_ADDRESS = (
    rf"(?:https?://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?(?:/{_CHARACTERS}*)?"
    rf"|(?:urn|did|mailto|tag):{_CHARACTERS}+)"
    rf"(?:\?{_CHARACTERS}*)?(?:#{_CHARACTERS}*)?"
)
_PLAIN_ADDRESSES = re.compile(rf"{_ADDRESS}(?:\n{_ADDRESS})*\Z")

Pick = Callable[[Sequence[str]], tuple[str, ...]]


class Template:
    """Lines of N-Quads with a %s for each text, and which texts go there.

    `fixed` are the lines without blank nodes, `labelled` those with them; the labels stand after
    the texts. `nodes` has, for each blank node, its lines as seen from it. `is_proven` is set
    once it gave what the full way gave, `is_checked` once a document of the shape was in order.
    """

    __slots__ = (
        "_addresses",
        "_dates",
        "_inside",
        "_literals",
        "_own",
        "_urls",
        "fixed",
        "fixed_texts",
        "is_checked",
        "is_proven",
        "labelled",
        "labelled_texts",
        "nodes",
    )

    def __init__(self, compiler: "_Compiler", ids: tuple[int | None, tuple[int, ...]]) -> None:
        self.fixed, fixed = compiler.lines(compiler.plain_quads)
        self.fixed_texts = _pick(fixed)
        self.labelled, labelled = compiler.lines(compiler.labelled_quads)
        self.labelled_texts = _pick(labelled)
        self.nodes = tuple(
            (lines, _pick(texts)) for lines, texts in map(compiler.seen_from, compiler.labels)
        )
        self._addresses = _pick(sorted(compiler.addresses)) if compiler.addresses else None
        self._dates = _pick(sorted(compiler.dates))
        self._urls = _pick(sorted(compiler.urls)) if compiler.urls else None
        self._literals = _pick(sorted(compiler.literals))
        self._own, inside = ids
        self._inside = _pick(inside)
        self.is_checked = False
        self.is_proven = False

    def has_plain_addresses(self, texts: Sequence[str]) -> bool:
        """Whether every text that is used as an address is one that everything leaves as it is."""
        return (
            self._addresses is None
            or _PLAIN_ADDRESSES.match("\n".join(self._addresses(texts))) is not None
        )

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether structure and schema hold for these texts when they hold for the shape.

        No text is empty, dates are dates, addresses written as texts are plain ones, and nothing
        inside has the id of the whole.
        """
        return (
            "" not in self._literals(texts)
            and all(is_datetime(text) for text in self._dates(texts))
            and (
                self._urls is None
                or _PLAIN_ADDRESSES.match("\n".join(self._urls(texts))) is not None
            )
            and (self._own is None or texts[self._own] not in self._inside(texts))
        )


def _pick(numbers: Sequence[int]) -> Pick:
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
        self.plain_quads: list[pyoxigraph.Quad] = []
        self.labelled_quads: list[pyoxigraph.Quad] = []
        for quad in quads:
            labels = self._labels_in(quad)
            (self.labelled_quads if labels else self.plain_quads).append(quad)
            for label in labels:
                self.labels.setdefault(label, len(self.labels))

    def _labels_in(self, quad: "pyoxigraph.Quad") -> list[str]:
        terms = (quad.subject, quad.object, quad.graph_name)
        return [term.value for term in terms if isinstance(term, self._rdf.BlankNode)]

    def lines(
        self, quads: Sequence["pyoxigraph.Quad"], seen_from: str | None = None
    ) -> tuple[str, list[int]]:
        """The lines with %s, and the number of the text for each; labels count on after texts."""
        lines: list[str] = []
        numbers: list[int] = []
        for quad in quads:
            terms: list[Any] = [quad.subject, quad.predicate, quad.object]
            if not isinstance(quad.graph_name, self._rdf.DefaultGraph):
                terms.append(quad.graph_name)
            words = [self._word(term, numbers, seen_from) for term in terms]
            lines.append(" ".join(words) + " .")
        return "\n".join(lines), numbers

    def seen_from(self, label: str) -> tuple[str, list[int]]:
        """The lines around one blank node, which is _:a, with every other as _:z."""
        own = [quad for quad in self.labelled_quads if label in self._labels_in(quad)]
        return self.lines(own, label)

    def _word(self, term: Any, numbers: list[int], seen_from: str | None) -> str:
        if isinstance(term, self._rdf.BlankNode):
            if seen_from is not None:
                return "_:a" if term.value == seen_from else "_:z"
            numbers.append(self._size + self.labels[term.value])
            return "%s"
        text = str(term).replace("%", "%%")
        mark = _MARK.search(text)
        if mark is None:
            return text
        number = int(mark.group(1))
        numbers.append(number)
        if isinstance(term, self._rdf.NamedNode):
            self.addresses.add(number)
            return "<%s>"
        self._note_literal(number, term.datatype.value)
        return '"%s"' + text[text.rindex('"') + 1 :]

    def _note_literal(self, number: int, datatype: str) -> None:
        # The contexts of Open Badges write the address of XML Schema with https or as xsd:.
        self.literals.add(number)
        if datatype.endswith(("#dateTime", ":dateTime")):
            self.dates.add(number)
        elif datatype.endswith("#anyURI"):
            self.urls.add(number)
