"""/verify: any badge in any wrapping, one verdict, nothing kept, nothing that breaks it."""

import json
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import MetaData, select

from colnode.badges import issuing, passport
from colnode.badges.models import Achievement, Credential
from colnode.node import Node
from tests.web.checking import KnownPages, paste, send, verdict_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Person

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""


@pytest.fixture
def credential(
    node: Node, make_achievement: Callable[..., Achievement], make_person: "Callable[..., Person]"
) -> Credential:
    """A badge that was given here."""
    achievement, person = make_achievement(), make_person()
    with node.unit():
        return issuing.issue(
            node, achievement.id, person_id=person.id, narrative="Built a robot with six legs."
        )


def test_an_own_badge_is_valid_in_each_form(
    node: Node, client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    with node.unit():
        (held,) = passport.list_holders(node, credential.achievement_id)
        passport.share(node, credential.address, person_id=held.person_id)
    address = f"/credentials/{credential.address}"
    for suffix in (".json", ".png", ".svg"):
        data = client.get(address + suffix).data
        assert verdict_of(send(client, data, f"badge{suffix}")) == "valid"
    for suffix in ("", ".json", ".png", ".svg"):
        page = paste(client, f"http://localhost:8000{address}{suffix}")
        assert verdict_of(page) == "valid"
    assert "Robot builder" in page.text
    assert "Town Library" in page.text


def test_a_revoked_badge_is_invalid_at_once(
    node: Node, client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    assert verdict_of(paste(client, credential.document)) == "valid"
    with node.unit():
        issuing.revoke(node, credential.id, actor_id="somebody", reason="A mistake.")
    page = paste(client, credential.document)
    assert verdict_of(page) == "invalid"
    assert "taken back" in page.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("six legs", "nine legs"),
        ('"validFrom":"2026', '"validFrom":"2016'),
        ('"achievementType":"Badge"', '"achievementType":"Badge","version":"2"'),
        ('"proofPurpose":"assertionMethod"', '"proofPurpose":"authentication"'),
    ],
)
def test_a_forged_badge_is_invalid(
    client: "FlaskClient", web: KnownPages, credential: Credential, before: str, after: str
) -> None:
    forged = credential.document.replace(before, after)
    assert forged != credential.document
    assert verdict_of(paste(client, forged)) == "invalid"


def test_a_badge_without_its_signature_is_invalid(
    client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    document = json.loads(credential.document)
    del document["proof"]
    assert verdict_of(paste(client, json.dumps(document))) == "invalid"


def test_a_status_list_of_somebody_else_does_not_count(
    node: Node, client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    document = json.loads(credential.document)
    document["credentialStatus"]["statusListIndex"] = "7"
    assert verdict_of(paste(client, json.dumps(document))) == "invalid"


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"{",
        b"[]",
        b'{"a": 1, "a": 2}',
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        b"\xff\xfe\x00{",
        b"eyJhbGciOiJub25lIn0.e30.",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_badge_is_told_so(client: "FlaskClient", web: KnownPages, data: bytes) -> None:
    page = send(client, data, "thing")
    assert verdict_of(page) == "invalid"
    assert "Every check" in page.text


def test_a_torn_picture_is_told_so(
    node: Node, client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    with node.unit():
        (held,) = passport.list_holders(node, credential.achievement_id)
        passport.share(node, credential.address, person_id=held.person_id)
    whole = client.get(f"/credentials/{credential.address}.png").data
    assert verdict_of(send(client, whole[: len(whole) // 2], "torn.png")) == "invalid"


def test_a_compression_bomb_in_a_picture_does_no_harm(
    client: "FlaskClient", web: KnownPages
) -> None:
    packed = zlib.compress(b" " * 200_000_000, 9)
    text = b"openbadgecredential\x00\x01\x00\x00\x00" + packed
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text
    crc = struct.pack(">I", zlib.crc32(b"iTXt" + text))
    picture = b"\x89PNG\r\n\x1a\n" + chunk + crc + struct.pack(">I", 0) + b"IEND\xaeB`\x82"
    assert verdict_of(send(client, picture, "bomb.png")) == "invalid"


def test_a_file_beyond_10_mb_is_refused_in_words(client: "FlaskClient", web: KnownPages) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="large.png"\r\n\r\n'
    body = head + b"x" * 11_000_000 + b"\r\n--x--\r\n"
    answer = client.post("/verify", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_nothing_chosen_keeps_the_page_and_says_what_to_do(client: "FlaskClient") -> None:
    answer = paste(client, "   ")
    assert answer.status_code == 422
    assert "Choose a file, or paste a badge" in answer.text


def test_an_address_that_does_not_answer_is_kept_in_the_form(
    client: "FlaskClient", web: KnownPages
) -> None:
    answer = paste(client, "https://away.example/badge.json")
    assert answer.status_code == 503
    assert "https://away.example/badge.json</textarea>" in answer.text
    assert "could not be reached" in answer.text


def test_an_address_inside_the_network_is_not_asked(
    make_node: Callable[..., Node],
) -> None:
    from colnode.app import create_app

    city = make_node(federation={"allow_loopback": False})
    app = create_app(node=city)
    app.config["WTF_CSRF_ENABLED"] = False
    for address in ("http://127.0.0.1:9/", "https://169.254.169.254/latest/", "https://[::1]/"):
        answer = app.test_client().post("/verify", data={"text": address})
        assert answer.status_code >= 400
        assert "verdict is-" not in answer.text


def test_nothing_of_a_checked_badge_is_kept(
    node: Node, client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    def rows() -> dict[str, int]:
        metadata = MetaData()
        metadata.reflect(node.engine)
        with node.reading():
            return {
                name: len(node.db.execute(select(table)).all())
                for name, table in metadata.tables.items()
                if not name.startswith("record_search")
            }

    before = rows()
    paste(client, credential.document)
    send(client, credential.document.encode())
    assert rows() == before


def test_words_from_a_badge_cannot_become_markup(
    client: "FlaskClient", web: KnownPages, credential: Credential
) -> None:
    evil = credential.document.replace("Robot builder", "<script>alert(1)</script>")
    page = paste(client, evil)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_the_address_field_is_filled_from_a_link_without_asking_anybody(
    client: "FlaskClient", web: KnownPages
) -> None:
    page = client.get("/verify?address=https://away.example/badge")
    assert page.status_code == 200
    assert "https://away.example/badge</textarea>" in page.text
