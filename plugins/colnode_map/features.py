"""The points of a GeoJSON file (RFC 7946) as rows of named cells; what comes is hostile."""

import json
from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

from colnode.plugin import Invalid, TooLarge, _
from colnode_map.sheet import Row, Sheet, column_name

__all__ = ["is_geojson", "read_features"]

_MOST_COLUMNS = 200
_NAMES = {
    "name": "title",
    "startdate": "start",
    "enddate": "end",
    "inlanguage": "languages",
    "url": "link",
    "isaccessibleforfree": "",
}
"""Names of schema.org where columns have others."""


def is_geojson(data: bytes) -> bool:
    """Whether the file begins like JSON."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def read_features(data: bytes, *, most_rows: int) -> Sheet:
    """Read a FeatureCollection; the number of a row is that of its feature, from 1.

    Properties are the columns, by the names that a spreadsheet has or those of schema.org; texts by
    language are columns of their own (title_lt). A feature that is no point gets no coordinates, so
    that its address is looked up. Raises Invalid and TooLarge.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("This file is no GeoJSON: {reason}."), reason=_reason(error)) from error
    features = document.get("features") if isinstance(document, dict) else None
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise Invalid(_("This file is no GeoJSON: {reason}."), reason="no FeatureCollection")
    if len(features) > most_rows:
        raise TooLarge(
            _("The file has more than {most} rows. Split it and send the parts one by one."),
            most=most_rows,
        )
    if not features:
        raise Invalid(_("The file has no features."))
    found = [dict(_cells(feature, number)) for number, feature in enumerate(features, 1)]
    columns = dict.fromkeys(name for cells in found for name in cells)
    if len(columns) > _MOST_COLUMNS:
        raise TooLarge(_("The features have more than {most} properties."), most=_MOST_COLUMNS)
    empty = dict.fromkeys(columns, "")
    rows = tuple(Row(number, ChainMap(cells, empty)) for number, cells in enumerate(found, 1))
    return Sheet(tuple(columns), rows)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _reason(error: Exception) -> str:
    return str(error)[:200] if isinstance(error, ValueError) else "it is nested too deeply"


def _cells(feature: object, number: int) -> Iterator[tuple[str, str]]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Invalid(_("Item {number} of the file is no GeoJSON feature."), number=number)
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise Invalid(_("Item {number} of the file is no GeoJSON feature."), number=number)
    given = feature.get("id", properties.get("id"))
    if isinstance(given, str | int):
        yield "id", str(given).strip()
    for name, value in properties.items():
        column = column_name(str(name))
        column = _NAMES.get(column, column)
        if column and column != "id":
            yield from _texts(column, value)
    geometry = feature.get("geometry")
    if isinstance(geometry, dict) and geometry.get("type") == "Point":
        yield from _point(geometry.get("coordinates"), number)


def _point(coordinates: object, number: int) -> Iterator[tuple[str, str]]:
    match coordinates:
        case [float() | int() as longitude, float() | int() as latitude, *_height]:
            yield "lat", str(latitude)
            yield "lon", str(longitude)
        case _:
            raise Invalid(_("The point of item {number} has no two numbers."), number=number)


def _texts(column: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case None:
            return
        case bool():
            yield column, "yes" if value else "no"
        case str():
            yield column, " ".join(value.split()) if column != "description" else value.strip()
        case int() | float():
            yield column, str(value)
        case list():
            yield column, ", ".join(str(item) for item in value if isinstance(item, str | int))
        case dict():
            yield from _by_language(column, value)


def _by_language(column: str, texts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for language, text in texts.items():
        if isinstance(text, str) and language.isalpha() and len(language) == 2:
            yield f"{column}_{language.lower()}", text.strip()
