"""My badges with what comes from elsewhere: pages and API, as people and programs use them."""

import base64
import io
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import bringing, issuing, stamps
from colnode.badges.models import Achievement, Credential
from colnode.identity import people, tokens
from colnode.node import Node
from tests.badges.test_bringing import EMAIL, SITE, assertion, packed, publish
from tests.web.checking import KnownPages

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Person

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""


@pytest.fixture
def kai(node: Node, make_person: "Callable[..., Person]") -> "Person":
    """An adult learner."""
    person = make_person(EMAIL, display_name="Kai Lange")
    with node.unit():
        people.edit_person(
            node, person.id, display_name="Kai Lange", language="en", birth_year=1990
        )
    return person


@pytest.fixture
def credential(
    node: Node, kai: "Person", make_achievement: Callable[..., Achievement]
) -> Credential:
    """A badge that Kai earned here."""
    achievement = make_achievement()
    with node.unit():
        return issuing.issue(node, achievement.id, person_id=kai.id)


@pytest.fixture
def own(
    client: "FlaskClient", kai: "Person", sign_in: "Callable[[FlaskClient, Person], None]"
) -> "FlaskClient":
    """Kai's browser."""
    sign_in(client, kai)
    return client


@pytest.fixture
def api(node: Node, client: "FlaskClient", kai: "Person") -> Callable[..., Any]:
    """The API with a token of Kai's: api("GET", "/me/stamps")."""
    with node.unit():
        made = tokens.create(node, kai.id, label="test", scopes=("account.use",))
    token = made if isinstance(made, str) else made[0]

    def call(method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return call


def test_a_file_is_brought_in_checked_and_shown(
    node: Node, own: "FlaskClient", web: KnownPages, run_jobs: Callable[[Node], int]
) -> None:
    document = publish(web, assertion())
    assert "Put the badge here" in own.get("/my-badges/bring-in").text
    sent = {"file": (io.BytesIO(document), "badge.json")}
    answer = own.post("/my-badges/bring-in", data=sent, follow_redirects=True)
    assert "This badge is being checked" in answer.text
    run_jobs(node)
    page = own.get(answer.request.path).text
    assert "This badge is real, unchanged and valid today." in page
    assert "It is yours: it names an e-mail address" in page
    assert "Only you see this badge." in page
    passport = own.get("/my-badges").text
    assert "Knot tyer" in passport
    assert "Sea Scouts" in passport
    loaded = own.get(answer.request.path + "/document")
    assert loaded.data == document
    assert loaded.headers["Content-Disposition"].startswith("attachment")
    assert own.get(answer.request.path + "/picture").content_type.startswith("image/svg+xml")


def test_somebody_elses_badge_has_a_band_that_says_unproven(
    node: Node, own: "FlaskClient", web: KnownPages, run_jobs: Callable[[Node], int]
) -> None:
    other = {"type": "email", "hashed": False, "identity": "mo@example.org"}
    text = publish(web, assertion(recipient=other)).decode()
    answer = own.post("/my-badges/bring-in", data={"text": text})
    run_jobs(node)
    page = own.get(answer.headers["Location"]).text
    assert '<span class="stamp-band">Unproven</span>' in page
    assert "Add that address to your account." in page
    assert '<span class="stamp-band">Unproven</span>' in own.get("/my-badges").text


def test_an_address_is_looked_at_before_it_is_brought_in(
    own: "FlaskClient", web: KnownPages, node: Node, kai: "Person"
) -> None:
    publish(web, assertion())
    seen = own.post("/my-badges/bring-in/look", data={"url": f"{SITE}/a/1.json"}).text
    assert "Is this the badge?" in seen
    with node.reading():
        assert stamps.list_stamps(node, kai.id) == []
    carried = re.search(r'name="carried" value="([^"]*)"', seen)
    assert carried is not None
    sent = {"carried": carried.group(1), "source_url": f"{SITE}/a/1.json"}
    answer = own.post("/my-badges/bring-in", data=sent, follow_redirects=True)
    assert f"{SITE}/a/1.json" in answer.text
    for wrong in ("badges.example", f"{SITE}/nothing"):
        again = own.post("/my-badges/bring-in/look", data={"url": wrong})
        assert again.status_code >= 400
        assert wrong in again.text


def test_a_zip_leads_to_a_result_for_each_file(own: "FlaskClient", web: KnownPages) -> None:
    archive = packed(**{"a.json": publish(web, assertion()), "b.txt": b"no"})
    sent = {"file": (io.BytesIO(archive), "all.zip")}
    page = own.post("/my-badges/bring-in", data=sent).text
    assert "One new badge" in page
    assert "not brought in" in page


@pytest.mark.parametrize("sent", [{}, {"text": "hello"}, {"carried": "%%%"}])
def test_what_is_no_badge_is_answered_with_the_form(
    sent: dict[str, str], own: "FlaskClient"
) -> None:
    answer = own.post("/my-badges/bring-in", data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert sent.get("text", "") in answer.text


def test_sharing_hiding_and_removing_by_buttons(
    node: Node, own: "FlaskClient", kai: "Person", web: KnownPages, credential: Credential
) -> None:
    with node.unit():
        document = publish(web, assertion())
        badge = bringing.bring_in(node, person_id=kai.id, document=document)
    stranger = own.application.test_client()
    page = f"/brought/{badge.address}"
    visibility = f"/my-badges/{badge.address}/visibility"
    for path in (page, f"{page}/document", f"{page}/picture"):
        assert stranger.get(path).status_code == 404
    own.post(visibility, data={"visibility": "link"})
    seen = stranger.get(page)
    assert seen.status_code == 200
    assert seen.headers["X-Robots-Tag"] == "noindex"
    assert "Kai" not in seen.text
    assert own.post(visibility, data={"visibility": "public"}).status_code == 409
    own.post(f"/my-badges/{credential.address}/hide")
    assert "Robot builder" not in own.get("/my-badges").text
    assert "Robot builder" in own.get("/my-badges/hidden").text
    own.post(f"/my-badges/{credential.address}/show")
    assert "Robot builder" in own.get("/my-badges").text
    own.post(visibility, data={"visibility": "private"})
    assert stranger.get(page).status_code == 404
    assert "Remove “" in own.get(f"{page}/remove").text
    own.post(f"{page}/remove")
    assert own.get(page).status_code == 404


def test_a_collection_is_made_ordered_shared_and_deleted(
    own: "FlaskClient", credential: Credential, web: KnownPages, node: Node, kai: "Person"
) -> None:
    with node.unit():
        badge = bringing.bring_in(
            node, person_id=kai.id, document=publish(web, assertion(badge={"name": "Knots"}))
        )
    assert "Knots" in own.get("/my-badges/collections/new").text
    empty = own.post("/my-badges/collections/new", data={"title": "", "text": "Kept"})
    assert empty.status_code == 422
    assert "Kept" in empty.text
    form = {
        "title": "For school",
        "text": "Look.",
        "badge": [badge.address, credential.address],
        f"place.{badge.address}": "2",
        f"place.{credential.address}": "1",
    }
    made = own.post("/my-badges/collections/new", data=form)
    path = made.headers["Location"]
    page = own.get(path).text
    assert page.index("Robot builder") < page.index("Knots")
    assert "For school" in own.get("/my-badges").text
    stranger = own.application.test_client()
    assert stranger.get(path).status_code == 404
    own.post(f"{path}/share")
    assert "shares none" in stranger.get(path).text
    own.post(f"{path}/share", data={"with_badges": "1"})
    assert "Robot builder" in stranger.get(path).text
    own.post(f"{path}/edit", data={"title": "For work", "badge": [badge.address]})
    assert "Robot builder" not in stranger.get(path).text
    own.post(f"{path}/unshare")
    assert stranger.get(path).status_code == 404
    assert "Delete “For work”?" in own.get(f"{path}/delete").text
    own.post(f"{path}/delete")
    assert own.get(path).status_code == 404


def test_a_public_page_is_opened_filled_and_closed(
    own: "FlaskClient", credential: Credential, node: Node, kai: "Person"
) -> None:
    own.post("/my-badges/public-page", data={"text": "Hello there."})
    own.post(f"/my-badges/{credential.address}/visibility", data={"visibility": "public"})
    settings = own.get("/my-badges/public-page").text
    found = re.search(r'href="(/people/[^"]+)"', settings)
    assert found is not None
    stranger = own.application.test_client()
    seen = stranger.get(found.group(1))
    assert seen.headers["X-Robots-Tag"] == "noindex"
    for words in ("Kai Lange", "Hello there.", "Robot builder"):
        assert words in seen.text
    own.post("/my-badges/public-page", data={"close": "1"})
    assert stranger.get(found.group(1)).status_code == 404
    with node.unit():
        people.edit_person(node, kai.id, display_name="Kai", language="en", birth_year=2015)
    assert own.post("/my-badges/public-page", data={"text": "x"}).status_code == 409
    assert "A public page is for adults" in own.get("/my-badges/public-page").text


def test_the_api_does_what_the_pages_do(
    api: Callable[..., Any], web: KnownPages, node: Node, run_jobs: Callable[[Node], int],
    credential: Credential,
) -> None:  # fmt: skip
    document = publish(web, assertion())
    made = api("POST", "/me/brought", {"badge": json.loads(document)})
    assert made.status_code == 201, made.text
    address = made.json["stamp"]["address"]
    run_jobs(node)
    item = api("GET", f"/me/brought/{address}").json
    assert (item["outcome"], item["stamp"]["proof"]) == ("valid", "email")
    assert json.loads(base64.b64decode(item["document"])) == json.loads(document)
    again = {"file": base64.b64encode(base64.b64decode(item["document"])).decode()}
    assert api("POST", "/me/brought", again).json["stamp"]["address"] == address
    assert api("POST", "/me/brought", {"file": "%"}).status_code == 422
    assert api("POST", "/me/brought", {}).status_code == 422
    assert api("POST", f"/me/brought/{address}/check").json["checked_at"] is None
    shared = api("PUT", f"/me/stamps/{address}/visibility", {"visibility": "link"})
    assert shared.json["visibility"] == "link"
    assert api("POST", f"/me/stamps/{address}/hide").json["is_hidden"] is True
    assert api("POST", f"/me/stamps/{address}/show").json["is_hidden"] is False
    assert len(api("GET", "/me/stamps").json["items"]) == 2
    body = {"title": "One", "badges": [credential.address, address]}
    collection = api("POST", "/me/collections", body).json
    path = f"/me/collections/{collection['address']}"
    assert [badge["address"] for badge in collection["badges"]] == body["badges"]
    assert api("PUT", path, {"title": "Two"}).json["badges"] == []
    assert api("POST", f"{path}/share", {"with_badges": True}).json["is_shared"] is True
    assert api("POST", f"{path}/unshare").json["is_shared"] is False
    assert api("GET", "/me/collections").json["items"][0]["title"] == "Two"
    assert api("DELETE", path).status_code == 204
    assert api("DELETE", f"/me/brought/{address}").status_code == 204
    assert api("GET", f"/me/brought/{address}").status_code == 404
