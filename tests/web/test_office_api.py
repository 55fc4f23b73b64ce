"""What an admin does in the city office, over the API."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode import jobs
from colnode.identity import memberships, people
from colnode.identity.models import Organisation, Person
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.web.checking import Api

if TYPE_CHECKING:
    from flask.testing import FlaskClient

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

MakePerson = Callable[..., Person]


@pytest.fixture
def office(make_person: MakePerson, api_of: Callable[..., Api]) -> Api:
    """The API as an admin."""
    return api_of(make_person(is_admin=True), ("city.manage",))


def test_failed_work_is_listed_and_tried_again(
    node: Node, office: Api, clock: TestClock, client: "FlaskClient"
) -> None:
    assert client.get("/api/v1/office").status_code == 401
    with node.unit():
        jobs.enqueue(node, "unknown.work")
    for _attempt in range(10):
        jobs.run_due(node)
        clock.forward(hours=7)
    (failed,) = office("GET", "/office").json["failed_jobs"]
    assert failed["kind"] == "unknown.work"
    path = f"/office/jobs/{failed['id']}/again"
    assert office("POST", path).status_code == 204
    assert office("GET", "/office").json["failed_jobs"] == []
    assert office("POST", path).status_code == 404


def test_orphaned_organisation_gets_an_owner(
    node: Node, office: Api, make_organisation: Callable[..., Organisation], make_person: MakePerson
) -> None:
    owner = make_person()
    library = make_organisation("Town Library", owner=owner)
    ada = make_person("ada@example.org")
    with node.unit():
        people.erase(node, owner.id, actor_id=owner.id)
    assert office("GET", "/office").json["organisations_without_owner"] == [library.id]
    path = f"/organisations/{library.id}/owner"
    wrong = office("POST", path, {"email": "nobody@example.org"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["email"])
    assert office("POST", path, {"email": "ada@example.org"}).status_code == 204
    assert office("GET", "/office").json["organisations_without_owner"] == []
    with node.reading():
        assert memberships.role_of(node, library.id, ada.id) == "owner"
