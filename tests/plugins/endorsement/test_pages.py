"""The pages and the API: what each shows, and to whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from colnode_endorsement import asking, holding
from flask.testing import FlaskClient

from colnode.identity import tokens
from colnode.plugin import Node
from tests.plugins.endorsement.conftest import Scene

pytestmark = pytest.mark.databases("sqlite")
HOME = "http://localhost:8000"


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, base_url=HOME)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def post(client: FlaskClient, path: str, form: dict[str, str], status: int = 302) -> str:
    answer = client.post(path, data=form, base_url=HOME)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_an_organiser_endorses_looks_and_withdraws(
    node: Node, scene: Scene, client: FlaskClient, sign_in: Callable[..., None]
) -> None:
    badge = f"/badges/{scene.badge}"
    assert "Endorsed by" not in read(client, badge)
    sign_in(client, scene.works_owner)
    assert "/endorsements/start?about=" in read(client, badge)
    listing = f"/organiser/{scene.works}/endorsements"
    assert "You do not stand behind anything yet" in read(client, listing)
    about = scene.badge_ref(node)
    assert "Robot builder" in read(client, f"{listing}/give?about={about}")
    form = {"about": about, "comment": "", "opportunity": "Jobs & more"}
    kept = post(client, f"{listing}/give", form, 422)
    assert "Jobs &amp; more" in kept
    assert "why you stand behind it" in kept
    post(
        client, f"{listing}/give", form | {"comment": "We hire them.", "valid_until": "2030-06-30"}
    )
    shown = read(client, badge)
    assert "We hire them." in shown
    assert "Jobs &amp; more" in shown
    assert "30 June 2030" in shown
    assert "Machine Works" in read(client, "/endorsements")
    graph = json.loads(read(client, "/endorsements/graph.json"))
    (edge,) = graph["endorsements"]
    assert edge["about"] == about
    path = edge["id"].removeprefix(HOME)
    assert "We hire them." in read(client, path)
    document = client.get(path, base_url=HOME, headers={"Accept": "application/vc"})
    assert json.loads(document.data)["type"] == ["VerifiableCredential", "EndorsementCredential"]
    assert document.data == client.get(f"{path}.json", base_url=HOME).data
    given_id = read(client, listing).split("/withdraw")[0].rpartition("/")[2]
    assert "cannot be undone" in read(client, f"/organiser/endorsements/{given_id}/withdraw")
    post(client, f"/organiser/endorsements/{given_id}/withdraw", {})
    assert "We hire them." not in read(client, badge)
    assert "Withdrawn on" in read(client, path)


def test_an_own_badge_is_not_offered_to_endorse_but_to_ask_for(
    node: Node, scene: Scene, client: FlaskClient, sign_in: Callable[..., None]
) -> None:
    sign_in(client, scene.club_owner)
    assert "Ask for an endorsement" in read(client, f"/badges/{scene.badge}")
    asked = f"/organiser/{scene.club}/endorsements/ask"
    assert "Machine Works" in read(client, f"{asked}?about={scene.badge_ref(node)}")
    form = {"about": scene.badge_ref(node), "endorser_id": scene.works, "message": "Please."}
    post(client, asked, form)
    with node.reading():
        (found,) = asking.list_waiting(node, scene.works)
    sign_in(client, scene.works_owner)
    answer = f"/organiser/endorsements/requests/{found.id}"
    assert answer in read(client, f"/organiser/{scene.works}")
    assert "Please." in read(client, answer)
    assert "why you stand behind it" in post(client, f"{answer}/accept", {"comment": " "}, 422)
    post(client, f"{answer}/accept", {"comment": "With pleasure."})
    assert "With pleasure." in read(client, f"/badges/{scene.badge}")
    read(client, answer, 200)
    assert "was answered" in post(client, f"{answer}/accept", {"comment": "Twice."}, 410)


def test_a_learner_shows_an_endorsement_on_the_badges_page(
    node: Node,
    scene: Scene,
    client: FlaskClient,
    sign_in: Callable[..., None],
    earn: Callable[..., Any],
    give: Callable[..., Any],
) -> None:
    credential = earn()
    page = f"/credentials/{credential.address}"
    give(HOME + page)
    sign_in(client, scene.learner)
    mine = f"/my-badges/{credential.address}/endorsements"
    assert "start with us at once" in read(client, mine)
    assert "start with us at once" not in read(client, page)
    with node.reading():
        (held,) = holding.list_held(node, scene.learner.id)
    post(client, f"{mine}/{held.id}/show", {})
    client.delete_cookie("colnode_session")
    shown = read(client, page)
    assert "start with us at once" in shown
    assert "Machine Works endorses it." in shown
    read(client, mine, 302)
    sign_in(client, scene.works_owner)
    read(client, mine, 404)


@pytest.fixture
def program(node: Node, client: FlaskClient) -> Callable[..., Any]:
    """Ask the API as a person: program(person, "GET", "/me/endorsements")."""

    def act(person: Any, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        headers = {}
        if person is not None:
            with node.unit():
                scopes = list(tokens.scope_names(node))
                token = tokens.create(node, person.id, label="all", scopes=scopes)
            headers["Authorization"] = f"Bearer {token}"
        answer = client.open(
            f"/api/v1{path}", method=method, json=body, headers=headers, base_url=HOME
        )
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.json if answer.data else None

    return act


def test_programs_do_what_pages_do(
    node: Node, scene: Scene, program: Callable[..., Any], earn: Callable[..., Any]
) -> None:
    works, club = f"/organisations/{scene.works}", f"/organisations/{scene.club}"
    asked = program(
        scene.club_owner,
        "POST",
        f"{club}/endorsement-requests",
        {"about": scene.badge_ref(node), "endorser_id": scene.works},
        201,
    )
    assert program(scene.works_owner, "GET", f"{works}/endorsement-requests")["waiting"] == [asked]
    answer = {"comment": "Yes.", "opportunity": "Jobs"}
    path = f"/endorsement-requests/{asked['id']}"
    program(scene.club_owner, "POST", f"{path}/accept", answer, 403)
    given = program(scene.works_owner, "POST", f"{path}/accept", answer, 201)
    about = {"about": scene.badge_ref(node)}
    (item,) = program(None, "GET", f"/endorsements?about={about['about']}")["items"]
    assert (item["id"], item["opportunity"]) == (given["url"], "Jobs")
    assert len(program(None, "GET", "/endorsements/graph")["endorsements"]) == 1
    program(scene.works_owner, "POST", f"/endorsements/{given['id']}/confirm")
    program(scene.club_owner, "POST", f"/endorsements/{given['id']}/withdraw", status=403)
    program(scene.works_owner, "POST", f"/endorsements/{given['id']}/withdraw")
    assert program(None, "GET", f"/endorsements?about={about['about']}")["items"] == []
    listed = program(scene.works_owner, "GET", f"{works}/endorsements")["items"]
    assert [item["state"] for item in listed] == ["withdrawn"]
    credential = earn()
    url = f"{HOME}/credentials/{credential.address}"
    receipt = {"about": url, "opportunity": "Night shift", "is_receipt": True}
    program(scene.works_owner, "POST", f"{works}/endorsements", receipt, 201)
    (held,) = program(scene.learner, "GET", "/me/endorsements")["items"]
    shown = program(scene.learner, "PATCH", f"/me/endorsements/{held['id']}", {"is_shown": True})
    assert shown["is_shown"]
    program(scene.learner, "DELETE", f"/me/endorsements/{held['id']}", status=204)
    mine = {"about": url, "email": "boss@works.example"}
    found = program(scene.learner, "POST", "/me/endorsement-requests", mine, 201)
    assert len(program(scene.learner, "GET", "/me/endorsement-requests")["asked"]) == 1
    program(scene.learner, "DELETE", f"/endorsement-requests/{found['id']}", status=204)
    away = {"badge": credential.address, "source_url": "https://other.example/endorsements/x"}
    waiting = program(scene.learner, "POST", "/me/endorsements", away, 202)
    assert waiting["outcome"] == "checking"
    link = {"token": "unknown", "comment": "Yes."}
    program(None, "POST", "/endorsement-answers", link, 410)
    program(None, "POST", "/endorsement-answers/decline", {"token": "unknown"}, 410)
