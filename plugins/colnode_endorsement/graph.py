"""Who endorses whom across cities: the data, and where a drawing puts it."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from colnode.plugin import LangMap, Node, NotFound, catalogue
from colnode_endorsement.standing import Standing, every_public
from colnode_endorsement.states import Kind
from colnode_endorsement.subjects import Subject, find_subject

__all__ = ["Drawing", "Edge", "Graph", "Party", "Stop", "draw", "read", "wrapped"]

WIDTH, ROW, TOP = 400, 40, 30
_FROM_X, _TO_X = 166, 234
_LETTERS_A_LINE = 15
_MOST_STOPS = 40
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Party:
    """An organisation of a city; `city` is None for this one."""

    id: str
    name: LangMap
    city: LangMap | None
    url: str


@dataclass(frozen=True)
class Edge:
    """One endorsement: who, of whose what. `is_changed` says that it waits to be confirmed."""

    endorser: Party
    endorsed: Party
    standing: Standing
    is_changed: bool


@dataclass(frozen=True)
class Graph:
    """Every endorsement of badges and organisations that counts, as this city knows it."""

    edges: Sequence[Edge]

    @property
    def endorsers(self) -> list[Party]:
        """Who endorses, each once, cities together."""
        return _once(edge.endorser for edge in self.edges)

    @property
    def endorsed(self) -> list[Party]:
        """Who is endorsed, each once, cities together."""
        return _once(edge.endorsed for edge in self.edges)


def _once(parties: Iterable[Party]) -> list[Party]:
    return list({party.id: party for party in parties}.values())


def read(node: Node) -> Graph:
    """The graph as it stands now; what its endorser should look at again comes last."""
    edges = []
    for item in every_public(node):
        subject = _subject(node, item)
        if subject is not None and subject.owner_did == item.endorser_did:
            continue
        changed = subject is not None and item.endorsed_digest != subject.digest
        edges.append(Edge(_endorser(item), _endorsed(node, item, subject), item, changed))
    return Graph(sorted(edges, key=_order))


def _order(edge: Edge) -> tuple[bool, str, str, str, str]:
    def word(texts: LangMap | None) -> str:
        return next(iter(texts.values()), "").casefold() if texts else ""

    endorser, endorsed = edge.endorser, edge.endorsed
    is_foreign = endorser.city is not None
    return (
        is_foreign,
        word(endorser.city),
        word(endorser.name),
        word(endorsed.name),
        edge.standing.url,
    )


def _subject(node: Node, item: Standing) -> Subject | None:
    try:
        return find_subject(node, item.about)
    except NotFound:
        return None


def _endorser(item: Standing) -> Party:
    return Party(item.endorser_did, item.endorser, item.city, item.endorser_url)


def _endorsed(node: Node, item: Standing, subject: Subject | None) -> Party:
    """The organisation that is endorsed or whose badge is; by the badge's name if unknown."""
    if subject is None:
        return Party(item.about, item.about_name, {}, "")
    if subject.kind is Kind.ORGANISATION:
        return Party(subject.owner_did, subject.name, subject.city, subject.page_url)
    origin = item.about.split("/")[0]
    where = catalogue.OWN if origin == node.id else origin
    badge = catalogue.get(node, where, item.about.split("/")[2], record_type=Kind.ACHIEVEMENT)
    owner_id = badge.body["organisation"] if badge else ""
    owner = catalogue.get(node, where, owner_id, record_type=Kind.ORGANISATION)
    name = owner.title if owner else subject.name
    page = f"/cities/{where}/organisation/{owner_id}"
    if where == catalogue.OWN:
        page = f"/organisations/id/{owner_id}"
    return Party(subject.owner_did, name, subject.city, page if owner else subject.page_url)


@dataclass(frozen=True)
class Stop:
    """An organisation on the drawing. `head` is the city's name when it begins a group."""

    party: Party
    x: int
    y: int
    line: int = 0
    letter: str = ""
    head: LangMap | None = None
    has_head: bool = False


@dataclass(frozen=True)
class Drawing:
    """Stops on both sides and the lines between them, in units of a canvas 400 wide."""

    width: int
    height: int
    endorsers: Sequence[Stop]
    endorsed: Sequence[Stop]
    lines: Sequence[tuple[Stop, Stop, int]]
    left_out: int
    bullets: Mapping[str, Stop] = field(default_factory=dict)


def draw(graph: Graph) -> Drawing:
    """Endorsers on one side, each with a line colour and a letter; whom they endorse on the other.

    What finds no room is counted; the table beside the drawing has everything.
    """
    start, low = _column(graph.endorsers[:_MOST_STOPS], _FROM_X, is_start=True)
    end, lower = _column(graph.endorsed[:_MOST_STOPS], _TO_X, is_start=False)
    counts: dict[tuple[str, str], int] = {}
    left_out = 0
    for edge in graph.edges:
        pair = (edge.endorser.id, edge.endorsed.id)
        if pair[0] in start and pair[1] in end:
            counts[pair] = counts.get(pair, 0) + 1
        else:
            left_out += 1
    lines = [(start[one], end[other], count) for (one, other), count in counts.items()]
    return Drawing(
        WIDTH,
        max(low, lower),
        list(start.values()),
        list(end.values()),
        lines,
        left_out,
        start,
    )


def wrapped(name: str) -> list[str]:
    """A name as one or two lines that have room beside a stop; the rest becomes an ellipsis."""
    lines = textwrap.wrap(name, _LETTERS_A_LINE, max_lines=2, placeholder="…")
    return lines or [name]


def _column(parties: Sequence[Party], x: int, *, is_start: bool) -> tuple[dict[str, Stop], int]:
    """Stops below each other, grouped by city, and where the column ends."""
    stops: dict[str, Stop] = {}
    y, city, is_first = TOP, None, True
    order = sorted(parties, key=lambda party: (party.city is not None, str(party.city)))
    for number, party in enumerate(order):
        begins = is_first or party.city != city
        if begins:
            y += 0 if is_first else 12
            y += 24
        city, is_first = party.city, False
        letter = _LETTERS[number % 26] if is_start else ""
        line = number % 8 + 1 if is_start else 0
        stops[party.id] = Stop(party, x, y, line, letter, party.city, begins)
        y += ROW
    return stops, y
