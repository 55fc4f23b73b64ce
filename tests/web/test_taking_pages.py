"""Downloads of a badge and of all, and how a shared badge stands on other sites."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from colnode.badges import issuing, passport
from colnode.badges.models import Achievement, Credential
from colnode.identity import tokens
from colnode.node import Node

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Person

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

BASE = "http://localhost:8000"


@pytest.fixture
def kai(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person("kai@example.org", display_name="Kai Lange")


@pytest.fixture
def credential(
    node: Node, kai: "Person", make_achievement: Callable[..., Achievement]
) -> Credential:
    """A badge that Kai earned here."""
    achievement = make_achievement(valid_days=60)
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
def stranger(own: "FlaskClient") -> "FlaskClient":
    """Somebody else's browser."""
    return own.application.test_client()


@pytest.fixture
def shared(node: Node, kai: "Person", credential: Credential) -> str:
    """The path of Kai's badge, shared."""
    with node.unit():
        passport.share(node, credential.address, person_id=kai.id)
    return f"/credentials/{credential.address}"


def test_a_holder_takes_everything_along(own: "FlaskClient", credential: Credential) -> None:
    page = own.get("/my-badges/take").text
    assert "Download the learner record" in page
    archive = own.get("/my-badges/my-badges.zip")
    assert archive.headers["Cache-Control"] == "private, no-store"
    assert len(zipfile.ZipFile(io.BytesIO(archive.data)).namelist()) == 4
    archive.close()
    record = own.get("/my-badges/learner-record-1.json")
    assert json.loads(record.data)["type"][1] == "ClrCredential"
    assert own.get("/my-badges/learner-record-2.json").status_code == 404
    assert own.get(f"/credentials/{credential.address}.jwt").data.startswith(b"ey")
    paper = own.get(f"/credentials/{credential.address}/certificate.pdf?name=1")
    assert paper.data.startswith(b"%PDF-")
    assert paper.content_type == "application/pdf"


def test_without_badges_there_is_nothing_to_take(own: "FlaskClient") -> None:
    assert "You have no badges yet." in own.get("/my-badges/take").text


def test_a_private_badge_gives_strangers_nothing(
    stranger: "FlaskClient", credential: Credential
) -> None:
    path = f"/credentials/{credential.address}"
    for end in ("/certificate.pdf", "/preview.png", "/embed"):
        assert stranger.get(path + end).status_code == 404, end
    assert stranger.get(f"{path}.jwt").status_code == 302
    assert stranger.get(f"/oembed?url={BASE}{path}").status_code == 404


def test_a_shared_badge_has_a_preview_and_can_be_embedded(
    stranger: "FlaskClient", shared: str
) -> None:
    page = stranger.get(shared).text
    assert f'<meta property="og:image" content="{BASE}{shared}/preview.png">' in page
    preview = stranger.get(f"{shared}/preview.png")
    with Image.open(io.BytesIO(preview.data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert f"{BASE}/oembed?url=" in page
    answer = stranger.get(f"/oembed?url={BASE}{shared}&maxwidth=250&maxheight=9999")
    described: dict[str, Any] = answer.json or {}
    assert (described["type"], described["version"]) == ("rich", "1.0")
    assert (described["width"], described["height"]) == (250, 400)
    assert f'src="{BASE}{shared}/embed"' in described["html"]
    framed = stranger.get(f"{shared}/embed")
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert "script" not in framed.headers["Content-Security-Policy"]
    assert "Robot builder" in framed.text
    assert "Kai" not in framed.text
    assert "<script" not in framed.text
    assert "frame-ancestors 'none'" in stranger.get(shared).headers["Content-Security-Policy"]
    assert stranger.get(f"{shared}/certificate.pdf").data.startswith(b"%PDF-")


def test_a_name_cannot_break_out_of_the_code_for_websites(
    node: Node, stranger: "FlaskClient", kai: "Person",
    make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    achievement = make_achievement(name={"en": '"><script>x</script>'})
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=kai.id)
        passport.share(node, credential.address, person_id=kai.id)
    path = f"/credentials/{credential.address}"
    described: dict[str, Any] = stranger.get(f"/oembed?url={BASE}{path}").json or {}
    assert "<script" not in described["html"]
    assert "&lt;script" not in stranger.get(path).text.partition('id="embed-code"')[2][:400]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 404), ("url=https://other.example/x", 404), ("url=x&format=xml", 501)],
)
def test_oembed_refuses_what_it_does_not_have(
    query: str, status: int, client: "FlaskClient"
) -> None:
    assert client.get(f"/oembed?{query}").status_code == status


def test_the_link_to_linkedin_is_a_plain_link_for_the_holder(
    own: "FlaskClient", stranger: "FlaskClient", shared: str
) -> None:
    page = own.get(shared).text
    link = page.split('href="https://www.linkedin.com')[1].split('"')[0].replace("&amp;", "&")
    fields = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert fields["name"] == "Robot builder"
    assert fields["certUrl"] == f"{BASE}{shared}"
    assert (fields["issueYear"], fields["expirationMonth"]) == ("2026", "1")
    assert "linkedin" not in stranger.get(shared).text


def test_a_badge_that_was_taken_back_says_so_in_the_frame(
    node: Node, stranger: "FlaskClient", shared: str, credential: Credential
) -> None:
    with node.unit():
        issuing.revoke(node, credential.id, actor_id="x", reason="By mistake.")
    assert "Taken back" in stranger.get(f"{shared}/embed").text


def test_the_api_gives_jwt_and_learner_record(
    node: Node, client: "FlaskClient", kai: "Person", credential: Credential,
    make_person: "Callable[..., Person]", shared: str,
) -> None:  # fmt: skip
    def call(person: "Person", path: str) -> Any:
        with node.unit():
            made = tokens.create(node, person.id, label="test", scopes=("account.use",))
        token = made if isinstance(made, str) else made[0]
        return client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})

    assert call(kai, f"/me/credentials/{credential.address}/jwt").json["jwt"].count(".") == 2
    record = call(kai, "/me/learner-record").json
    assert (record["parts"], record["document"]["type"][1]) == (1, "ClrCredential")
    other = make_person()
    assert call(other, f"/me/credentials/{credential.address}/jwt").status_code == 404
    assert call(other, "/me/learner-record").status_code == 404
