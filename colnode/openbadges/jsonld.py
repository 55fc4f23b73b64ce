"""From a JSON-LD document to its canonical N-Quads, losing nothing on the way.

PyLD expands; a name it would drop, a relative address or a type nobody defined is an error here,
because what does not reach the dataset is not signed. Canonicalisation is RDFC-1.0 by pyoxigraph,
behind a budget of work.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from colnode.errors import Invalid, _
from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.rdf_budget import check_budget

if TYPE_CHECKING:
    import pyoxigraph

__all__ = ["UndefinedTerm", "UnknownContext", "UnsafeDocument", "canonical_nquads", "quads_of"]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]*\Z")
# Relative addresses and undefined types are resolved against this scheme, and so found again.
_RELATIVE = "colnode-relative:"
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")


class UnsafeDocument(Invalid):
    """Part of the document would not be signed, or readers would disagree about it."""

    code = "json-ld"


class UndefinedTerm(UnsafeDocument):
    """A member name, type or address that no context defines."""

    code = "term-undefined"


class UnknownContext(UnsafeDocument):
    """A context that is not pinned; nobody can tell what the document says."""

    code = "context-unknown"


_expanders: dict[int, tuple[ContextSet, "_Expander"]] = {}


def canonical_nquads(
    document: Mapping[str, Any], contexts: ContextSet, *, hash_bits: int = 256
) -> str:
    """The RDFC-1.0 canonical N-Quads of `document`; `hash_bits` of the SHA-2 that it works with.

    Raises UnknownContext, UndefinedTerm or UnsafeDocument when the document holds anything that
    the dataset would not, TooComplex when canonicalising it would take too much work.
    Source: JSON-LD 1.1 API sections 5 and 8, RDF Dataset Canonicalization 1.0 section 4.
    """
    import pyoxigraph

    quads = quads_of(document, contexts)
    check_budget(quads)
    dataset = pyoxigraph.Dataset(quads)
    algorithms = pyoxigraph.CanonicalizationAlgorithm
    is_long = hash_bits == 384
    dataset.canonicalize(algorithms.RDFC_1_0_SHA_384 if is_long else algorithms.RDFC_1_0)
    text = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    lines = text.decode("utf-8").split("\n") if text else []
    return "".join(sorted(f"{line}\n" for line in lines if line))


def quads_of(document: Mapping[str, Any], contexts: ContextSet) -> list["pyoxigraph.Quad"]:
    """The RDF quads of `document`, not yet canonical. Raises as canonical_nquads does."""
    return list(_Quads().from_expanded(_expander(contexts).expand(document)))


def _expander(contexts: ContextSet) -> "_Expander":
    known = _expanders.get(id(contexts))
    if known is None:
        known = _expanders[id(contexts)] = (contexts, _Expander(contexts))
    return known[1]


class _Expander:
    """PyLD with one context set. A lock guards its caches, which are not made for threads."""

    def __init__(self, contexts: ContextSet) -> None:
        from pyld import ContextResolver, jsonld

        self._contexts = contexts
        self._lock = threading.Lock()
        self._jsonld = jsonld
        self._resolver = ContextResolver({}, self._load)

    def _load(self, url: str, _options: object) -> dict[str, Any]:
        if url not in self._contexts:
            raise UnknownContext(_("The context {url} is not known here."), url=url)
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts.documents[url],
        }

    def expand(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        dropped: list[object] = []
        options = {
            "base": _RELATIVE + "//base/",
            "documentLoader": self._load,
            "contextResolver": self._resolver,
            "keepFreeFloatingNodes": True,
        }
        with self._lock:
            try:
                expanded: list[dict[str, Any]] = self._jsonld.expand(
                    document, options, on_property_dropped=dropped.append
                )
            except (
                Exception
            ) as error:  # Hostile input makes PyLD raise any kind, KeyError included.
                raise _reason(error) from error
        if dropped:
            names = ", ".join(sorted({str(name) for name in dropped}))
            raise UndefinedTerm(_("No context defines {names}."), names=names)
        return expanded


def _reason(error: BaseException) -> UnsafeDocument:
    """What PyLD met, as one of our errors; an unknown context may be several causes deep."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UnknownContext):
            return cause
        cause = cause.__cause__ or cause.__context__
    return UnsafeDocument(
        _("The document is not valid JSON-LD: {reason}"), reason=str(error).split("\n")[0]
    )


class _Quads:
    """RDF quads of an expanded document; anything that could be lost raises instead."""

    def __init__(self) -> None:
        import pyoxigraph

        self._rdf = pyoxigraph
        self._blank_nodes = 0

    def from_expanded(self, expanded: list[dict[str, Any]]) -> Iterator["pyoxigraph.Quad"]:
        """All quads of the expanded document (JSON-LD 1.1 API section 8.2)."""
        for node in expanded:
            yield from self._node(node, self._subject(node), self._rdf.DefaultGraph())

    def _subject(self, node: Mapping[str, Any]) -> Any:
        if "@id" in node:
            return self._iri(node["@id"])
        self._blank_nodes += 1
        return self._rdf.BlankNode(f"b{self._blank_nodes}")

    def _iri(self, text: object) -> Any:
        if not isinstance(text, str) or not _ABSOLUTE_IRI.match(text) or _is_relative(text):
            raise UndefinedTerm(
                _("{text} is neither defined by a context nor a full address."),
                text=str(text).removeprefix(_RELATIVE + "//base/"),
            )
        try:
            return self._rdf.NamedNode(text)
        except ValueError as error:
            raise UndefinedTerm(_("{text} is not a full address."), text=text) from error

    def _node(self, node: Mapping[str, Any], subject: Any, graph: Any) -> Iterator[Any]:
        quad = self._rdf.Quad
        for name, values in node.items():
            if name == "@id":
                continue
            if name == "@type":
                predicate = self._rdf.NamedNode(_RDF + "type")
                for value in values:
                    yield quad(subject, predicate, self._iri(value), graph)
            elif name == "@graph":
                for inner in values:
                    yield from self._node(inner, self._subject(inner), subject)
            elif name.startswith("@"):
                raise UnsafeDocument(_("The keyword {name} is not used in badges."), name=name)
            else:
                predicate = self._iri(name)
                for value in values:
                    yield from self._value(value, subject, predicate, graph)

    def _value(self, value: Mapping[str, Any], subject: Any, predicate: Any, graph: Any) -> Any:
        if "@value" in value:
            yield self._rdf.Quad(subject, predicate, self._literal(value), graph)
        elif "@list" in value:
            yield from self._list(value["@list"], subject, predicate, graph)
        else:
            inner = self._subject(value)
            yield self._rdf.Quad(subject, predicate, inner, graph)
            yield from self._node(value, inner, graph)

    def _list(self, items: list[Any], subject: Any, predicate: Any, graph: Any) -> Iterator[Any]:
        named = self._rdf.NamedNode
        for item in items:
            cell = self._subject({})
            yield self._rdf.Quad(subject, predicate, cell, graph)
            yield from self._value(item, cell, named(_RDF + "first"), graph)
            subject, predicate = cell, named(_RDF + "rest")
        yield self._rdf.Quad(subject, predicate, named(_RDF + "nil"), graph)

    def _literal(self, value: Mapping[str, Any]) -> Any:
        content, datatype = value["@value"], value.get("@type")
        if datatype == "@json":
            raise UnsafeDocument(_("Raw JSON inside a badge is not read here."))
        if "@language" in value:
            language = value["@language"]
            if not isinstance(language, str) or not _LANGUAGE_TAG.match(language):
                raise UnsafeDocument(_("{tag} is not a language tag."), tag=str(language))
            return self._rdf.Literal(content, language=language.lower())
        text, natural = _lexical(content, datatype)
        return self._rdf.Literal(text, datatype=self._iri(datatype or natural))


def _is_relative(text: str) -> bool:
    return text.lower().startswith(_RELATIVE)


def _lexical(content: object, datatype: object) -> tuple[str, str]:
    """The text of a JSON scalar and the datatype it has when none is given."""
    if isinstance(content, bool):
        return ("true" if content else "false"), _XSD + "boolean"
    if isinstance(content, float) or (isinstance(content, int) and datatype == _XSD + "double"):
        return canonical_double(float(content)), _XSD + "double"
    if isinstance(content, int):
        return str(content), _XSD + "integer"
    return str(content), _XSD + "string"


def canonical_double(number: float) -> str:
    """The canonical form of a double; raises when it would stand for another number as well.

    Source: JSON-LD 1.1 API section 8.6 (Data Round Tripping).
    """
    mantissa, exponent = f"{number:.15E}".split("E")
    text = f"{mantissa.rstrip('0')}{'0' if mantissa.rstrip('0').endswith('.') else ''}"
    canonical = f"{text}E{int(exponent)}"
    if float(canonical) != number:
        raise UnsafeDocument(
            _("The number {number} has more digits than are signed."), number=repr(number)
        )
    return canonical
