"""The Open Badges 3.0 API: pages of badges, badges sent here, the profile, errors, browsers."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode.badges import bringing
from colnode.badges.verifying import NodeResolver
from colnode.exchange import keeping
from colnode.identity import people
from colnode.node import Node
from colnode.openbadges.verify import verify
from tests.exchange.programs import API, BASE, SCOPE, Program, connect

ISSUER = "https://school.example/issuer"


def minor_of(answer: Any) -> str:
    """The minor code of an Imsx_StatusInfo."""
    assert answer.json["imsx_codeMajor"] == "failure"
    (field,) = answer.json["imsx_codeMinor"]["imsx_codeMinorField"]
    return str(field["imsx_codeMinorFieldValue"])


def rels(answer: Any) -> dict[str, str]:
    """The links of a Link header by relation."""
    found = {}
    for part in answer.headers["Link"].split(", "):
        url, _sign, rel = part.partition("; ")
        found[rel.removeprefix('rel="').rstrip('"')] = url.strip("<>")
    return found


def test_every_badge_comes_signed_as_it_was_and_verifies(
    node: Node, client: FlaskClient, learner: Any, give: Callable[..., Any]
) -> None:
    given = [give(learner, name={"en": name}).document for name in ("One", "Two")]
    program = connect(client)
    answer = program.call("GET", "/credentials")
    assert answer.content_type == "application/json"
    assert answer.headers["X-Total-Count"] == "2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert all(document in answer.text for document in given)
    assert answer.json["compactJwsString"] == []
    with node.reading():
        for document in answer.json["credential"]:
            verdict = verify(
                json.dumps(document).encode(), resolver=NodeResolver(node), now=node.clock.now()
            )
            assert verdict.is_valid


def test_pages_lead_from_one_to_the_next_and_back(
    client: FlaskClient, learner: Any, give: Callable[..., Any], clock: Any
) -> None:
    ids = []
    for number in range(5):
        ids.append(json.loads(give(learner, name={"en": f"B{number}"}).document)["id"])
        clock.forward(days=1)
    program = connect(client)
    answer = program.call("GET", "/credentials?limit=2")
    links = rels(answer)
    assert set(links) == {"first", "last", "next"}
    assert links["first"] == f"{BASE}{API}/credentials?offset=0&limit=2"
    seen, url = [], f"{BASE}{API}/credentials?limit=2"
    while url:
        page = program.call("GET", url.removeprefix(BASE + API))
        assert page.headers["X-Total-Count"] == "5"
        seen += [item["id"] for item in page.json["credential"]]
        url = rels(page).get("next", "")
    assert seen == ids
    assert set(rels(page)) == {"first", "last", "prev"}
    assert rels(page)["last"].endswith("offset=4&limit=2")
    assert program.call("GET", "/credentials?offset=99").json["credential"] == []


def test_only_badges_given_after_a_time(
    client: FlaskClient, learner: Any, give: Callable[..., Any], clock: Any
) -> None:
    give(learner, name={"en": "Old"})
    moment = clock.now()
    clock.forward(days=1)
    give(learner, name={"en": "New"})
    program = connect(client)
    words = {"since": moment.isoformat(), "limit": "1"}
    answer = program.call("GET", "/credentials", query_string=words)
    assert [
        item["credentialSubject"]["achievement"]["name"] for item in answer.json["credential"]
    ] == ["New"]
    assert answer.headers["X-Total-Count"] == "1"
    assert "since=" in rels(answer)["first"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "offset=-1", "since=yesterday", "since=2026-01-01T00:00:00"]
)
@pytest.mark.databases("sqlite")
def test_wrong_parameter_is_named(client: FlaskClient, learner: Any, query: str) -> None:
    answer = connect(client).call("GET", f"/credentials?{query}")
    assert answer.status_code == 400
    assert minor_of(answer) == "invalid_query_parameter"
    assert query.partition("=")[0] in answer.json["imsx_description"]


@pytest.mark.databases("sqlite")
def test_errors_are_status_infos(client: FlaskClient, learner: Any) -> None:
    program = Program(client, scopes=(f"{SCOPE}profile.readonly",))
    program.register()
    program.swap(program.code())
    unknown = program.call("GET", "/profile", token="obaccess_guessed")
    assert (unknown.status_code, minor_of(unknown)) == (401, "unauthorizedrequest")
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer")
    forbidden = program.call("GET", "/credentials")
    assert (forbidden.status_code, minor_of(forbidden)) == (403, "forbidden")
    nothing = program.call("GET", "/nothing")
    assert (nothing.status_code, minor_of(nothing)) == (404, "not_found")
    wrong = program.call("DELETE", "/profile")
    assert (wrong.status_code, minor_of(wrong)) == (405, "not_allowed")


@pytest.mark.databases("sqlite")
def test_program_in_a_browser_may_ask(client: FlaskClient, learner: Any) -> None:
    asked = client.options(
        f"{API}/credentials",
        base_url=BASE,
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    answer = connect(client).call("GET", "/credentials")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]


def test_badge_that_is_sent_is_kept_byte_for_byte_and_given_back(
    node: Node,
    client: FlaskClient,
    learner: Any,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
) -> None:
    document = give(make_person()).document
    program = connect(client)
    sent = program.call("POST", "/credentials", data=document, content_type="application/json")
    assert sent.status_code == 201
    assert sent.text == document
    assert document in program.call("GET", "/credentials").text
    again = program.call(
        "POST", "/credentials", data=document, content_type="application/vc+ld+json"
    )
    assert again.status_code == 200
    assert program.call("GET", "/credentials").headers["X-Total-Count"] == "1"
    with node.reading():
        (kept,) = keeping.list_kept(node, learner.id)
        assert not kept.is_fetched


def test_badge_that_is_sent_twice_at_once_is_kept_once(
    node: Node,
    client: FlaskClient,
    learner: Any,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
) -> None:
    document = give(make_person()).document
    program = connect(client)

    def send(_number: int) -> int:
        return program.call(
            "POST", "/credentials", data=document, content_type="application/json"
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) <= {200, 201}
    with node.reading():
        assert len(keeping.list_kept(node, learner.id)) == 1


def test_there_is_an_end_to_what_programs_may_leave_here(
    client: FlaskClient,
    learner: Any,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bringing, "MOST_BADGES", 1)
    other = make_person()
    first, second = give(other).document, give(other, name={"en": "Second"}).document
    program = connect(client)
    words = {"content_type": "application/json"}
    assert program.call("POST", "/credentials", data=first, **words).status_code == 201
    answer = program.call("POST", "/credentials", data=second, **words)
    assert answer.status_code == 409
    assert "room" in answer.json["imsx_description"]
    assert program.call("POST", "/credentials", data=first, **words).status_code == 200


def test_own_badge_sent_back_is_not_there_twice(
    client: FlaskClient, learner: Any, give: Callable[..., Any]
) -> None:
    document = give(learner).document
    program = connect(client)
    sent = program.call("POST", "/credentials", data=document, content_type="application/json")
    assert sent.status_code == 200
    assert program.call("GET", "/credentials").headers["X-Total-Count"] == "1"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{}", "application/json"),
        (b"not json", "application/json"),
        (b'{"@context": [], "type": ["Profile"]}', "application/json"),
        (b"a.b.c", "text/plain"),
        (b"", "text/plain"),
        (b"\x89PNG\r\n\x1a\n", "application/json"),
        (b"{}", "image/png"),
    ],
)
@pytest.mark.databases("sqlite")
def test_what_is_no_badge_is_refused(
    client: FlaskClient, learner: Any, body: bytes, media_type: str
) -> None:
    program = connect(client)
    answer = program.call("POST", "/credentials", data=body, content_type=media_type)
    assert (answer.status_code, minor_of(answer)) == (400, "invalid_data")
    assert program.call("GET", "/credentials").headers["X-Total-Count"] == "0"


@pytest.mark.databases("sqlite")
def test_forged_badge_is_refused(
    client: FlaskClient, learner: Any, give: Callable[..., Any], make_person: Callable[..., Any]
) -> None:
    document = give(make_person()).document.replace("Robot builder", "Robot master")
    program = connect(client)
    answer = program.call("POST", "/credentials", data=document, content_type="application/json")
    assert (answer.status_code, minor_of(answer)) == (400, "invalid_data")
    assert "signature" in answer.json["imsx_description"]


def test_profile_is_the_name_alone_until_a_program_writes_one(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = connect(client)
    first = program.call("GET", "/profile").json
    assert first["name"] == "Ada Learner"
    assert first["id"].startswith("urn:uuid:")
    assert learner.id not in json.dumps(first)
    assert "ada@example.org" not in json.dumps(first)
    written = {
        "@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        "type": ["Profile"],
        "id": "https://1edtech.org/issuers/cert",
        "name": "Somebody",
        "phone": "111-222-3333",
    }
    assert program.call("PUT", "/profile", json=written).json == written
    assert program.call("GET", "/profile").json == written
    with node.reading():
        assert people.get_person(node, learner.id).display_name == "Ada Learner"
        kept = people.export(node, learner.id)["exchange"]
        assert {"profile": written} in kept
    assert "Delete this profile" in client.get("/account/tokens", base_url=BASE).text
    client.post("/account/programs/profile/forget", base_url=BASE)
    assert program.call("GET", "/profile").json == first


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b'"x"',
        b"",
        b'{"id": "urn:x:y", "type": ["Profile"]}',
        b'{"@context": [], "id": 7, "type": ["Profile"]}',
        b'{"@context": [], "id": "urn:x:y", "type": ["Profile"], "name": "a\\u0000b"}',
        b'{"@context": [], "id": "urn:x:y", "type": ["Profile"], "x": NaN}',
        b'{"@context": [], "id": "urn:x:y", "id": "urn:x:z", "type": ["Profile"]}',
        b'{"@context": [], "id": "urn:x:y", "type": ["Profile"], "x": "' + b"x" * 50_000 + b'"}',
    ],
)
def test_what_is_no_profile_is_refused(client: FlaskClient, learner: Any, body: bytes) -> None:
    answer = connect(client).call("PUT", "/profile", data=body, content_type="application/json")
    assert (answer.status_code, minor_of(answer)) == (400, "invalid_data")


def test_erasure_forgets_badges_from_elsewhere_and_the_profile(
    node: Node,
    client: FlaskClient,
    learner: Any,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
) -> None:
    document = give(make_person()).document
    program = connect(client)
    program.call("POST", "/credentials", data=document, content_type="application/json")
    program.call("PUT", "/profile", json={"@context": [], "id": "urn:x:y", "type": ["Profile"]})
    with node.reading():
        (kept,) = people.export(node, learner.id)["brought_badges"]
        assert base64.b64decode(kept["document"]).decode() == document
    with node.unit():
        people.erase(node, learner.id, actor_id=learner.id)
        assert keeping.list_kept(node, learner.id) == []
