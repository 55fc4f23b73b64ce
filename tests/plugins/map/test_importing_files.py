"""Workbooks and GeoJSON come in as spreadsheets do; whatever is wrong with a file is named."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from colnode_map import importing
from colnode_map.sheet import read_sheet
from flask.testing import FlaskClient

from colnode.plugin import Invalid, Node, TooLarge
from tests.plugins.map.test_importing import GOOD, HEADER, bring, found, look, run

COLUMNS = ["id", "title", "title_lt", "category", "place", "lat", "lon", "start", "end", "price"]
ROW = [1.0, "Robots", "Robotai", "workshop", "Hall", 54.69, 25.26]


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    """A file with these rows in its first sheet, and more sheets."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    return saved(book)


def saved(book: Any) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(data: bytes, **members: bytes) -> bytes:
    """The workbook with some members replaced; `_` stands for the rest of a name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for item in old.infolist():
            name = item.filename.rsplit("/", 1)[-1].split(".")[0]
            new.writestr(item.filename, members.get(name, old.read(item)))
    return out.getvalue()


def test_a_workbook_is_read_as_its_sheet_shows_it(node: Node, library: Any) -> None:
    start = datetime.fromisoformat("2026-12-01T18:00:00")
    end = datetime.fromisoformat("2026-12-01T19:59:59.999")
    data = workbook(COLUMNS, [*ROW, start, end, 0], [], [2, "Songs", None, "event", "Garden"])
    counts = bring(node, library, data)
    assert (counts["new"], counts["published"]) == (2, 1)
    robots = found(node)["Robots"]
    assert robots.title["lt"] == "Robotai"
    assert robots.starts_at is not None
    assert robots.starts_at.isoformat() == "2026-12-01T16:00:00+00:00"
    assert robots.body["endDate"].startswith("2026-12-01T20:00")
    assert bring(node, library, data)["unchanged"] == 2


def test_cells_are_texts_whatever_they_are() -> None:
    cells = [True, 2.0, 2.5, date(2026, 12, 1), time(9, 30), timedelta(minutes=90), " x ", None]
    sheet = read_sheet(workbook([*"abcdefgh"], cells))
    values = ["yes", "2", "2.5", "2026-12-01", "09:30", "90", "x", ""]
    assert list(sheet.rows[0].cells.values()) == values


def test_the_first_sheet_that_is_shown_counts() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(["secret"], ["x"], Real=[["title"], ["y"]])))
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    assert read_sheet(saved(book)).columns == ("title",)


def test_a_formula_counts_as_it_was_last_worked_out(node: Node, library: Any) -> None:
    """Nothing is calculated here: one that nobody worked out is an empty cell."""
    data = workbook(["title", "place"], ["=1+1", "Hall"], ["Chess", "Hall"])
    check = look(node, library, data)
    assert [row.content.title for row in check.rows] == [{"en": "Chess"}]
    assert [fault.row for fault in check.faults] == [2]


def test_the_wrong_row_is_named_by_its_number_in_the_sheet(node: Node, library: Any) -> None:
    check = look(node, library, workbook(COLUMNS, ROW, [], [3, "Songs", "", "opera"]))
    assert [(fault.row, fault.column) for fault in check.faults] == [(4, "category")]


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
HIDDEN = b'<?xml version="1.0"?><!-- here --><!DOCTYPE x><worksheet></worksheet>'


@pytest.mark.parametrize(
    "data",
    [
        changed(workbook(["title"], ["x"]), sheet1=ENTITY),
        changed(workbook(["title"], ["x"]), sheet1=HIDDEN),
        changed(workbook(["title"], ["x"]), sheet1=ENTITY.decode().encode("utf-16")),
        changed(workbook(["title"], ["x"]), sheet1=b"not xml"),
        changed(workbook(["title"], ["x"]), workbook=b"<workbook/>"),
        workbook(["title"], ["x"])[:-200],
        b"PK\x03\x04" + bytes(500),
        b"\xd0\xcf\x11\xe0" + bytes(500),
    ],
    ids=["entity", "doctype", "utf-16", "no xml", "no sheet", "cut off", "no archive", "old"],
)
def test_a_broken_or_hostile_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_sheet(data)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", 8) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member,
    ):
        for _piece in range(310):
            member.write(bytes(1_000_000))
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(TooLarge):
        read_sheet(out.getvalue())


def test_a_cell_at_the_end_of_the_world_costs_little() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1"], book.active["A1048576"] = "title", "far", "last"
    sheet = read_sheet(saved(book))
    assert sheet.columns[0] == "title"
    assert [row.number for row in sheet.rows] == [1_048_576]


def feature(point: list[float] | None = None, /, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": point} if point else None
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def geojson(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features} | more).encode()


def test_points_of_geojson_become_activities(node: Node, library: Any) -> None:
    data = geojson(
        feature(
            [25.26, 54.69],
            id=7,
            name={"en": "Robots", "lt": "Robotai"},
            startDate="2026-12-01 18:00",
            keywords=["robots", "makers"],
            category="workshop",
            place="Hall",
            unknown={"deep": [1]},
        ),
        feature(None, title="Songs", place="Garden", always_open=True),
    )
    assert bring(node, library, b"\xef\xbb\xbf" + data)["new"] == 2
    robots = found(node)["Robots"]
    assert (robots.latitude, robots.longitude) == (54.69, 25.26)
    assert robots.title["lt"] == "Robotai"
    assert robots.body["keywords"] == ["robots", "makers"]
    assert bring(node, library, data)["unchanged"] == 2


def test_what_our_own_map_gives_out_can_be_read_again(
    node: Node, library: Any, client: FlaskClient
) -> None:
    bring(node, library, (HEADER + GOOD).encode())
    given = client.get("/map/activities.geojson?bbox=25,54,26,55&zoom=18").data
    assert b"FeatureCollection" in given
    with node.reading():
        importing.check(node, library.id, given)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"{}",
        b'{"type":"FeatureCollection","features":{}}',
        b"{" * 50_000,
        b'{"type":"FeatureCollection","features":[NaN]}',
        geojson(),
        geojson(1),
        geojson({"type": "Feature", "properties": [1]}),
        geojson({**feature([1.0, 2.0]), "type": "Point"}),
        geojson(feature([25.0, 54.0], **{f"p{number}": 1 for number in range(300)})),
        geojson(feature([25.0])),
        "{}".encode("utf-16"),
    ],
)
def test_what_is_no_geojson_is_said_to_be_none(node: Node, library: Any, data: bytes) -> None:
    with pytest.raises((Invalid, TooLarge)):
        look(node, library, data)


def test_the_api_and_the_command_take_all_kinds(
    node: Node, library: Any, tmp_path: Path, call: Callable[..., Any]
) -> None:
    data = workbook(COLUMNS, ROW)
    sent = {"file": base64.b64encode(data).decode(), "dry_run": True}
    address = f"/organisations/{library.id}/activities/imports"
    answer = call("POST", address, json=sent)
    assert (answer.status_code, answer.json["new"]) == (202, 1)
    for wrong in ({**sent, "csv": "x"}, {"dry_run": True}, {**sent, "file": "no base64!"}):
        assert call("POST", address, json=wrong).status_code == 422
    path = tmp_path / "list.geojson"
    path.write_bytes(geojson(feature([25.26, 54.69], title="Robots", always_open=True)))
    assert run(node, "import", str(path), "--organisation", library.slug, "--dry-run") == 0


@pytest.mark.databases("sqlite")
def test_one_wrong_row_of_a_hundred_thousand_is_named(node: Node, library: Any) -> None:
    lines = [f"{number},Course {number},online,yes" for number in range(100_000)]
    lines[70_000] = "70000,Course,by post,yes"
    data = ("id,title,mode,always_open\n" + "\n".join(lines)).encode()
    check = look(node, library, data)
    assert (len(check.rows), check.new) == (99_999, 99_999)
    assert [(fault.row, fault.column) for fault in check.faults] == [(70_002, "mode")]
    with pytest.raises(TooLarge):
        look(node, library, data + b"\nx,One more,online,yes")
