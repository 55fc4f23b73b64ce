"""A city's spreadsheet: what is right comes in, what is wrong is named, twice changes nothing."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from colnode_map import addresses, importing
from colnode_map.commands import COMMANDS

from colnode.plugin import Invalid, Node, catalogue

HEADER = "id,title,title_lt,category,place,address,lat,lon,start,end,price,languages\n"
GOOD = (
    "1,Robots,Robotai,workshop,Hall,Gedimino pr. 51,54.69,25.26,2026-12-01 18:00,"
    "2026-12-01 20:00,0,en lt\n"
    '2,"Songs, and tea",,event,Garden,,54.68,25.29,05.12.2026 17:00,,3.50,lt\n'
)


def found(node: Node) -> dict[str, catalogue.RecordView]:
    """The activities that everybody sees, by English title."""
    with node.reading():
        query = catalogue.Query(types=("activity",), limit=500)
        return {item.title["en"]: item for item in catalogue.search(node, query).items}


def look(node: Node, organisation: Any, data: bytes) -> importing.Check:
    with node.reading():
        return importing.check(node, organisation.id, data)


def bring(node: Node, organisation: Any, data: bytes, **more: Any) -> dict[str, int]:
    rows = look(node, organisation, data).rows
    return dict(importing.import_rows(node, organisation.id, rows, actor_id=None, **more))


def run(node: Node, *words: str) -> int:
    """Run one of the plugin's commands."""
    command = next(item for item in COMMANDS if item.name == words[0])
    parser = argparse.ArgumentParser()
    command.configure(parser)
    arguments = parser.parse_args(words[1:])
    bar = SimpleNamespace(at=lambda _done, _total: None)
    arguments.progress = lambda _label: nullcontext(bar)
    return command.run(node, arguments)


def test_rows_become_activities_in_the_catalogue(node: Node, library: Any) -> None:
    counts = bring(node, library, (HEADER + GOOD).encode())
    assert counts == {"new": 2, "changed": 0, "unchanged": 0, "published": 2}
    robots = found(node)["Robots"]
    assert robots.title["lt"] == "Robotai"
    assert (robots.latitude, robots.longitude) == (54.69, 25.26)
    assert robots.starts_at is not None
    assert robots.starts_at.isoformat() == "2026-12-01T16:00:00+00:00"
    assert found(node)["Songs, and tea"].body["offers"]["price"] == "3.50"


def test_the_same_file_twice_changes_nothing(node: Node, library: Any) -> None:
    bring(node, library, (HEADER + GOOD).encode())
    before = {item.id: item.updated_at for item in found(node).values()}
    counts = bring(node, library, (HEADER + GOOD).encode())
    assert counts == {"new": 0, "changed": 0, "unchanged": 2, "published": 0}
    assert {item.id: item.updated_at for item in found(node).values()} == before


def test_a_changed_row_changes_its_activity(node: Node, library: Any) -> None:
    bring(node, library, (HEADER + GOOD).encode())
    old = found(node)["Robots"].id
    counts = bring(node, library, (HEADER + GOOD.replace("Robots,", "Robots 2,")).encode())
    assert counts["changed"] == 1
    assert found(node)["Robots 2"].id == old


def test_an_import_that_was_cut_off_goes_on_where_it_was(node: Node, library: Any) -> None:
    lines = [f"{n},Course {n},,course,Hall,,54.69,25.26,2026-12-01 18:00,,0,en" for n in range(600)]
    data = (HEADER + "\n".join(lines)).encode()

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(node, library, data, progress=stop)
    first = len(found(node))
    assert 0 < first < 600
    counts = bring(node, library, data)
    assert counts["unchanged"] == first
    assert counts["new"] == 600 - first


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + GOOD).replace(",", ";").replace('"Songs; and tea"', "Songs; and tea").encode(),
        ("\ufeff" + HEADER + GOOD).encode(),
        (HEADER + GOOD).encode("utf-16"),
        (HEADER + GOOD).replace("\n", "\r\n").encode(),
    ],
    ids=["semicolons", "utf-8 with a mark", "utf-16", "windows line ends"],
)
def test_spreadsheets_come_in_many_shapes(node: Node, library: Any, data: bytes) -> None:
    if b";" in data:
        data = data.replace(b"Songs; and tea", b'"Songs; and tea"').replace(b"3.50", b"3,50")
    assert bring(node, library, data)["new"] == 2


def test_windows_letters_are_read(node: Node, library: Any) -> None:
    data = (HEADER + "1,Café Zürich,,event,Gärten,,54.69,25.26,2026-12-01,,0,de\n").encode("cp1252")
    bring(node, library, data)
    assert "Café Zürich" in found(node)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"name of it,where\nx,y\n", "no column called title"),
        (HEADER.encode(), "no rows"),
        (b"PK\x03\x04rest", "workbook"),
        ((HEADER + "1,Robots,Robotai,workshop\n").encode(), "Row 2 has 4 cells"),
        ((HEADER + '1,"Robots,,event,Hall,,54.69,25.26,2026-12-01,,0,en\n').encode(), "quotation"),
        (b"title,start,title\nx,y,z\n", "Two columns are called title"),
        (b"title\nab\x00cd\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(
    node: Node, library: Any, data: bytes, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        look(node, library, data)
    assert found(node) == {}


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("1,,,event,Hall,,54.69,25.26,2026-12-01,,0,en", "title", "name"),
        ("1,X,,circus,Hall,,54.69,25.26,2026-12-01,,0,en", "category", "no kind circus"),
        ("1,X,,event,Hall,,54.69,25.26,31.02.2026,,0,en", "start", "31.02.2026 is not a day"),
        ("1,X,,event,Hall,,54.69,25.26,2026-12-02,2026-11-30,0,en", "ends_at", "before it starts"),
        ("1,X,,event,Hall,,25.26,54.69,2026-12-01,,0,en", "latitude", "far away"),
        ("1,X,,event,Hall,,north,25.26,2026-12-01,,0,en", "latitude", "north is not a number"),
        ("1,X,,event,Hall,,54.69,25.26,2026-12-01,,cheap,en", "price", "cheap is not a price"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_and_column(
    node: Node, library: Any, row: str, column: str, says: str
) -> None:
    check = look(node, library, f"{HEADER}{row}\n".encode())
    assert [(fault.row, fault.column) for fault in check.faults] == [(2, column)]
    assert says in check.faults[0].message.format(**check.faults[0].parameters)


def test_nothing_is_imported_while_rows_are_wrong_unless_asked(
    node: Node, library: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "".join(f"{n},,,event,Hall,,54.69,25.26,,,0,en\n" for n in range(10, 210))
    file = tmp_path / "city.csv"
    file.write_text(HEADER + GOOD + wrong, encoding="utf-8")
    words = ("import", str(file), "--organisation", library.slug)
    assert run(node, *words) == 1
    said = capsys.readouterr().out
    assert "Row 4, title" in said
    assert "200 are wrong" in said
    assert found(node) == {}
    assert run(node, *words, "--skip-wrong") == 1
    assert len(found(node)) == 2


def test_a_dry_run_writes_nothing(node: Node, library: Any, tmp_path: Any) -> None:
    file = tmp_path / "city.csv"
    file.write_text(HEADER + GOOD, encoding="utf-8")
    assert run(node, "import", str(file), "--organisation", library.slug, "--dry-run") == 0
    assert found(node) == {}


def test_addresses_of_the_city_give_rows_their_point(
    node: Node, library: Any, tmp_path: Any
) -> None:
    known = tmp_path / "addresses.csv"
    known.write_text("street,number,lat,lon\nGedimino prospektas,51,54.6907,25.2631\n", "utf-8")
    assert run(node, "import-addresses", str(known)) == 0
    data = (
        HEADER
        + '1,Found,,event,,"Gedimino pr. 51, Vilnius",,,2026-12-01,,0,en\n'
        + "2,Lost,,event,,Nowhere g. 9,,,2026-12-01,,0,en\n"
    ).encode()
    check = look(node, library, data)
    assert (check.drafts, check.without_point) == (1, 1)
    counts = bring(node, library, data)
    assert (counts["new"], counts["published"]) == (2, 1)
    assert found(node)["Found"].latitude == 54.6907
    assert "Lost" not in found(node)


@pytest.mark.parametrize(
    ("street", "number", "same_as"),
    [
        ("Gedimino pr.", "51", ("GEDIMINO PROSPEKTAS", "51")),
        ("Žvėryno g.", "12A", ("zveryno gatvė", "12 a")),
        ("Pilies", "3-14", ("Pilies g.", "3")),
    ],
)
def test_addresses_are_compared_as_people_write_them(
    street: str, number: str, same_as: tuple[str, str]
) -> None:
    assert addresses.key_of(street, number) == addresses.key_of(*same_as)


def test_a_wrong_address_list_changes_nothing(node: Node) -> None:
    with node.reading():
        before = addresses.count_addresses(node)
    with pytest.raises(Invalid, match="Row 3"), node.unit():
        addresses.import_addresses(
            node, b"street;number;lat;lon\nPilies g.;1;54,68;25,29\nPilies g.;;54,68;25,29\n"
        )
    with node.reading():
        assert addresses.count_addresses(node) == before


def test_a_row_that_loses_its_point_leaves_the_map(node: Node, library: Any) -> None:
    bring(node, library, (HEADER + GOOD).encode())
    bring(node, library, (HEADER + GOOD.replace("54.69,25.26", ",")).encode())
    assert "Robots" not in found(node)


def test_an_organisation_that_is_not_confirmed_gets_drafts_only(
    node: Node, make_organisation: Callable[..., Any]
) -> None:
    young = make_organisation("Young Club", is_verified=False)
    assert bring(node, young, (HEADER + GOOD).encode())["published"] == 0
    assert found(node) == {}


def test_five_thousand_rows_come_in(node: Node, library: Any) -> None:
    lines = [
        f"{n},Course {n},Kursas {n},course,Hall {n},,{54.6 + n / 50000:.5f},25.26,"
        f"2026-12-01 18:00,,0,en"
        for n in range(5_000)
    ]
    steps: list[int] = []
    counts = bring(
        node,
        library,
        (HEADER + "\n".join(lines)).encode(),
        progress=lambda done, _total: steps.append(done),
    )
    assert counts == {"new": 5_000, "changed": 0, "unchanged": 0, "published": 5_000}
    assert steps == sorted(steps)
    assert len(steps) > 5
    assert steps[-1] == 5_000


def test_the_page_shows_what_would_happen_then_imports_in_the_background(
    node: Node, client: Any, library: Any, editor: Any, run_jobs: Callable[[Node], int]
) -> None:
    from io import BytesIO

    address = f"/organiser/{library.id}/activities/import"
    sent = client.post(address, data={"file": (BytesIO((HEADER + GOOD).encode()), "city.csv")})
    assert sent.status_code == 303
    assert "Import 2 rows" in client.get(sent.location).get_data(as_text=True)
    assert found(node) == {}
    client.post(sent.location, data={"publish": "1"})
    assert "data-refresh" in client.get(sent.location).get_data(as_text=True)
    run_jobs(node)
    assert "The file is imported." in client.get(sent.location).get_data(as_text=True)
    assert len(found(node)) == 2


def test_the_page_keeps_wrong_files_out(client: Any, library: Any, editor: Any) -> None:
    from io import BytesIO

    address = f"/organiser/{library.id}/activities/import"
    answer = client.post(address, data={"file": (BytesIO(b"a,b\n1,2\n"), "city.csv")})
    assert answer.status_code == 422
    assert "no column called title" in answer.get_data(as_text=True)
