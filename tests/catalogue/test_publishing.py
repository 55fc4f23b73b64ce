"""Publishing and withdrawing a city's own records."""

from collections.abc import Callable

import pytest

from colnode import catalogue
from colnode.errors import Invalid, TooLarge
from colnode.node import Node


def test_published_record_is_found_and_waits_in_the_outbox(city: Node) -> None:
    with city.unit():
        catalogue.publish(city, "thing", "a", {"name": {"en": "Chess"}, "picture": "f" * 64})
    with city.reading():
        view = catalogue.get(city, catalogue.OWN, "a")
        waiting = catalogue.read_outbox(city, limit=10)
    assert view is not None
    assert view.is_own
    assert (view.type, view.id, view.title, view.picture) == (
        "thing",
        "a",
        {"en": "Chess"},
        "f" * 64,
    )
    assert view.home_url == "http://localhost:8000/records/thing/a"
    assert [row[1:3] for row in waiting] == [("thing", "a")]


def test_same_body_again_adds_nothing_to_the_outbox(city: Node) -> None:
    for _again in range(3):
        with city.unit():
            catalogue.publish(city, "thing", "a", {"name": {"en": "Chess"}})
    with city.reading():
        assert len(catalogue.read_outbox(city, limit=10)) == 1


def test_rolled_back_publication_leaves_nothing(city: Node) -> None:
    def publish_and_fail() -> None:
        with city.unit():
            catalogue.publish(city, "thing", "a", {"name": {"en": "Chess"}})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_fail()
    with city.reading():
        assert catalogue.get(city, catalogue.OWN, "a") is None
        assert not catalogue.read_outbox(city, limit=10)
        assert not catalogue.search(city, catalogue.Query(text="chess")).items


def test_withdrawn_record_is_gone_from_search(city: Node) -> None:
    with city.unit():
        catalogue.publish(city, "thing", "a", {"name": {"en": "Chess"}, "tags": ["game"]})
    with city.unit():
        catalogue.withdraw(city, "thing", "a")
        catalogue.withdraw(city, "thing", "never-was")
    with city.reading():
        assert catalogue.get(city, catalogue.OWN, "a") is None
        found = catalogue.search(city, catalogue.Query(text="chess", with_facets=True))
        waiting = catalogue.read_outbox(city, limit=10)
    assert not found.items
    assert "tag" not in found.facets
    assert [(row[2], row[3] is None) for row in waiting] == [("a", False), ("a", True)]


def test_body_that_does_not_fit_names_the_member(city: Node) -> None:
    with city.unit(), pytest.raises(Invalid, match=r"languages/0"):
        catalogue.publish(city, "thing", "a", {"name": {"en": "Chess"}, "languages": [7]})


def test_unknown_member_unknown_type_and_odd_id_are_refused(city: Node) -> None:
    with city.unit():
        with pytest.raises(Invalid, match="email"):
            catalogue.publish(city, "thing", "a", {"name": {"en": "x"}, "email": "a@b.example"})
        with pytest.raises(Invalid, match="nonsense"):
            catalogue.publish(city, "nonsense", "a", {"name": {"en": "x"}})
        with pytest.raises(Invalid, match="cannot be the id"):
            catalogue.publish(city, "thing", "a/b", {"name": {"en": "x"}})


def test_body_over_the_limit_is_refused(city: Node) -> None:
    with city.unit(), pytest.raises(TooLarge):
        catalogue.publish(city, "thing", "a", {"name": {"en": "x" * 66_000}})


def test_unseen_edition_is_shown_whole_or_not_at_all(
    city: Node, make_put: Callable[[str, str], catalogue.Put]
) -> None:
    with city.unit():
        first = catalogue.open_edition(city, "n_far", name={"en": "Far"}, url="https://far.example")
        catalogue.replace(city, first, [make_put("a", "Old chess"), make_put("b", "Old go")])
    with city.reading():
        assert not catalogue.search(city, catalogue.Query(text="old")).items
    with city.unit():
        catalogue.show_edition(city, "n_far", first)
        second = catalogue.open_edition(
            city, "n_far", name={"en": "Far"}, url="https://far.example"
        )
        catalogue.replace(city, second, [make_put("a", "New chess")])
    with city.reading():
        found = catalogue.search(city, catalogue.Query(text="chess")).items
        assert [(view.title["en"], view.origin_name) for view in found] == [
            ("Old chess", {"en": "Far"})
        ]
    with city.unit():
        catalogue.show_edition(city, "n_far", second)
    with city.reading():
        found = catalogue.search(city, catalogue.Query()).items
        assert [view.title["en"] for view in found] == ["New chess"]
        assert found[0].home_url == "https://far.example/records/thing/a"
        assert not found[0].is_own
        assert catalogue.hidden_editions(city, "n_far") == [first]
    with city.unit():
        assert catalogue.drop_edition(city, first)
    with city.reading():
        assert not catalogue.hidden_editions(city, "n_far")


def test_changes_of_an_edition_replace_and_remove(
    city: Node, make_put: Callable[[str, str], catalogue.Put]
) -> None:
    with city.unit():
        no = catalogue.open_edition(city, "n_far", name={"en": "Far"}, url="https://far.example")
        catalogue.replace(city, no, [make_put("a", "Chess"), make_put("b", "Go")])
        catalogue.show_edition(city, "n_far", no)
        catalogue.replace(city, no, [make_put("a", "Draughts")], [("thing", "b")])
    with city.reading():
        found = catalogue.search(city, catalogue.Query())
        assert [view.title["en"] for view in found.items] == ["Draughts"]
        assert not catalogue.search(city, catalogue.Query(text="chess")).items
        assert catalogue.get(city, "n_far", "a", record_type="thing") is not None
        assert catalogue.get(city, catalogue.OWN, "a") is None
