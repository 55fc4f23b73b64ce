"""The city's own list of addresses, and finding the point of an address that somebody typed."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from colnode.plugin import Invalid, _, catalogue, insert_into
from colnode_map.models import Address
from colnode_map.sheet import Row, read_sheet

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["Point", "count_addresses", "find_points", "import_addresses", "key_of"]

_COLUMNS = {
    "street": ("street", "street_name", "gatve", "gatvė", "ulica"),
    "number": ("number", "house_number", "housenumber", "no", "numeris", "številka"),
    "latitude": ("lat", "latitude", "y"),
    "longitude": ("lon", "lng", "longitude", "x"),
}
_KINDS = frozenset(
    {
        *("g", "gatve", "pr", "prosp", "prospektas", "al", "aleja", "a", "aikste", "pl"),
        *("plentas", "skg", "skersgatvis", "kel", "kelias"),
        *("st", "str", "street", "ave", "avenue", "rd", "road", "sq", "square", "ln", "lane"),
        *("ul", "ulica", "c", "cesta", "trg", "strasse", "platz", "weg", "rue", "calle", "via"),
    }
)
_NUMBER = re.compile(r"(\d+)\s*([a-z]?)(?:\s*[-/]\s*\d+\w*)?")
_MOST_KEYS = 500
_MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class Point:
    """A place in WGS 84 degrees."""

    latitude: float
    longitude: float


def key_of(street: str, number: str) -> str | None:
    """How a street and a house number are compared, None when one of them is missing.

    Accents, case, punctuation and the kind of street don't count: `Gedimino pr.` is `gedimino`;
    a flat does not either: `51-3` is `51`.
    """
    words = catalogue.fold([street]).split()
    name = [word for word in words if word not in _KINDS] or words
    house = _NUMBER.match(number.strip().lower())
    if not name or house is None:
        return None
    return f"{' '.join(name)}|{house[1]}{house[2]}"


def key_of_line(address: str) -> str | None:
    """The key of an address in one line, such as `Gedimino pr. 51, Vilnius` or `12 High Street`."""
    first = address.split(",", maxsplit=1)[0].strip()
    after = re.fullmatch(r"(.*\D)\s*?(\d+\s?[A-Za-z]?(?:\s*[-/]\s*\d+\w*)?)\.?", first)
    if after:
        return key_of(after[1], after[2].strip())
    before = re.fullmatch(r"(\d+\s?[A-Za-z]?)\s+(\D.*)", first)
    return key_of(before[2], before[1]) if before else None


def find_points(node: "Node", lines: Iterable[str]) -> Mapping[str, Point]:
    """The points of those address lines that the city's list knows, by line."""
    keys = {line: key for line in set(lines) if (key := key_of_line(line))}
    wanted = sorted(set(keys.values()))
    known: dict[str, Point] = {}
    for start in range(0, len(wanted), _MOST_KEYS):
        query = select(Address).where(Address.key.in_(wanted[start : start + _MOST_KEYS]))
        for row in node.db.scalars(query):
            known[row.key] = Point(row.latitude, row.longitude)
    return {line: known[key] for line, key in keys.items() if key in known}


def count_addresses(node: "Node") -> int:
    """How many addresses the city has given."""
    return node.db.scalar(select(func.count()).select_from(Address)) or 0


def import_addresses(
    node: "Node", data: bytes, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Take over a list with the columns street, number, lat and lon; returns how many there were.

    All or nothing, in the caller's transaction; an address that exists gets the new point.
    Raises Invalid that names the row.
    """
    sheet = read_sheet(data, language=node.config.main_language, most_rows=_MOST_ROWS)
    names = {name: _column(sheet.columns, name, wished) for name, wished in _COLUMNS.items()}
    rows = {}
    for row in sheet.rows:
        values = _address(row, names)
        rows[values["key"]] = values
    _store(node, list(rows.values()), progress)
    return len(rows)


def _column(columns: tuple[str, ...], name: str, wished: tuple[str, ...]) -> str:
    found = next((column for column in wished if column in columns), None)
    if found is None:
        raise Invalid(
            _("There is no column {column}. The first row should be: street, number, lat, lon."),
            column=name,
        )
    return found


def _address(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    cells = {name: row.cells[column] for name, column in names.items()}
    key = key_of(cells["street"], cells["number"])
    if key is None:
        raise Invalid(_("Row {row} has no street or no house number."), row=row.number)
    try:
        latitude = float(cells["latitude"].replace(",", "."))
        longitude = float(cells["longitude"].replace(",", "."))
    except ValueError:
        latitude = longitude = 999.0
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Invalid(
            _("Row {row}: lat and lon should be degrees, like 54.6872 and 25.2797."), row=row.number
        )
    return {
        "key": key,
        "street": cells["street"],
        "number": cells["number"],
        "latitude": latitude,
        "longitude": longitude,
    }


def _store(
    node: "Node", rows: list[dict[str, Any]], progress: Callable[[int, int], None] | None
) -> None:
    statement = insert_into(node.db, Address)
    point = {name: statement.excluded[name] for name in ("latitude", "longitude")}
    upsert = statement.on_conflict_do_update(index_elements=["key"], set_=point)
    for start in range(0, len(rows), 1_000):
        node.db.execute(upsert, rows[start : start + 1_000])
        if progress is not None:
            progress(min(start + 1_000, len(rows)), len(rows))
