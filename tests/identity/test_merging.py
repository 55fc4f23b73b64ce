"""Two accounts of one person become one: with proof of both, whole, and for good."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode import audit
from colnode.badges import bringing, claims, collections, issuing, public_pages, stamps
from colnode.badges.models import Achievement
from colnode.errors import Forbidden, Gone, Invalid, NotFound, Refused
from colnode.host.types import Role
from colnode.identity import links, memberships, merging, people, sessions
from colnode.mail import list_development_mail
from colnode.node import Node
from tests.badges.conftest import content, make_achievement
from tests.badges.test_bringing import assertion, publish
from tests.web.checking import KnownPages

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Organisation, Person

__all__ = ["content", "make_achievement"]
PASSWORD = "correct horse battery"


@pytest.fixture
def stays(make_person: "Callable[..., Person]") -> "Person":
    """The account that stays."""
    return make_person("kai@example.org", display_name="Kai")


@pytest.fixture
def ends(make_person: "Callable[..., Person]") -> "Person":
    """The account that ends."""
    return make_person("old@example.org", display_name="Old Kai", password=PASSWORD)


def by_password(node: Node, stays: "Person", password: str = PASSWORD) -> None:
    with node.unit():
        merging.merge_by_password(
            node, into_id=stays.id, email="old@example.org", password=password, client="::1"
        )


def test_everything_moves_and_the_other_account_ends(
    node: Node, stays: "Person", ends: "Person",
    make_achievement: Callable[..., Achievement],
    make_organisation: "Callable[..., Organisation]",
) -> None:  # fmt: skip
    club = make_organisation("Club", owner=ends)
    achievement = make_achievement()
    document = publish(KnownPages(), assertion())
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
        for person in (stays, ends):
            claims.claim(node, link.code, person_id=person.id)
            bringing.bring_in(node, person_id=person.id, document=document)
        issuing.issue(node, achievement.id, person_id=ends.id)
        memberships.add_member(node, club.id, stays.id, role=Role.AWARDER, actor_id=ends.id)
        people.edit_person(node, ends.id, display_name="Old Kai", language="lt", birth_year=1990)
        collections.create(node, person_id=ends.id, title="Old ones")
        public_pages.open_page(node, person_id=ends.id)
        token = sessions.start(node, ends.id, user_agent="x")
    by_password(node, stays)
    with node.reading():
        person = people.get_person(node, stays.id)
        assert [item.address for item in person.emails] == ["kai@example.org", "old@example.org"]
        assert person.email == "kai@example.org"
        assert (person.display_name, person.birth_year) == ("Kai", 1990)
        assert len(stamps.list_stamps(node, stays.id)) == 4
        assert memberships.role_of(node, club.id, stays.id) == Role.OWNER
        assert collections.list_collections(node, stays.id)[0].collection.title == "Old ones"
        assert public_pages.find(node, stays.id) is None
        assert sessions.find(node, token) is None
        with pytest.raises(NotFound):
            people.get_person(node, ends.id)
        (event,) = [e for e in audit.latest_events(node) if e.action == "person.merged"]
        assert event.detail == {"merged_id": ends.id}
    with node.unit(), pytest.raises(Invalid):
        people.authenticate(node, email="old@example.org", password=PASSWORD, client="::1")


def test_an_admin_stays_one_and_the_younger_year_counts(
    node: Node, make_person: "Callable[..., Person]"
) -> None:
    stays, ends = make_person(), make_person(is_admin=True)
    with node.unit():
        for person, year in ((stays, 1980), (ends, 2014)):
            people.edit_person(node, person.id, display_name="Kai", language="en", birth_year=year)
        merged = merging.merge(node, into_id=stays.id, from_id=ends.id)
    assert (merged.is_admin, merged.birth_year) == (True, 2014)


def test_a_wrong_password_the_same_or_a_suspended_account_merges_nothing(
    node: Node, stays: "Person", ends: "Person"
) -> None:
    with pytest.raises(Invalid):
        by_password(node, stays, "wrong password here")
    with node.unit(), pytest.raises(Refused):
        merging.merge(node, into_id=stays.id, from_id=stays.id)
    with node.unit():
        people.suspend(node, ends.id, actor_id=stays.id, reason="x")
    with pytest.raises(Forbidden):
        by_password(node, stays)
    with node.unit(), pytest.raises(Forbidden):
        merging.merge(node, into_id=stays.id, from_id=ends.id)


def mailed_token(node: Node) -> str:
    """The token in the newest mail."""
    found = re.search(r"/link/([\w-]+)", list_development_mail(node)[0].text)
    assert found is not None
    return found.group(1)


def test_the_mailed_link_works_only_for_who_asked(
    node: Node, stays: "Person", ends: "Person", make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    with node.unit():
        links.request_merge(node, stays.id, email="nobody@example.org")
        links.request_merge(node, stays.id, email="kai@example.org")
    run_jobs(node)
    assert list_development_mail(node) == []
    with node.unit():
        links.request_merge(node, stays.id, email="Old@example.org")
    run_jobs(node)
    token = mailed_token(node)
    for wrong in (None, ends.id, make_person().id):
        with pytest.raises(Forbidden), node.unit():
            links.use_link(node, token, person_id=wrong)
    with node.unit():
        used = links.use_link(node, token, person_id=stays.id)
    assert (used.person.id, used.signs_in) == (stays.id, False)
    with node.unit(), pytest.raises(Gone):
        links.use_link(node, token, person_id=stays.id)


def test_merging_on_the_pages(
    node: Node, client: "FlaskClient", stays: "Person", ends: "Person",
    sign_in: "Callable[[FlaskClient, Person], None]", run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    sign_in(client, stays)
    assert "Join it to this one." in client.get("/account/signing-in").text
    assert "It cannot be undone." in client.get("/account/merge").text
    form = {"email": "old@example.org", "password": "wrong password here"}
    wrong = client.post("/account/merge", data=form)
    assert wrong.status_code == 422
    assert "old@example.org" in wrong.text
    client.post("/account/merge", data={"email": "old@example.org", "way": "link"})
    run_jobs(node)
    path = f"/link/{mailed_token(node)}"
    assert "cannot be undone" in client.get(path).text
    assert "Sign in first" in client.application.test_client().get(path).text
    page = client.post(path, follow_redirects=True).text
    assert "Your two accounts are one now." in page
    assert "old@example.org" in page


def test_the_password_merges_on_the_page(
    client: "FlaskClient", stays: "Person", ends: "Person",
    sign_in: "Callable[[FlaskClient, Person], None]",
) -> None:  # fmt: skip
    sign_in(client, stays)
    form = {"email": "old@example.org", "password": PASSWORD}
    page = client.post("/account/merge", data=form, follow_redirects=True).text
    assert "Your two accounts are one now." in page
