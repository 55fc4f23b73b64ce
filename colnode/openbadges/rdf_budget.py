"""A limit on the work that canonicalising somebody else's graph may take.

RDFC-1.0 tells blank nodes apart by what surrounds them; a graph made of equal looking nodes makes
it try every order. Source: RDF Dataset Canonicalization 1.0 section 7.1 (poison graphs).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from colnode.errors import Invalid, _

if TYPE_CHECKING:
    import pyoxigraph

__all__ = ["TooComplex", "check_budget"]

MAX_QUADS = 20_000
MAX_BLANK_NODES = 2_000
MAX_EQUAL_BLANK_NODES = 6
MAX_UNSURE_BLANK_NODES = 60


class TooComplex(Invalid):
    """Canonicalising the document would take more work than a badge can be worth."""

    code = "too-complex"


def check_budget(quads: Sequence["pyoxigraph.Quad"]) -> None:
    """Raise TooComplex for too many quads, blank nodes or blank nodes with equal surroundings."""
    import pyoxigraph

    blank = pyoxigraph.BlankNode
    surroundings: dict[str, list[str]] = defaultdict(list)
    for quad in quads:
        terms = (quad.subject, quad.object, quad.graph_name)
        blank_terms = {term.value for term in terms if isinstance(term, blank)}
        for label in blank_terms:
            surroundings[label].append(_as_seen_from(label, quad))
    seen = Counter("\n".join(sorted(lines)) for lines in surroundings.values())
    equal = [count for count in seen.values() if count > 1]
    if (
        len(quads) > MAX_QUADS
        or len(surroundings) > MAX_BLANK_NODES
        or max(equal, default=0) > MAX_EQUAL_BLANK_NODES
        or sum(equal) > MAX_UNSURE_BLANK_NODES
    ):
        raise TooComplex(_("The document is too complex to be checked."))


def _as_seen_from(label: str, quad: "pyoxigraph.Quad") -> str:
    """The quad with this blank node as _:a and any other as _:z (RDFC-1.0 section 4.6)."""
    import pyoxigraph

    def name(term: object) -> str:
        if isinstance(term, pyoxigraph.BlankNode):
            return "_:a" if term.value == label else "_:z"
        return str(term)

    return " ".join(
        (name(quad.subject), str(quad.predicate), name(quad.object), name(quad.graph_name))
    )
