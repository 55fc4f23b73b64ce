"""A person brings badges from another city: two real nodes over real HTTP, and lying sites."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from colnode.app import create_app
from colnode.badges import issuing, passport
from colnode.exchange import carrying, grants, keeping
from colnode.exchange.models import OAuthToken, OutsideSite, OutsideVisit
from colnode.exchange.sites import API
from colnode.identity import people, sessions, tokens
from colnode.node import Node
from colnode.web.auth import SESSION_COOKIE
from tests.exchange.programs import query_of

START = "/my-badges/from-another-site"


class Traveller:
    """One person with an account in one city, in a browser of their own."""

    def __init__(self, city: Node, person: Any) -> None:
        app = create_app(node=city)
        app.config["WTF_CSRF_ENABLED"] = False
        self.city, self.person, self.browser = city, person, app.test_client()
        self.base = city.config.server.base_url
        with city.unit():
            token = sessions.start(city, person.id, user_agent="test")
        domain = urlsplit(self.base).hostname or ""
        self.browser.set_cookie(SESSION_COOKIE, token, domain=domain)

    def get(self, path: str) -> Any:
        return self.browser.get(path.removeprefix(self.base), base_url=self.base)

    def post(self, path: str, **form: str) -> Any:
        return self.browser.post(path.removeprefix(self.base), data=form, base_url=self.base)


@pytest.fixture
def at_home(two_nodes: tuple[Node, Node], make_person: Callable[..., Any]) -> Traveller:
    """Ada in Northport, where she brings her badges to."""
    city = two_nodes[0]
    return Traveller(city, make_person("ada@example.org", on=city))


@pytest.fixture
def abroad(two_nodes: tuple[Node, Node], make_person: Callable[..., Any]) -> Traveller:
    """Ada in Southport, where she earned them."""
    city = two_nodes[1]
    return Traveller(city, make_person("ada@school.example", on=city))


def travel(home: Traveller, away: Traveller, answer: str = "yes") -> Any:
    """Go there, answer there, come back; what the home city says then."""
    left = home.post(START, address=away.base)
    assert left.status_code == 303
    assert away.get(left.location).status_code == 200
    answered = away.post(left.location, answer=answer)
    assert answered.status_code == 302
    return home.get(answered.location)


def test_badges_follow_their_owner_to_another_city(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    make_achievement: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    given = {
        give(abroad.person, on=away, name={"en": f"B{number}"}).document for number in range(3)
    }
    page = at_home.get(f"{START}?address={abroad.base.removeprefix('http://')}")
    assert page.status_code in {200, 503, 502}
    page = at_home.get(f"{START}?address={abroad.base}")
    assert page.status_code == 200
    assert "Southport" in page.text
    assert f"form-action 'self' {abroad.base};" in page.headers["Content-Security-Policy"]
    back = travel(at_home, abroad)
    assert back.status_code == 302
    assert "on their way" in at_home.get(back.location).text
    with away.reading():
        assert len(grants.list_grants(away, abroad.person.id)) == 1
    run_jobs(home)
    page = at_home.get(back.location).text
    assert "3 badges are new here" in page
    assert "There you are called Ada Learner." in page
    with home.reading():
        kept = keeping.list_kept(home, at_home.person.id)
        assert {json.dumps(json.loads(item.document), sort_keys=True) for item in kept} == {
            json.dumps(json.loads(document), sort_keys=True) for document in given
        }
        assert all(item.is_fetched for item in kept)
        visit = home.db.query(OutsideVisit).one()
        assert visit.sealed_secrets is None
    with away.reading():  # the key was given back
        assert grants.list_grants(away, abroad.person.id) == []
        assert away.db.query(OAuthToken).count() == 0


def test_second_time_only_new_badges_come_and_nothing_registers_again(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    give(abroad.person, on=away, name={"en": "One"})
    travel(at_home, abroad)
    run_jobs(home)
    give(abroad.person, on=away, name={"en": "Two"})
    with home.reading():
        client_id = home.db.query(OutsideSite).one().client_id
    back = travel(at_home, abroad)
    run_jobs(home)
    page = at_home.get(back.location).text
    assert "One badge is new here" in page
    assert "One badge was here already" in page
    with home.reading():
        assert home.db.query(OutsideSite).one().client_id == client_id


@pytest.mark.databases("sqlite")
def test_more_badges_than_a_page_all_come(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    make_achievement: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    made = make_achievement(on=away)
    with away.unit():
        for _number in range(60):
            issuing.issue(away, made.id, person_id=abroad.person.id)
    travel(at_home, abroad)
    run_jobs(home)
    with home.reading():
        assert len(keeping.list_kept(home, at_home.person.id)) == 60
        assert home.db.query(OutsideVisit).one().total == 60


def test_no_there_is_told_here(
    two_nodes: tuple[Node, Node], at_home: Traveller, abroad: Traveller
) -> None:
    answer = travel(at_home, abroad, "no")
    assert answer.status_code == 409
    assert "or you said no there" in answer.text


def test_answer_counts_once_and_for_the_person_who_asked(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    make_person: Callable[..., Any],
    clock: Any,
) -> None:
    home, _away = two_nodes
    left = at_home.post(START, address=abroad.base)
    back = abroad.post(left.location, answer="yes").location
    other = Traveller(home, make_person("eve@example.org", on=home))
    assert other.get(back).status_code == 410
    assert at_home.get(back.replace("state=", "state=x")).status_code == 410
    assert at_home.get(back).status_code == 302
    assert at_home.get(back).status_code == 410


def test_answer_after_half_an_hour_is_too_late(
    at_home: Traveller, abroad: Traveller, clock: Any
) -> None:
    left = at_home.post(START, address=abroad.base)
    back = abroad.post(left.location, answer="yes").location
    clock.forward(minutes=30)
    assert at_home.get(back).status_code == 410


def test_answer_of_another_issuer_is_refused(at_home: Traveller, abroad: Traveller) -> None:
    left = at_home.post(START, address=abroad.base)
    back = abroad.post(left.location, answer="yes").location
    assert query_of(back)["iss"] == abroad.base
    changed = back.replace("iss=" + back.split("iss=")[1].split("&")[0], "iss=https://evil.example")
    assert at_home.get(changed).status_code == 502


def test_own_address_is_no_other_site(at_home: Traveller) -> None:
    answer = at_home.get(f"{START}?address={at_home.base}")
    assert answer.status_code == 409
    assert "the address of this site" in answer.text


def send(home: Traveller, away: Traveller, address: str) -> Any:
    """Send a badge of the home city's to the other one."""
    path = f"/credentials/{address}/send"
    page = home.get(f"{path}?address={away.base}")
    assert f"form-action 'self' {away.base};" in page.headers["Content-Security-Policy"]
    left = home.post(path, address=away.base)
    assert left.status_code == 303
    question = away.get(left.location).text
    assert "Add badges to yours" in question
    assert "See all your badges" not in question
    return home.get(away.post(left.location, answer="yes").location)


def test_badge_is_sent_to_another_city(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    sent = give(at_home.person, on=home, name={"en": "One"})
    give(at_home.person, on=home, name={"en": "Two"})
    back = send(at_home, abroad, sent.address)
    run_jobs(home)
    assert "The badge is there now." in at_home.get(back.location).text
    with away.reading():
        (kept,) = keeping.list_kept(away, abroad.person.id)
        assert (kept.document, kept.is_fetched) == (sent.document, False)
        assert grants.list_grants(away, abroad.person.id) == []
    back = send(at_home, abroad, sent.address)
    run_jobs(home)
    assert "was there already" in at_home.get(back.location).text
    with home.reading():
        assert keeping.list_kept(home, at_home.person.id) == []


def test_only_ones_own_badge_can_be_sent(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
) -> None:
    home, _away = two_nodes
    owner = make_person(on=home)
    credential = give(owner, on=home)
    with home.unit():
        passport.share(home, credential.address, person_id=owner.id)
    path = f"/credentials/{credential.address}/send"
    assert at_home.get(path).status_code == 404
    assert at_home.post(path, address=abroad.base).status_code == 404


def test_visits_are_exported_and_erased(
    two_nodes: tuple[Node, Node], at_home: Traveller, abroad: Traveller
) -> None:
    home, _away = two_nodes
    back = travel(at_home, abroad)
    with home.reading():
        (item,) = people.export(home, at_home.person.id)["exchange"]
        assert item["site"] == abroad.base
    with home.unit():
        people.erase(home, at_home.person.id, actor_id=at_home.person.id)
        assert home.db.query(OutsideVisit).count() == 0
    visit_id = back.location.rpartition("/")[2]
    with home.reading():
        carrying.carry(home, visit_id)  # a job that is late finds nothing to do


def test_person_who_is_erased_while_badges_come_gets_none(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    give(abroad.person, on=away)
    travel(at_home, abroad)
    check = keeping.check

    def checked_too_late(node: Node, document: bytes) -> Any:
        found = check(node, document)
        threading.Thread(target=erase).start()
        erased.wait(20)
        return found

    def erase() -> None:
        with home.unit():
            people.erase(home, at_home.person.id, actor_id=at_home.person.id)
        erased.set()

    erased = threading.Event()
    monkeypatch.setattr(keeping, "check", checked_too_late)
    run_jobs(home)
    assert erased.is_set()
    with home.reading():
        assert keeping.list_kept(home, at_home.person.id) == []
    with away.reading():
        assert grants.list_grants(away, abroad.person.id) == []


class Lying:
    """A site that answers what a test puts here, by path; counts how often it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                path = urlsplit(self.path).path
                site.asked.append(path)
                status, body = site.answers.get(path, (404, {}))
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in site.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _answer

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def be_honest(self) -> None:
        """Describe and register like a good site, without a badge."""
        flow = {"authorizationUrl": f"{self.base}/ask", "tokenUrl": f"{self.base}/token"}
        scheme = {
            "x-imssf-registrationUrl": f"{self.base}/register",
            "flows": {"authorizationCode": flow},
        }
        self.answers[f"{API}/discovery"] = (
            200,
            {
                "info": {"title": "Liar"},
                "components": {"securitySchemes": {"OAuth2ACG": scheme}},
            },
        )
        self.answers["/register"] = 201, {"client_id": "me", "client_secret": "s"}
        self.answers["/token"] = 200, {"access_token": "t", "token_type": "Bearer"}
        self.answers[f"{API}/credentials"] = 200, {"credential": [], "compactJwsString": []}


@pytest.fixture
def liar() -> Iterator[Lying]:
    """A site under the test's hand."""
    site = Lying()
    site.be_honest()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def visitor(client: FlaskClient, learner: Any) -> FlaskClient:
    """Ada at home, in one city."""
    return client


def go(visitor: FlaskClient, liar: Lying) -> Any:
    """Leave for the lying site and come back with a code."""
    base = "http://localhost:8000"
    left = visitor.post(START, data={"address": liar.base}, base_url=base)
    if left.status_code != 303:
        return left
    state = query_of(left.location)["state"]
    return visitor.get(f"{START}/back?code=c&state={state}", base_url=base)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"{API}/discovery", (200, b"<html>")),
        (f"{API}/discovery", (200, b"[]")),
        (f"{API}/discovery", (200, b'{"a": 1, "a": 2}')),
        (f"{API}/discovery", (200, b"[" * 100_000)),
        (f"{API}/discovery", (200, b" " * 600_000)),
        (f"{API}/discovery", (200, {"components": 7})),
        (f"{API}/discovery", (404, {})),
        (f"{API}/discovery", (302, {})),
        ("/register", (500, {})),
        ("/register", (201, {"client_id": 7})),
        ("/register", (201, {"client_id": "\u202e"})),
        ("/register", (201, b"x")),
        ("/token", (200, {"access_token": {"x": 1}})),
        ("/token", (200, {"access_token": "a\r\nCookie: b"})),
        ("/token", (200, b"[]")),
        ("/token", (200, b"not json")),
        ("/token", (400, {"error": "invalid_grant", "error_description": "<b>"})),
        ("/token", (500, b"")),
        ("/token", (307, {})),
    ],
)
@pytest.mark.databases("sqlite")
def test_lying_site_gets_a_plain_refusal(
    node: Node, visitor: FlaskClient, learner: Any, liar: Lying, path: str, answer: Any
) -> None:
    liar.answers[path] = answer
    if answer[0] in {302, 307}:
        liar.headers["Location"] = "http://169.254.169.254/latest"
    said = go(visitor, liar)
    assert said.status_code in {409, 413, 502, 503}
    assert "<b>" not in said.text
    with node.reading():
        assert keeping.list_kept(node, learner.id) == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.example/ask",
        "https://me@evil.example/",
        "https://evil.example/ask; script-src *",
        "https://evil.example/\r\nSet-Cookie: x",
        "file:///etc/passwd",
        7,
        None,
    ],
)
@pytest.mark.databases("sqlite")
def test_nobody_is_sent_to_an_address_that_is_none(
    visitor: FlaskClient, liar: Lying, url: Any
) -> None:
    description = liar.answers[f"{API}/discovery"][1]
    scheme = description["components"]["securitySchemes"]["OAuth2ACG"]
    scheme["flows"]["authorizationCode"]["authorizationUrl"] = url
    answer = visitor.get(f"{START}?address={liar.base}", base_url="http://localhost:8000")
    assert answer.status_code == 502
    assert "evil.example" not in answer.headers["Content-Security-Policy"]


@pytest.mark.databases("sqlite")
def test_inner_addresses_are_not_asked(node: Node, visitor: FlaskClient, liar: Lying) -> None:
    description = liar.answers[f"{API}/discovery"][1]
    scheme = description["components"]["securitySchemes"]["OAuth2ACG"]
    scheme["x-imssf-registrationUrl"] = "https://169.254.169.254/latest"
    answer = go(visitor, liar)
    assert answer.status_code == 502
    assert "not on the public internet" in answer.text


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"credential": [{"type": "nonsense"}, 7, None], "compactJwsString": ["a.b.c", 3]}, 2),
        ({"credential": "x"}, None),
        (b"nonsense", None),
    ],
)
@pytest.mark.databases("sqlite")
def test_pages_that_are_none_keep_nothing(
    node: Node,
    visitor: FlaskClient,
    learner: Any,
    liar: Lying,
    run_jobs: Callable[..., int],
    body: Any,
    refused: int | None,
) -> None:
    liar.answers[f"{API}/credentials"] = 200, body
    liar.headers["X-Total-Count"] = "999999"
    liar.headers["Link"] = '<https://evil.example/>; rel="next"'
    back = go(visitor, liar)
    assert back.status_code == 302
    run_jobs(node)
    page = visitor.get(back.location, base_url="http://localhost:8000").text
    assert ("were not taken" in page) is (refused is not None)
    assert ("did not work" in page) is (refused is None)
    with node.reading():
        visit = node.db.query(OutsideVisit).one()
        assert visit.refused == (refused or 0)
        assert visit.sealed_secrets is None
        assert keeping.list_kept(node, learner.id) == []
    assert liar.asked.count(f"{API}/credentials") <= 2  # the same page twice ends it


@pytest.mark.databases("sqlite")
def test_somebody_elses_badges_are_no_proof(
    node: Node,
    visitor: FlaskClient,
    learner: Any,
    liar: Lying,
    give: Callable[..., Any],
    make_person: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    document = json.loads(give(make_person()).document)
    liar.answers[f"{API}/credentials"] = 200, {"credential": [document]}
    go(visitor, liar)
    run_jobs(node)
    with node.reading():
        (kept,) = keeping.list_kept(node, learner.id)
        assert not kept.is_fetched


def test_a_visit_starts_over_the_api_and_goes_on_in_the_browser(
    two_nodes: tuple[Node, Node],
    at_home: Traveller,
    abroad: Traveller,
    give: Callable[..., Any],
    run_jobs: Callable[..., int],
) -> None:
    home, away = two_nodes
    give(abroad.person, on=away)
    with home.unit():
        token = tokens.create(home, at_home.person.id, label="x", scopes=("account.use",))
    headers = {"Authorization": f"Bearer {token}"}

    def api(method: str, path: str, body: Any = None) -> Any:
        path = f"/api/v1/me/visits{path}"
        return at_home.browser.open(
            path, method=method, json=body, headers=headers, base_url=at_home.base
        )

    started = api("POST", "", {"address": abroad.base})
    assert started.status_code == 201, started.text
    url = started.json["authorisation_url"]
    assert url.startswith(f"{abroad.base}/oauth/authorise?")
    assert api("GET", "").json == {"items": []}
    back = at_home.get(abroad.post(url, answer="yes").location)
    (visit,) = api("GET", "").json["items"]
    assert back.location.endswith(visit["id"])
    assert visit["state"] == "fetching"
    run_jobs(home)
    done = api("GET", f"/{visit['id']}").json
    assert (done["state"], done["kept"], done["problem"]) == ("done", 1, None)
    assert api("GET", "/0").status_code == 404
    assert api("POST", "", {"address": "nowhere"}).status_code >= 400
