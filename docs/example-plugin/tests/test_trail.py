"""The example plugin in a real city: verbs, pages, API, and what becomes of people."""

import pytest
from colnode_trail import service

from colnode.plugin import Refused


@pytest.fixture
def city(make_node):
    """A city with this plugin alone."""
    return make_node(plugins=("trail",))


def lay_out(city, title="Along the river", level="easy"):
    with city.unit():
        return service.lay_out(city, title={"en": title}, level=level)


def test_a_trail_is_published_and_walked_once(city, make_person, outbox, run_jobs):
    person = make_person("ada@example.org", on=city)
    trail = lay_out(city)
    with city.unit():
        assert service.walk(city, trail.id, person_id=person.id)
        assert not service.walk(city, trail.id, person_id=person.id)
    run_jobs(city)
    assert [message.to for message in outbox(city)] == ["ada@example.org"]


def test_there_are_only_so_many_trails(make_node):
    small = make_node(plugins=("trail",), plugin_settings={"trail": {"most_trails": 1}})
    lay_out(small)
    with pytest.raises(Refused, match="enough trails"):
        lay_out(small)


def test_what_a_person_walked_is_exported_and_erased(
    city, make_person, export_person, erase_person
):
    person = make_person(on=city)
    trail = lay_out(city)
    with city.unit():
        service.walk(city, trail.id, person_id=person.id)
    assert export_person(city, person)["trail"]["walks"][0]["trail_id"] == trail.id
    erase_person(city, person)
    with city.reading():
        assert service.walked(city, person.id) == set()


def test_people_find_and_walk_a_trail(city, make_client, make_person, sign_in):
    trail = lay_out(city)
    client = make_client(city)
    assert "Along the river" in client.get("/trails").text
    assert client.post(f"/trails/{trail.id}/walk").status_code in {302, 401}
    sign_in(client, make_person(on=city))
    assert client.post(f"/trails/{trail.id}/walk").status_code == 302
    assert "You have walked this trail" in client.get(f"/trails/{trail.id}").text
