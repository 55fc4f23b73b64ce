"""Programs register, are allowed something by a person, turn their tokens over and are stopped."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from colnode.exchange import clients, grants
from colnode.exchange.models import OAuthCode, OAuthToken
from colnode.identity import people, tokens
from colnode.node import Node
from tests.exchange.programs import ALL, API, BACK, BASE, SCOPE, Program, connect, query_of


def test_program_reads_badges_after_the_person_said_yes(
    client: FlaskClient, learner: Any, give: Callable[..., Any]
) -> None:
    give(learner)
    program = Program(client)
    answer = program.register()
    assert answer.status_code == 201
    assert answer.json["client_secret_expires_at"] == 0
    page = client.get(program.question(), base_url=BASE)
    assert page.status_code == 200
    assert "Skill Wallet" in page.text
    assert "has checked who runs it" in page.text
    assert "form-action 'self' https://app.example;" in page.headers["Content-Security-Policy"]
    back = query_of(program.answer().location)
    assert (back["state"], back["iss"]) == ("a-state", BASE)
    answer = program.swap(back["code"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["token_type"] == "Bearer"
    assert set(answer.json["scope"].split()) == set(ALL)
    assert len(program.call("GET", "/credentials").json["credential"]) == 1


def test_somebody_who_is_not_signed_in_signs_in_first(client: FlaskClient, learner: Any) -> None:
    program = Program(client)
    program.register()
    stranger = client.application.test_client()
    answer = stranger.get(program.question(), base_url=BASE)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=/oauth/authorise?") or (
        "/sign-in?next=%2Foauth%2Fauthorise" in answer.location
    )


def test_a_no_is_told_to_the_program_and_gives_nothing(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = Program(client)
    program.register()
    back = query_of(program.answer("no").location)
    assert back["error"] == "access_denied"
    assert (back["state"], back["iss"]) == ("a-state", BASE)
    with node.reading():
        assert node.db.query(OAuthCode).count() == 0
        assert grants.list_grants(node, learner.id) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
@pytest.mark.databases("sqlite")
def test_question_that_is_not_asked_right_goes_back_to_the_program(
    client: FlaskClient, learner: Any, changes: dict[str, str | None], error: str
) -> None:
    program = Program(client)
    program.register()
    answer = program.answer(**changes)
    assert answer.status_code == 302
    assert answer.location.startswith(BACK + "?")
    assert query_of(answer.location)["error"] == error
    assert query_of(answer.location)["iss"] == BASE


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": "https://app.example/back/"},
        {"redirect_uri": "https://APP.example/back"},
        {"redirect_uri": BACK + "?more=1"},
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": None},
    ],
)
@pytest.mark.databases("sqlite")
def test_nobody_is_sent_where_the_program_did_not_register(
    client: FlaskClient, learner: Any, changes: dict[str, str | None]
) -> None:
    program = Program(client)
    program.register()
    for answer in (
        program.answer(**changes),
        client.get(program.question(**changes), base_url=BASE),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
@pytest.mark.databases("sqlite")
def test_program_proves_itself_in_the_way_that_it_registered(
    client: FlaskClient, learner: Any, method: str
) -> None:
    program = Program(client, auth_method=method)
    answer = program.register()
    assert ("client_secret" in answer.json) is (method != "none")
    code = program.code()
    if method == "client_secret_post":
        assert program.swap(code, client_secret="wrong").status_code in {400, 401}
        assert program.swap(code, client_secret=program.secret).status_code == 200
        return
    other = Program(client, auth_method="none" if method != "none" else "client_secret_basic")
    other.id, other.secret, other.verifier = program.id, "guessed", program.verifier
    assert other.swap(code).status_code in {400, 401}
    assert program.swap(code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "a" * 43},
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": None},
    ],
)
@pytest.mark.databases("sqlite")
def test_code_alone_is_worth_nothing(
    client: FlaskClient, learner: Any, changes: dict[str, str | None]
) -> None:
    program = Program(client)
    program.register()
    code = program.code()
    assert program.swap(code, **changes).status_code == 400
    assert program.swap("guessed").status_code == 400
    assert program.swap(code).status_code == 200


def test_code_of_another_program_is_refused(client: FlaskClient, learner: Any) -> None:
    program, thief = Program(client), Program(client)
    program.register()
    thief.register()
    thief.verifier = program.verifier
    code = program.code()
    assert thief.swap(code).json["error"] == "invalid_grant"
    assert program.swap(code).status_code == 200


def test_code_ends_after_five_minutes(client: FlaskClient, learner: Any, clock: Any) -> None:
    program = Program(client)
    program.register()
    code = program.code()
    clock.forward(minutes=5)
    assert program.swap(code).json["error"] == "invalid_grant"


def test_code_that_is_used_twice_ends_everything_that_it_gave(
    client: FlaskClient, learner: Any
) -> None:
    program = Program(client)
    program.register()
    code = program.code()
    program.swap(code)
    assert program.call("GET", "/profile").status_code == 200
    assert program.swap(code).json["error"] == "invalid_grant"
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 400


def test_refreshing_turns_both_tokens_over(client: FlaskClient, learner: Any, clock: Any) -> None:
    program = connect(client)
    old = dict(program.tokens)
    clock.forward(hours=1)
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 200
    assert program.tokens["access_token"] != old["access_token"]
    assert program.tokens["refresh_token"] != old["refresh_token"]
    assert program.call("GET", "/profile").status_code == 200


def test_refresh_token_that_is_used_twice_ends_everything(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = connect(client)
    stolen = program.tokens["refresh_token"]
    assert program.refresh().status_code == 200
    assert program.call("GET", "/profile").status_code == 200
    assert program.refresh(stolen).json["error"] == "invalid_grant"
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 400
    with node.reading():
        assert grants.list_grants(node, learner.id) == []
        assert node.db.query(OAuthToken).count() == 0


def test_refresh_token_of_another_program_ends_nothing(client: FlaskClient, learner: Any) -> None:
    program, thief = connect(client), Program(client)
    thief.register()
    old = program.tokens["refresh_token"]
    program.refresh()
    assert thief.refresh(old).status_code == 400
    assert thief.refresh(program.tokens["refresh_token"]).status_code == 400
    assert program.refresh().status_code == 200


def test_refresh_may_ask_for_less_and_never_for_more(client: FlaskClient, learner: Any) -> None:
    program = Program(client)
    program.register()
    program.swap(program.code(scope=f"{SCOPE}profile.readonly {SCOPE}credential.readonly"))
    assert program.refresh(scope=f"{SCOPE}profile.update").json["error"] == "invalid_scope"
    assert program.refresh(scope=f"{SCOPE}profile.readonly").status_code == 200
    assert program.call("GET", "/profile").status_code == 200
    assert program.call("GET", "/credentials").status_code == 403


def test_refresh_token_ends_after_ninety_days(
    client: FlaskClient, learner: Any, clock: Any
) -> None:
    program = connect(client)
    clock.forward(days=90)
    assert program.refresh().json["error"] == "invalid_grant"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_program_gives_its_token_back(client: FlaskClient, learner: Any, which: str) -> None:
    program, other = connect(client), Program(client)
    other.register()
    assert other.revoke(program.tokens[which]).status_code == 400
    assert program.call("GET", "/profile").status_code == 200
    assert program.revoke(program.tokens[which]).status_code == 200
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 400
    assert program.revoke(program.tokens[which]).status_code == 200


def test_person_sees_programs_and_stops_one(
    client: FlaskClient, learner: Any, make_person: Callable[..., Any], sign_in: Callable[..., None]
) -> None:
    program = connect(client)
    page = client.get("/account/tokens", base_url=BASE).text
    assert "Skill Wallet" in page
    assert "sees your badges" in page
    grant_id = page.split("/account/programs/")[1].split("/stop")[0]
    stranger = client.application.test_client()
    sign_in(stranger, make_person())
    path = f"/account/programs/{grant_id}/stop"
    assert stranger.post(path, base_url=BASE).status_code == 404
    assert program.call("GET", "/profile").status_code == 200
    assert client.post(path, base_url=BASE).status_code == 302
    assert program.call("GET", "/profile").status_code == 401
    assert "Skill Wallet" not in client.get("/account/tokens", base_url=BASE).text


def test_allowing_the_same_program_again_replaces_what_it_had(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = connect(client)
    first = program.tokens["access_token"]
    program.swap(program.code(scope=f"{SCOPE}profile.readonly"))
    assert program.call("GET", "/profile", token=first).status_code == 401
    with node.reading():
        (allowed,) = grants.list_grants(node, learner.id)
        assert allowed.grant.scopes == [f"{SCOPE}profile.readonly"]


def test_access_token_opens_nothing_but_its_scopes(client: FlaskClient, learner: Any) -> None:
    program = Program(client, scopes=(f"{SCOPE}credential.readonly",))
    program.register()
    program.swap(program.code())
    assert program.call("GET", "/credentials").status_code == 200
    assert program.call("GET", "/profile").status_code == 403
    assert program.call("PUT", "/profile", json={}).status_code == 403
    assert program.call("POST", "/credentials", data=b"x").status_code == 403
    bearer = {"Authorization": f"Bearer {program.tokens['access_token']}"}
    for path in ("/api/v1/me", "/api/v1/me/credentials", "/account"):
        answer = program.wire.get(path, headers=bearer, base_url=BASE)
        assert answer.status_code in {401, 403}, path


def test_session_cookie_does_not_open_the_api(client: FlaskClient, learner: Any) -> None:
    assert client.get(f"{API}/credentials", base_url=BASE).status_code == 401


def test_secrets_are_kept_as_digests_alone(node: Node, client: FlaskClient, learner: Any) -> None:
    program = Program(client)
    program.register()
    code = program.code()
    program.swap(code)
    secrets = {code, program.secret, *program.tokens.values()}
    with node.reading():
        rows = [*node.db.query(OAuthCode), *node.db.query(OAuthToken)]
        rows.append(clients.find(node, program.id))  # type: ignore[arg-type]
        kept = {str(value) for row in rows for value in vars(row).values()}
    assert kept & secrets == set()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/back#part"]}, "invalid_client_metadata"),
        ({"redirect_uris": ["https://me:pw@app.example/back"]}, "invalid_client_metadata"),
        ({"redirect_uris": ["https://app.example/;x y"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example;frame-ancestors/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["com.example.app:/back"]}, "invalid_client_metadata"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_client_metadata"),
        ({"redirect_uris": BACK}, "invalid_client_metadata"),
        ({"redirect_uris": [7]}, "invalid_client_metadata"),
        ({"client_name": None}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": "Skill\u202eWallet"}, "invalid_client_metadata"),
        ({"client_uri": "http://app.example"}, "invalid_client_metadata"),
        ({"scope": "everything"}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ],
)
@pytest.mark.databases("sqlite")
def test_program_that_describes_itself_wrongly_is_not_registered(
    client: FlaskClient, changes: dict[str, Any], error: str
) -> None:
    answer = Program(client).register(**changes)
    assert (answer.status_code, answer.json["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"7", b"null", b"{", b'{"client_name": {}}'])
@pytest.mark.databases("sqlite")
def test_registration_of_anything_but_an_object_is_a_plain_refusal(
    client: FlaskClient, body: bytes
) -> None:
    answer = client.post(
        f"{API}/oauth/register", data=body, content_type="application/json", base_url=BASE
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3999/back", "http://localhost/back", "http://[::1]:7/back"]
)
@pytest.mark.databases("sqlite")
def test_program_on_the_persons_own_machine_may_be_reached_over_http(
    client: FlaskClient, url: str
) -> None:
    assert Program(client).register(redirect_uris=[url]).status_code == 201


def test_registering_is_slowed_down(client: FlaskClient) -> None:
    program = Program(client)
    answers = [program.register().status_code for _number in range(25)]
    assert set(answers[:20]) == {201}
    assert answers[-1] == 429
    limited = program.register()
    assert int(limited.headers["Retry-After"]) > 0
    assert (
        limited.json["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        == "server_busy"
    )


def test_unused_programs_and_old_tokens_are_swept(
    node: Node, client: FlaskClient, learner: Any, clock: Any, run_jobs: Callable[..., int]
) -> None:
    program, unused = connect(client), Program(client)
    unused.register()
    clock.forward(days=31)
    run_jobs(node)
    with node.reading():
        assert clients.find(node, unused.id) is None
        assert clients.find(node, program.id) is not None
        assert node.db.query(OAuthCode).count() == 0
    clock.forward(days=60)
    run_jobs(node)
    clock.forward(days=1)
    run_jobs(node)
    with node.reading():
        assert grants.list_grants(node, learner.id) == []
        assert clients.find(node, program.id) is None


def test_export_names_programs_and_erasure_ends_them(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = connect(client)
    with node.reading():
        kept = people.export(node, learner.id)["exchange"]
        assert [item["program"] for item in kept] == ["Skill Wallet"]
        assert program.tokens["access_token"] not in json.dumps(kept)
    with node.unit():
        people.erase(node, learner.id, actor_id=learner.id)
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 400


def test_suspended_person_is_shut_out_with_their_programs(
    node: Node, client: FlaskClient, learner: Any, make_person: Callable[..., Any]
) -> None:
    program = connect(client)
    admin = make_person(is_admin=True)
    with node.unit():
        people.suspend(node, learner.id, actor_id=admin.id, reason="Asked to.")
    assert program.call("GET", "/profile").status_code == 401
    assert program.refresh().status_code == 400


def test_other_software_finds_the_endpoints(client: FlaskClient) -> None:
    metadata = client.get("/.well-known/oauth-authorization-server", base_url=BASE).json
    assert metadata["issuer"] == BASE
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    discovery = client.get(f"{API}/discovery", base_url=BASE)
    assert discovery.headers["Access-Control-Allow-Origin"] == "*"
    scheme = discovery.json["components"]["securitySchemes"]["OAuth2ACG"]
    flow = scheme["flows"]["authorizationCode"]
    assert flow["tokenUrl"] == flow["refreshUrl"] == metadata["token_endpoint"]
    assert (
        flow["authorizationUrl"] == metadata["authorization_endpoint"] == f"{BASE}/oauth/authorise"
    )
    assert scheme["x-imssf-registrationUrl"] == metadata["registration_endpoint"]
    assert set(ALL) <= set(flow["scopes"])
    assert discovery.json["info"]["x-imssf-privacyPolicyUrl"] == f"{BASE}/privacy"


def test_persons_own_script_lists_and_stops_programs(
    node: Node, client: FlaskClient, learner: Any
) -> None:
    program = connect(client)
    with node.unit():
        token = tokens.create(node, learner.id, label="script", scopes=["account.use"])
    bearer = {"Authorization": f"Bearer {token}"}
    (item,) = program.wire.get("/api/v1/me/programs", headers=bearer, base_url=BASE).json["items"]
    assert (item["name"], item["url"]) == ("Skill Wallet", "https://app.example")
    path = f"/api/v1/me/programs/{item['id']}/stop"
    assert program.wire.post(path, headers=bearer, base_url=BASE).status_code == 204
    assert program.call("GET", "/profile").status_code == 401


@pytest.mark.parametrize("what", ["code", "refresh"])
def test_of_two_at_once_one_wins_and_the_grant_ends(
    node: Node, client: FlaskClient, learner: Any, what: str
) -> None:
    program = Program(client)
    program.register()
    code = program.code()
    if what == "refresh":
        program.swap(code)
    old = program.tokens.get("refresh_token")

    def use(_number: int) -> int:
        twin = Program(client)
        twin.id, twin.secret, twin.verifier = program.id, program.secret, program.verifier
        return (twin.refresh(old) if old else twin.swap(code)).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(use, range(4)))
    assert answers == [200, 400, 400, 400]
    with node.reading():
        assert grants.list_grants(node, learner.id) == []
        assert node.db.query(OAuthToken).count() == 0
