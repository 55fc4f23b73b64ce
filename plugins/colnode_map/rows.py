"""A row of a spreadsheet as an activity, with every fault named in plain words."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from colnode.plugin import Invalid, _
from colnode_map.addresses import find_points
from colnode_map.checks import check_content
from colnode_map.content import ACCESSIBILITY, CATEGORIES, Content
from colnode_map.sheet import Row, Sheet
from colnode_map.states import Mode

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["COLUMNS", "NOT_IN_SHEETS", "Fault", "ReadRow", "read_rows"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "key", "external_id"),
    "title": ("title", "name"),
    "description": ("description", "text"),
    "category": ("category", "kind", "type"),
    "mode": ("mode", "how"),
    "place": ("place", "place_name", "venue"),
    "address": ("address", "street_address"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng"),
    "starts_at": ("start", "starts_at", "starts", "begin"),
    "ends_at": ("end", "ends_at", "ends"),
    "always_open": ("always_open",),
    "duration": ("duration", "duration_minutes", "minutes"),
    "languages": ("languages", "language"),
    "price": ("price",),
    "currency": ("currency",),
    "age_from": ("age_from", "min_age"),
    "age_to": ("age_to", "max_age"),
    "accessibility": ("accessibility",),
    "keywords": ("keywords", "tags"),
    "link": ("link", "url", "website"),
}
"""Columns that are read, each with the names that it may have; title and description may also come
as title_lt, description_lt for each language."""

NOT_IN_SHEETS = frozenset(
    {
        "rule",
        "exceptions",
        "steps",
        "completes_itself",
        "needs_joining",
        "joins_series",
        "capacity",
        "joining_until",
        "is_joining_closed",
        "is_by_invitation",
    }
)
"""What only the form and the API say; a changed row leaves it as it is."""

_FIELD_COLUMNS = {"place_name": "place", "duration_minutes": "duration", "join_url": "link"}
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y.%m.%d", "%Y/%m/%d")
_TRUE, _FALSE = {"yes", "true", "1", "x", "taip", "da"}, {"", "no", "false", "0", "ne"}
_MODES = {
    "in_person": Mode.IN_PERSON,
    "inperson": Mode.IN_PERSON,
    "offline": Mode.IN_PERSON,
    "online": Mode.ONLINE,
    "vr": Mode.VIRTUAL_REALITY,
    "virtual_reality": Mode.VIRTUAL_REALITY,
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: an English template with its parameters, and the column."""

    row: int
    column: str
    message: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadRow:
    """One row that can be imported. `key` finds it again, `digest` tells whether it changed."""

    number: int
    key: str
    digest: str
    content: Content


class _Unreadable(Exception):
    def __init__(self, column: str, message: str, **parameters: object) -> None:
        super().__init__(message)
        self.column, self.message, self.parameters = column, message, parameters


def read_rows(node: "Node", sheet: Sheet) -> tuple[list[ReadRow], list[Fault]]:
    """Every row as an activity or as faults. Needs an open unit: addresses are looked up.

    A row without coordinates gets the point of its address if the city's list knows it. Raises
    Invalid when there is no column for the name.
    """
    columns = _find_columns(sheet.columns)
    if "title" not in columns and not any(name.startswith("title_") for name in sheet.columns):
        raise Invalid(
            _(
                "There is no column called title. The first row should name the columns, like: "
                "id, title, category, place, address, lat, lon, start, end."
            )
        )
    reader = _RowReader(node, columns)
    found: list[tuple[Row, Content]] = []
    faults: list[Fault] = []
    for row in sheet.rows:
        try:
            found.append((row, reader.read(row)))
        except _Unreadable as error:
            faults.append(Fault(row.number, error.column, error.message, error.parameters))
        except Invalid as error:
            faults += [
                Fault(row.number, _FIELD_COLUMNS.get(name, name), message)
                for name, message in error.fields.items()
            ]
    return _unique(_placed(node, found), columns.get("id"), faults), faults


def _find_columns(columns: tuple[str, ...]) -> dict[str, str]:
    return {
        name: next(column for column in wished if column in columns)
        for name, wished in COLUMNS.items()
        if any(column in columns for column in wished)
    }


def _placed(node: "Node", found: list[tuple[Row, Content]]) -> list[tuple[Row, Content]]:
    lost = [
        content.address
        for _row, content in found
        if content.latitude is None and content.mode == Mode.IN_PERSON and content.address
    ]
    points = find_points(node, lost)

    def place(content: Content) -> Content:
        point = points.get(content.address)
        if point is None or content.latitude is not None or content.mode != Mode.IN_PERSON:
            return content
        return replace(content, latitude=point.latitude, longitude=point.longitude)

    return [(row, place(content)) for row, content in found]


def _unique(
    found: list[tuple[Row, Content]], id_column: str | None, faults: list[Fault]
) -> list[ReadRow]:
    """Give each row its key; a row that says the same as an earlier one is left out or refused."""
    seen: dict[str, ReadRow] = {}
    for row, content in found:
        given = row.cells[id_column] if id_column else ""
        key = f"id:{given[:200]}" if given else f"row:{_digest(_identity(content))}"
        read = ReadRow(row.number, key, _digest(_said(content)), content)
        first = seen.setdefault(key, read)
        if first is not read and (given or first.digest != read.digest):
            faults.append(
                Fault(
                    row.number,
                    "id" if given else "title",
                    _("Row {first} has the same id, or the same name, place and time."),
                    {"first": first.number},
                )
            )
    return list(seen.values())


def _identity(content: Content) -> dict[str, Any]:
    names = ("title", "place_name", "address", "join_url", "starts_at")
    return {name: getattr(content, name) for name in names}


def _said(content: Content) -> dict[str, Any]:
    """What a spreadsheet can say of an activity; one without keywords is as it was before there
    were any, so that a city's next import changes nothing."""
    said = {name: value for name, value in vars(content).items() if name not in NOT_IN_SHEETS}
    if not content.keywords:
        del said["keywords"]
    return said


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


class _RowReader:
    """Reads cells by the columns that one sheet has, in one city's time zone and languages."""

    def __init__(self, node: "Node", columns: Mapping[str, str]) -> None:
        self._node = node
        self._columns = columns
        self._zone = ZoneInfo(node.config.city.time_zone)

    def read(self, row: Row) -> Content:
        """The checked content. Raises _Unreadable for a cell, Invalid for what it adds up to."""
        starts_at, ends_at = self._times(row)
        link = self._text(row, "link")
        mode = self._mode(row)
        content = Content(
            title=self._texts(row, "title"),
            description=self._texts(row, "description"),
            category=self._category(row),
            mode=mode,
            place_name=self._text(row, "place"),
            address=self._text(row, "address"),
            latitude=self._number(row, "latitude"),
            longitude=self._number(row, "longitude"),
            join_url=link,
            is_always_open=self._is_always_open(row),
            starts_at=starts_at,
            ends_at=ends_at,
            duration_minutes=self._whole(row, "duration"),
            languages=tuple(self._list(row, "languages")),
            price_cents=self._cents(row),
            currency=self._text(row, "currency").upper() or "EUR",
            age_from=self._whole(row, "age_from"),
            age_to=self._whole(row, "age_to"),
            accessibility=self._accessibility(row),
            keywords=tuple(re.split(r"[,;|]", self._text(row, "keywords"))),
        )
        return check_content(self._node, content)

    def _text(self, row: Row, name: str) -> str:
        column = self._columns.get(name)
        return row.cells.get(column, "") if column else ""

    def _texts(self, row: Row, name: str) -> dict[str, str]:
        main = self._node.config.main_language
        texts = {main: self._text(row, name)}
        for language in self._node.config.city.languages:
            cell = row.cells.get(f"{name}_{language}") or row.cells.get(f"{name}.{language}")
            if cell:
                texts[language] = cell
        return {language: text for language, text in texts.items() if text}

    def _list(self, row: Row, name: str) -> list[str]:
        return [word.lower() for word in re.split(r"[\s,;/|+]+", self._text(row, name)) if word]

    def _category(self, row: Row) -> str:
        cell = self._text(row, "category")
        word = "_".join(cell.lower().replace("-", " ").replace("_", " ").split())
        if word and word not in CATEGORIES:
            raise _Unreadable(
                "category",
                _("There is no kind {value}. Write one of: {known}."),
                value=cell,
                known=", ".join(CATEGORIES),
            )
        return word or "event"

    def _mode(self, row: Row) -> str:
        cell = self._text(row, "mode")
        word = "_".join(cell.lower().replace("-", " ").replace("_", " ").split())
        if word and word not in _MODES:
            raise _Unreadable(
                "mode", _("{value} is not in person, online or virtual reality."), value=cell
            )
        return _MODES.get(word, Mode.IN_PERSON)

    def _accessibility(self, row: Row) -> tuple[str, ...]:
        words = tuple(self._list(row, "accessibility"))
        unknown = next((word for word in words if word not in ACCESSIBILITY), None)
        if unknown:
            raise _Unreadable(
                "accessibility",
                _("There is no {value} here. Write some of: {known}."),
                value=unknown,
                known=", ".join(ACCESSIBILITY),
            )
        return words

    def _number(self, row: Row, name: str) -> float | None:
        cell = self._text(row, name).replace(",", ".").removesuffix("°")
        if not cell:
            return None
        try:
            value = float(cell)
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e9:
            raise _Unreadable(
                name, _("{value} is not a number of degrees, like 54.6872."), value=cell
            )
        return value

    def _whole(self, row: Row, name: str) -> int | None:
        cell = self._text(row, name)
        if not cell:
            return None
        if not re.fullmatch(r"[0-9]{1,7}", cell):
            raise _Unreadable(name, _("{value} is not a whole number."), value=cell)
        return int(cell)

    def _cents(self, row: Row) -> int | None:
        cell = self._text(row, "price").lower().replace(",", ".")
        if not cell:
            return None
        if cell in {"free", "nemokama", "nemokamai", "brezplačno", "-"}:
            return 0
        number = re.fullmatch(r"(?:€|eur)?\s*([0-9]{1,7})(?:\.([0-9]{1,2}))?\s*(?:€|eur)?", cell)
        if number is None:
            raise _Unreadable("price", _("{value} is not a price, like 5 or 7.50."), value=cell)
        return int(number[1]) * 100 + int((number[2] or "0").ljust(2, "0"))

    def _is_always_open(self, row: Row) -> bool:
        cell = self._text(row, "always_open").lower()
        if cell not in _TRUE | _FALSE:
            raise _Unreadable("always_open", _("Write yes or no, not {value}."), value=cell)
        return cell in _TRUE

    def _times(self, row: Row) -> tuple[datetime | None, datetime | None]:
        starts_at, ends_at = self._moment(row, "starts_at"), self._moment(row, "ends_at")
        if ends_at and len(self._text(row, "ends_at")) <= 10:
            ends_at += timedelta(days=1)  # a last day lasts until its end
        return starts_at, ends_at

    def _moment(self, row: Row, name: str) -> datetime | None:
        cell = self._text(row, name)
        if not cell:
            return None
        moment = _iso_moment(cell) or _written_moment(cell)
        if moment is None:
            column = self._columns[name]
            raise _Unreadable(
                column, _("{value} is not a day and time, like 2026-11-23 18:00."), value=cell
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)


def _iso_moment(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def _written_moment(cell: str) -> datetime | None:
    for date in _DATES:
        for pattern in (f"{date} %H:%M", f"{date} %H:%M:%S", date):
            try:
                return datetime.strptime(cell, pattern)  # noqa: DTZ007 - the city's zone follows
            except ValueError:
                continue
    return None
