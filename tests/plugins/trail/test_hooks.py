"""Every hook of the example plugin does its work in a real city."""

import json
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode.app import create_app
from colnode.badges import issuing, offers
from colnode.badges import rules as award_rules
from colnode.cli import main
from colnode.errors import Refused
from colnode.identity import merging, notifications, organisations, tokens
from colnode.node import Node
from colnode.plugin import send_mail
from colnode.testing.fixtures import TestClock

SignIn = Callable[..., None]


def service() -> Any:
    """The plugin's verbs; only importable once it is installed."""
    return import_module("colnode_trail.service")


def lay_out(node: Node, title: str = "Along the river", level: str = "easy", **more: Any) -> Any:
    with node.unit():
        return service().lay_out(node, title={"en": title}, level=level, **more)


def test_facets_are_links_on_the_search_page_and_filters_of_the_api(
    node: Node, client: FlaskClient
) -> None:
    lay_out(node)
    lay_out(node, "Over the hills", "hard")
    page = client.get("/search?type=trail").text
    assert "Level" in page
    assert "facet=trail_level:hard" in page
    narrowed = client.get("/search?type=trail&facet=trail_level:hard").text
    assert "Over the hills" in narrowed
    assert "Along the river" not in narrowed
    assert "Remove this filter" in narrowed
    found = client.get("/api/v1/records?facet=trail_level:easy").json
    assert [item["title"]["en"] for item in found["items"]] == ["Along the river"]
    assert found["facets"]["trail_level"] == {"easy": 1}
    assert "Along the river" in client.get("/trails?facet=trail_level:easy").text


def test_a_person_is_told_on_the_page_and_by_mail_and_switches_either_off(
    node: Node,
    client: FlaskClient,
    make_person: Callable[..., Any],
    sign_in: SignIn,
    run_jobs: Callable[..., int],
    outbox: Callable[..., Any],
) -> None:
    person = make_person("ada@example.org")
    sign_in(client, person)
    first, second = lay_out(node), lay_out(node, "Over the hills")
    client.post(f"/trails/{first.id}/walk")
    page = client.get("/account/messages").text
    assert "You have walked Along the river" in page
    assert "One message is new" in page
    run_jobs(node)
    assert "switch off" in outbox(node)[0].text
    client.post("/account/messages/read")
    assert "One message is new" not in client.get("/account/messages").text
    client.post("/account/messages/choices", data={})
    client.post(f"/trails/{second.id}/walk")
    run_jobs(node)
    assert "Over the hills" not in client.get("/account/messages").text
    assert len(outbox(node)) == 1


def test_messages_are_exported_erased_and_swept(
    node: Node, make_person: Callable[..., Any], export_person: Any, clock: TestClock
) -> None:
    person = make_person()
    trail = lay_out(node)
    with node.unit():
        service().walk(node, trail.id, person_id=person.id)
        notifications.choose(node, person.id, "trail_walk", on_page=True, by_mail=False)
    kept = export_person(node, person)["notifications"]
    assert [item["kind"] for item in kept] == ["trail_walk", "trail_walk"]
    with node.unit():
        clock.forward(days=366)
        notifications.sweep(node)
        assert notifications.list_notifications(node, person.id) == []
        notifications.erase(node, person.id)
        assert notifications.export(node, person.id) == []


@pytest.mark.databases("sqlite")
def test_messages_over_the_api(
    node: Node, client: FlaskClient, make_person: Callable[..., Any]
) -> None:
    person, trail = make_person(), lay_out(node)
    with node.unit():
        token = tokens.create(node, person.id, label="t", scopes=("account.use", "trail.walk"))
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(f"/api/v1/trails/{trail.id}/walk", headers=headers).status_code == 204
    listed = client.get("/api/v1/me/messages", headers=headers).json
    assert [item["kind"] for item in listed["items"]] == ["trail_walk"]
    assert client.post("/api/v1/me/messages/read", headers=headers).status_code == 204
    wanted = {"on_page": False, "by_mail": True}
    path = "/api/v1/me/message-choices"
    assert client.put(f"{path}/trail_walk", json=wanted, headers=headers).status_code == 204
    assert client.get(path, headers=headers).json["items"][0]["on_page"] is False
    assert client.put(f"{path}/unknown", json=wanted, headers=headers).status_code == 422


@pytest.mark.databases("sqlite")
def test_a_badge_carries_who_stands_behind_its_trail(
    node: Node,
    make_achievement: Callable[..., Any],
    make_credential: Callable[..., Any],
    make_organisation: Callable[..., Any],
) -> None:
    achievement, walkers = make_achievement(), make_organisation("Walking Club")
    trail = lay_out(node, achievement_id=achievement.id)
    with node.unit():
        service().endorse(node, trail.id, organisation_id=walkers.id)
    document = json.loads(make_credential(achievement=achievement).document)
    (endorsement,) = document["credentialSubject"]["achievement"]["endorsement"]
    assert endorsement["issuer"]["name"] == "Walking Club"


def test_a_badge_says_what_it_stands_for_and_plugins_add_to_the_verdict(
    node: Node,
    client: FlaskClient,
    make_achievement: Callable[..., Any],
    make_credential: Callable[..., Any],
) -> None:
    achievement = make_achievement(tags=("trail",))
    lay_out(node, achievement_id=achievement.id)
    credential = make_credential(achievement=achievement)
    assert json.loads(credential.document)["evidence"][0]["name"] == "Along the river"
    data = credential.document.encode()
    answer = client.post("/verify", data={"file": (BytesIO(data), "badge.json")})
    assert "This badge is for walking trails." in answer.text
    assert 'class="verdict is-valid"' in answer.text
    told = client.post("/api/v1/verify", json={"badge": json.loads(data)}).json
    assert told["findings"][-1] == {
        "id": "trail.known",
        "status": "ok",
        "text": "This badge is for walking trails.",
    }
    forged = json.loads(data) | {"name": "Somebody else"}
    assert client.post("/api/v1/verify", json={"badge": forged}).json["outcome"] == "invalid"


def test_gates_hold_and_after_hooks_hear(
    node: Node,
    make_achievement: Callable[..., Any],
    make_credential: Callable[..., Any],
) -> None:
    seen = node.memory["trail.seen"]
    credential = make_credential()
    with node.unit():
        actor = organisations.list_members(node, credential.organisation_id)[0].person_id
        issuing.revoke(node, credential.id, reason="A mistake.", actor_id=actor)
    lay_out(node)
    assert seen["issued"] == seen["revoked"] == seen["records"] == 1
    assert seen["changed"] >= 1
    endless = make_achievement(name="The endless trail")
    with pytest.raises(Refused, match="endless"):
        make_credential(achievement=endless)


def test_whoever_walked_all_trails_is_offered_the_badge(
    node: Node,
    make_person: Callable[..., Any],
    make_achievement: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    person, achievement, trail = make_person(), make_achievement(), lay_out(node)
    with node.unit():
        actor = organisations.list_members(node, achievement.organisation_id)[0].person_id
        award_rules.create_rule(
            node, achievement.id, rule="trail_walked", things=[trail.id], actor_id=actor
        )
        service().walk(node, trail.id, person_id=person.id)
    run_jobs(node)
    assert node.memory["trail.seen"]["done"] == 1
    with node.reading():
        assert [offer.achievement_id for offer in offers.offers_for(node, person.id)] == [
            achievement.id
        ]


def test_accounts_are_merged_with_what_they_walked(
    node: Node, make_person: Callable[..., Any]
) -> None:
    one, other, trail = make_person(), make_person(), lay_out(node)
    with node.unit():
        service().walk(node, trail.id, person_id=other.id)
        merging.merge(node, into_id=one.id, from_id=other.id)
    with node.reading():
        assert service().walked(node, one.id) == {trail.id}
        assert len(notifications.list_notifications(node, one.id)) == 1


@pytest.mark.databases("sqlite")
def test_pages_api_panels_links_and_jobs(
    node: Node, client: FlaskClient, make_person: Callable[..., Any], sign_in: SignIn
) -> None:
    sign_in(client, make_person(is_admin=True))
    assert client.post("/trails/new", data={"title": "", "level": "easy"}).status_code == 422
    made = client.post("/trails/new", data={"title": "River walk", "level": "easy"})
    assert made.status_code == 302
    assert "River walk" in client.get("/").text
    assert 'href="/trails"' in client.get("/my-badges").text
    assert client.get("/api/v1/trails").json["items"][0]["title"] == {"en": "River walk"}
    service().tidy(node)


@pytest.mark.databases("sqlite")
def test_the_command_line_asks_the_citys_plugins_too_unless_offline(
    node: Node,
    make_achievement: Callable[..., Any],
    make_credential: Callable[..., Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    credential = make_credential(achievement=make_achievement(tags=("trail",)))
    badge, config = tmp_path / "badge.json", tmp_path / "colnode.toml"
    badge.write_text(credential.document)
    config.write_text(
        f'[server]\ndata_dir = "{node.config.server.data_dir}"\n'
        f'[database]\nurl = "{node.config.database.url}"\n[plugins]\nenabled = ["trail"]\n'
    )
    words = ["verify", str(badge), "--json", "--config", str(config)]
    for more, expected in ([], True), (["--offline"], False):
        assert main([*words, *more]) in {0, 2}
        told = json.loads(capsys.readouterr().out)
        assert ("trail.known" in {finding["id"] for finding in told["findings"]}) is expected
    config.write_text('[plugins]\nenabled = ["nothing"]\n')
    assert main(words) in {0, 2}
    assert "trail.known" not in capsys.readouterr().out


@pytest.mark.databases("sqlite")
def test_mail_to_an_address_is_translated_and_filled_in(
    node: Node, run_jobs: Callable[..., int], outbox: Callable[..., Any]
) -> None:
    create_app(node=node)
    with node.unit():
        send_mail(
            node,
            "club@example.org",
            subject="Trails",
            text="{count} walks in {city}",
            language="lt",
            count=3,
        )
    run_jobs(node)
    (message,) = outbox(node)
    assert (message.subject, message.text.strip()) == ("Takai", "3 walks in Testville")
