"""Collections and public pages: private until shared, and never more than is shared itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode.badges import collections, issuing, public_pages, stamps
from colnode.badges.models import Achievement, Collection, Credential
from colnode.badges.stamps import Visibility
from colnode.errors import Invalid, NotFound, Refused
from colnode.identity import people
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person


@pytest.fixture
def kai(node: Node, make_person: "Callable[..., Person]") -> "Person":
    """An adult."""
    person = make_person("kai@example.org", display_name="Kai")
    with node.unit():
        people.edit_person(node, person.id, display_name="Kai", language="en", birth_year=1990)
    return person


@pytest.fixture
def earn(
    node: Node, make_achievement: Callable[..., Achievement]
) -> "Callable[[Person], Credential]":
    """Give a person a badge."""

    def act(person: "Person") -> Credential:
        achievement = make_achievement()
        with node.unit():
            return issuing.issue(node, achievement.id, person_id=person.id)

    return act


def test_a_collection_keeps_its_order_and_shows_only_what_is_shared(
    node: Node, kai: "Person", earn: "Callable[[Person], Credential]"
) -> None:
    first, second = earn(kai), earn(kai)
    with node.unit():
        made = collections.create(
            node, person_id=kai.id, title=" Robots ", text="All of them.",
            addresses=[second.address, first.address, second.address],
        )  # fmt: skip
        address = made.collection.address
    assert [stamp.id for stamp in made.stamps] == [second.id, first.id]
    assert (made.collection.title, made.private_count) == ("Robots", 2)
    with node.reading(), pytest.raises(NotFound):
        collections.open_collection(node, address, viewer_id=None)
    with node.unit():
        collections.share(node, address, person_id=kai.id)
        stamps.set_visibility(node, first.address, person_id=kai.id, visibility=Visibility.LINK)
    with node.reading():
        seen = collections.open_collection(node, address, viewer_id=None)
    assert [stamp.id for stamp in seen.stamps] == [first.id]
    with node.unit():
        assert (
            collections.share(node, address, person_id=kai.id, with_badges=True).private_count == 0
        )
        collections.unshare(node, address, person_id=kai.id)
    with node.reading(), pytest.raises(NotFound):
        collections.open_collection(node, address, viewer_id=None)


def test_a_collection_is_changed_and_deleted_by_its_owner_alone(
    node: Node, kai: "Person", make_person: "Callable[..., Person]",
    earn: "Callable[[Person], Credential]",
) -> None:  # fmt: skip
    mine, other = earn(kai), make_person()
    theirs = earn(other)
    with node.unit():
        address = collections.create(node, person_id=kai.id, title="One").collection.address
        edited = collections.edit(
            node, address, person_id=kai.id, title="Two", text="", addresses=[mine.address]
        )
        assert [stamp.id for stamp in edited.stamps] == [mine.id]
    for wrong in ({"person_id": other.id}, {"addresses": [theirs.address]}):
        given = {"person_id": kai.id, "title": "x", "text": "", "addresses": []} | wrong
        with node.unit(), pytest.raises(NotFound):
            collections.edit(node, address, **given)  # type: ignore[arg-type]
    with node.unit(), pytest.raises(Invalid):
        collections.create(node, person_id=kai.id, title=" ")
    with node.unit():
        collections.delete_collection(node, address, person_id=kai.id)
        assert collections.list_collections(node, kai.id) == []
        assert len(stamps.list_stamps(node, kai.id)) == 1


def test_a_public_page_lists_what_is_public_and_nothing_else(
    node: Node, kai: "Person", earn: "Callable[[Person], Credential]"
) -> None:
    shown, linked, _private = earn(kai), earn(kai), earn(kai)
    with node.unit():
        page = public_pages.open_page(node, person_id=kai.id, text="Hello.")
        for credential, visibility in ((shown, Visibility.PUBLIC), (linked, Visibility.LINK)):
            stamps.set_visibility(node, credential.address, person_id=kai.id, visibility=visibility)
    with node.reading():
        seen = public_pages.view(node, page.address)
    assert [stamp.id for stamp in seen.stamps] == [shown.id]
    assert seen.display_name == "Kai"
    with node.unit():
        public_pages.close(node, person_id=kai.id)
        public_pages.close(node, person_id=kai.id)
        stamp = stamps.get_stamp(node, shown.address, person_id=kai.id)
        assert stamp.visibility is Visibility.LINK
    with node.reading(), pytest.raises(NotFound):
        public_pages.view(node, page.address)


@pytest.mark.parametrize("birth_year", [None, 2008, 2015])
def test_nobody_who_may_be_under_age_has_a_public_page(
    birth_year: int | None, node: Node, kai: "Person"
) -> None:
    with node.unit():
        page = public_pages.open_page(node, person_id=kai.id)
        people.edit_person(node, kai.id, display_name="Kai", language="en", birth_year=birth_year)
    with node.reading(), pytest.raises(NotFound):
        public_pages.view(node, page.address)
    with node.unit(), pytest.raises(Refused):
        public_pages.open_page(node, person_id=kai.id)


def test_collections_and_pages_are_exported_and_erased(
    node: Node, kai: "Person", earn: "Callable[[Person], Credential]"
) -> None:
    credential = earn(kai)
    with node.unit():
        collections.create(node, person_id=kai.id, title="One", addresses=[credential.address])
        address = public_pages.open_page(node, person_id=kai.id).address
    with node.reading():
        kept = people.export(node, kai.id)
    assert kept["collections"][0]["badges"] == [credential.address]
    assert kept["public_page"][0]["address"] == address
    with node.unit():
        people.erase(node, kai.id, actor_id=kai.id)
    with node.reading():
        assert node.db.query(Collection).count() == 0
        with pytest.raises(NotFound):
            public_pages.view(node, address)
