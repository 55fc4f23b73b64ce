"""Free keywords: from the form and a spreadsheet to the page, the map and search."""

import re
from collections.abc import Callable
from typing import Any

from colnode_map import importing
from colnode_map.models import Activity
from sqlalchemy import select

from colnode.plugin import Node, catalogue


def text(client: Any, address: str) -> str:
    page: str = client.get(address).get_data(as_text=True)
    return page


def new(client: Any, library: Any, form: dict[str, str]) -> Any:
    address = f"/organiser/{library.id}/activities/new"
    return client.post(address, data={**form, "publish": "1"})


def bring(node: Node, organisation: Any, sheet: str) -> dict[str, int]:
    with node.reading():
        rows = importing.check(node, organisation.id, sheet.encode()).rows
    return dict(importing.import_rows(node, organisation.id, rows, actor_id=None))


def keywords(node: Node) -> list[list[str]]:
    with node.reading():
        return [list(found) for found in node.db.scalars(select(Activity.keywords))]


def test_keywords_are_links_that_narrow_the_map_down(
    client: Any, library: Any, editor: Any, form: dict[str, str], make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess", keywords=("games",))
    made = new(client, library, {**form, "keywords": " #Soldering,after  school,soldering, "})
    page = text(client, made.location)
    links = re.findall(r'href="(/map\?keyword=[^"]*)">([^<]*)</a>', page)
    assert [word for _address, word in links] == ["soldering", "after school"]
    for address, _word in links:
        narrowed = text(client, address)
        assert "Robots for beginners" in narrowed
        assert "Chess" not in narrowed
    assert '"keywords": ["soldering", "after school"]' in page


def test_a_keyword_is_found_by_its_words_and_in_any_case(
    node: Node, client: Any, make_activity: Callable[..., Any]
) -> None:
    make_activity("Chess", keywords=("Board games", "Žaidimai"))
    assert "Chess" in text(client, "/map?q=zaidimai")
    assert "Chess" in text(client, "/map?keyword=Board%20Games")
    with node.reading():
        query = catalogue.Query(types=("activity",))
        assert catalogue.count_values(node, query, "tag", prefix="keyword:", most=9) == {
            "board games": 1,
            "žaidimai": 1,
        }


def test_wrong_keywords_are_named_and_nothing_typed_is_lost(
    client: Any, library: Any, editor: Any, form: dict[str, str]
) -> None:
    many = ", ".join(f"word{number}" for number in range(11))
    for typed, said in ((many, "at most ten"), ("x" * 41, "40 characters")):
        answer = new(client, library, {**form, "keywords": typed})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said in page
        assert typed in page


def test_a_spreadsheet_brings_keywords_and_without_them_leaves_those_that_are_there(
    node: Node, library: Any
) -> None:
    plain = "id,title,place,lat,lon,always_open\n1,Chess,Hall,54.69,25.27,yes\n"
    tagged = plain.replace("always_open", "always_open,keywords").replace("yes", "yes,Games|board")
    bring(node, library, tagged)
    assert keywords(node) == [["games", "board"]]
    assert bring(node, library, tagged)["unchanged"] == 1
    assert bring(node, library, plain.replace("Chess", "Go"))["changed"] == 1
    assert keywords(node) == [["games", "board"]]


def test_keywords_of_another_city_are_found_too(
    client: Any, make_foreign: Callable[..., str]
) -> None:
    make_foreign("Harbour walk", latitude=54.7, longitude=25.3, keywords=("Ships",))
    assert "Harbour walk" in text(client, "/map?keyword=ships")
