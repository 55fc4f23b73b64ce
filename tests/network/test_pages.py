"""The network page, other cities' records and the admin's list of cities."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode import jobs
from colnode.app import create_app
from colnode.federation import peers, pull
from colnode.federation.models import Peer
from colnode.identity import people, sessions, tokens
from colnode.node import Node
from colnode.web.auth import SESSION_COOKIE
from tests.federation.test_two_cities import the_peer

Put = Callable[..., None]


@pytest.fixture
def visitor(two_cities: tuple[Node, Node]) -> FlaskClient:
    """Somebody on the reading city's site."""
    app = create_app(node=two_cities[0])
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def admin(
    two_cities: tuple[Node, Node], visitor: FlaskClient, make_person: Callable[..., Any]
) -> FlaskClient:
    """The reading city's admin, signed in."""
    reader = two_cities[0]
    person = make_person(is_admin=True, on=reader)
    with reader.unit():
        token = sessions.start(reader, person.id, user_agent="test")
    visitor.set_cookie(SESSION_COOKIE, token)
    return visitor


def forget(reader: Node) -> None:
    """Take the known city off the list, as if it had never been added."""
    with reader.unit():
        reader.db.delete(reader.db.get_one(Peer, the_peer(reader).id))


def test_network_page_draws_the_city_and_lists_it(
    two_cities: tuple[Node, Node], visitor: FlaskClient, put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    pull.sync(reader, the_peer(reader).id)
    page = visitor.get("/network").text
    assert page.count("Southport") >= 2
    assert "<svg" in page
    assert f"/cities/{the_peer(reader).node_id}" in page
    assert "Up to date" in page
    assert "Chess" in page


def test_network_page_without_cities_teaches(
    two_cities: tuple[Node, Node], visitor: FlaskClient
) -> None:
    forget(two_cities[0])
    assert "No other city is connected yet" in visitor.get("/network").text


def test_foreign_record_has_a_page_with_its_city_and_the_way_home(
    two_cities: tuple[Node, Node], visitor: FlaskClient, put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="<b>Chess</b>")
    pull.sync(reader, the_peer(reader).id)
    node_id = the_peer(reader).node_id
    answer = visitor.get(f"/cities/{node_id}/thing/a")
    assert answer.status_code == 200
    assert "&lt;b&gt;Chess" in answer.text
    assert "<b>Chess" not in answer.text
    assert "Southport" in answer.text
    assert f'href="{origin.config.server.base_url}/records/thing/a"' in answer.text
    assert visitor.get(f"/cities/{node_id}").status_code == 200
    assert "Chess" in visitor.get(f"/cities/{node_id}?q=chess").text
    assert visitor.get(f"/cities/{node_id}/thing/nothing").status_code == 404
    assert visitor.get("/cities/n_unknown").status_code == 404


def test_home_link_leads_to_the_own_page(two_cities: tuple[Node, Node], put: Put) -> None:
    _reader, origin = two_cities
    put(origin, a="Chess")
    client = create_app(node=origin).test_client()
    assert client.get("/records/thing/a").location == "/things/a"
    assert client.get("/records/thing/b").status_code == 404


def test_admin_adds_a_city_after_looking_at_it(
    two_cities: tuple[Node, Node], admin: FlaskClient, put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    forget(reader)
    assert "Add a city" in admin.get("/admin/peers").text
    address = origin.config.server.base_url
    page = admin.get("/admin/peers/new", query_string={"address": address}).text
    assert "Southport" in page
    assert "Chess" in page
    assert "Read this city" in page
    with reader.reading():
        assert not peers.list_peers(reader)
    identity = peers.look(reader, address).identity.lines.decode()
    form = {"address": address, "identity": identity, "decision": "allow"}
    answer = admin.post("/admin/peers", data=form)
    assert answer.status_code == 302
    jobs.run_due(reader)
    page = admin.get(answer.location).text
    assert "up to date" in page
    assert "Added to the list" in page
    assert "Chess" in admin.get("/network").text


def test_address_without_a_city_says_what_happened(
    two_cities: tuple[Node, Node], admin: FlaskClient
) -> None:
    answer = admin.get("/admin/peers/new?address=http://localhost:1")
    assert answer.status_code == 422
    assert "cannot be reached" in answer.text
    assert 'value="http://localhost:1"' in answer.text
    assert "not the address" in admin.get("/admin/peers/new?address=ftp://x").text
    own = two_cities[0].config.server.base_url
    lines = peers.look(two_cities[0], own).identity.lines.decode()
    refused = admin.post("/admin/peers", data={"address": own, "identity": lines})
    assert refused.status_code == 409
    assert "your own city" in refused.text


def test_identity_that_was_tampered_with_is_not_added(
    two_cities: tuple[Node, Node], admin: FlaskClient
) -> None:
    reader, origin = two_cities
    forget(reader)
    address = origin.config.server.base_url
    lines = peers.look(reader, address).identity.lines.decode()
    forged = lines.replace("Southport", "Northport")
    answer = admin.post("/admin/peers", data={"address": address, "identity": forged})
    assert answer.status_code == 502
    with reader.reading():
        assert not peers.list_peers(reader)


def test_blocking_asks_for_a_reason_and_hides_everything(
    two_cities: tuple[Node, Node], admin: FlaskClient, put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    peer_id = the_peer(reader).id
    pull.sync(reader, peer_id)
    without = admin.post(f"/admin/peers/{peer_id}/block", data={"reason": " "})
    assert without.status_code == 422
    assert "Say why" in without.text
    answer = admin.post(
        f"/admin/peers/{peer_id}/block", data={"reason": "Only chess"}, follow_redirects=True
    )
    assert "Only chess" in answer.text
    assert "Chess" not in admin.get("/network").text
    assert admin.get(f"/cities/{the_peer(reader).node_id}/thing/a").status_code == 404


def test_a_blocked_city_is_read_again_only_for_a_reason_and_the_page_says_who_gave_it(
    two_cities: tuple[Node, Node], admin: FlaskClient
) -> None:
    reader, _origin = two_cities
    path = f"/admin/peers/{the_peer(reader).id}"
    admin.post(f"{path}/block", data={"reason": "Only chess"})
    without = admin.post(f"{path}/allow", data={"reason": " "})
    assert without.status_code == 422
    assert "Say why" in without.text
    assert the_peer(reader).state == "blocked"
    answer = admin.post(
        f"{path}/allow", data={"reason": "They <b>listened</b>"}, follow_redirects=True
    )
    assert "is read now" in answer.text
    assert the_peer(reader).state == "allowed"
    happened = answer.text.partition("What happened")[2]
    assert "They &lt;b&gt;listened&lt;/b&gt;" in happened
    with reader.reading():
        newest, before, *_earlier = peers.history(reader, the_peer(reader).id)
        (name,) = people.names_of(reader, [str(newest.actor_id)]).values()
    assert (newest.action, newest.reason) == ("peer.allowed", "They <b>listened</b>")
    assert (before.action, before.reason) == ("peer.blocked", "Only chess")
    assert happened.count(name) == 2
    assert "the site" in happened


def test_problem_of_a_city_is_told_in_words(
    two_cities: tuple[Node, Node], admin: FlaskClient
) -> None:
    reader, _origin = two_cities
    peer = the_peer(reader)
    with reader.unit():
        reader.db.get_one(Peer, peer.id).url = "http://localhost:1"
    jobs.run_due(reader)
    page = admin.get(f"/admin/peers/{peer.id}").text
    assert "The last reading did not work" in page
    assert "localhost:1 cannot be reached" in page
    assert "problem" in admin.get("/admin/peers").text
    assert admin.post(f"/admin/peers/{peer.id}/sync").status_code == 302


@pytest.mark.parametrize("path", ["/admin/peers", "/admin/peers/new", "/admin/peers/x"])
def test_visitors_do_not_see_the_admins_list(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_api_lists_searches_and_decides(
    two_cities: tuple[Node, Node], visitor: FlaskClient, make_person: Callable[..., Any], put: Put
) -> None:
    reader, origin = two_cities
    put(origin, a="Chess")
    forget(reader)
    headers = _token(reader, make_person)
    address = origin.config.server.base_url
    offer = visitor.get(
        "/api/v1/peers/offer", query_string={"address": address}, headers=headers
    ).json
    assert offer is not None
    assert [sample["title"] for sample in offer["samples"]] == [{"en": "Chess"}]
    added = visitor.post(
        "/api/v1/peers",
        json={"address": offer["address"], "identity": offer["identity"]},
        headers=headers,
    )
    assert added.status_code == 201
    assert added.json is not None
    assert added.json["state"] == "pending"
    path = f"/api/v1/peers/{added.json['id']}"
    assert visitor.post(f"{path}/allow", json={}, headers=headers).status_code == 200
    jobs.run_due(reader)
    assert _json(visitor, path, headers)["count"] == 1
    found = _json(visitor, "/api/v1/records?q=chess")["items"]
    assert [(item["id"], item["origin"]) for item in found] == [("a", offer["node_id"])]
    assert _json(visitor, f"/api/v1/records/{offer['node_id']}/thing/a")["title"] == {"en": "Chess"}
    assert [item["url"] for item in _json(visitor, "/api/v1/network")["items"]] == [address]
    assert visitor.post(f"{path}/block", json={}, headers=headers).status_code == 422
    blocked = visitor.post(f"{path}/block", json={"reason": "No"}, headers=headers)
    assert blocked.status_code == 200
    assert _json(visitor, "/api/v1/records?q=chess")["items"] == []
    assert visitor.post(f"{path}/allow", json={}, headers=headers).status_code == 422
    again = visitor.post(f"{path}/allow", json={"reason": "Yes"}, headers=headers)
    assert again.status_code == 200
    events = _json(visitor, f"{path}/history", headers)["items"]
    assert [(event["action"], event["reason"]) for event in events] == [
        ("peer.allowed", "Yes"),
        ("peer.blocked", "No"),
        ("peer.allowed", None),
        ("peer.added", None),
    ]
    assert all(event["actor_id"] and event["at"] for event in events)
    assert _json(visitor, f"{path}/faults", headers)["items"] == {}
    assert visitor.get("/api/v1/peers").status_code == 401
    assert visitor.get(f"{path}/history").status_code == 401
    assert visitor.get("/api/v1/records?bbox=1,2,3").status_code == 422


def _json(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json


def _token(reader: Node, make_person: Callable[..., Any]) -> dict[str, str]:
    person = make_person(is_admin=True, on=reader)
    with reader.unit():
        token = tokens.create(reader, person.id, label="test", scopes=["peers.manage"])
    return {"Authorization": f"Bearer {token}"}
