"""Badges from elsewhere: kept as they came, checked, and one's own only when that is proven."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from colnode.badges import bringing, brought, issuing, stamps
from colnode.badges.bringing import ArrivalOutcome
from colnode.badges.models import Achievement, BroughtBadge
from colnode.badges.proving import Proof
from colnode.badges.stamps import StampState, Visibility
from colnode.clock import SystemClock
from colnode.errors import Conflict, Invalid, NotFound, Refused, TooLarge
from colnode.identity import people
from colnode.node import Node
from colnode.openbadges import baking
from tests.web.checking import KnownPages

if TYPE_CHECKING:
    from colnode.identity.models import Person

SITE = "https://badges.example"
EMAIL = "kai@example.org"


def assertion(**changes: Any) -> dict[str, Any]:
    """A hosted Open Badges 2.0 assertion to kai@example.org."""
    salt = "seasalt"
    identity = "sha256$" + hashlib.sha256(f"{EMAIL}{salt}".encode()).hexdigest()
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{SITE}/a/1.json",
        "recipient": {"type": "email", "hashed": True, "salt": salt, "identity": identity},
        "badge": f"{SITE}/b.json",
        "issuedOn": "2024-05-01T10:00:00Z",
        "verification": {"type": "hosted"},
    } | changes


def publish(web: KnownPages, document: dict[str, Any]) -> bytes:
    """Let the issuer's site show the assertion, its badge class and itself."""
    context = {"@context": "https://w3id.org/openbadges/v2"}
    badge = context | {
        "type": "BadgeClass",
        "id": f"{SITE}/b.json",
        "name": "Knot tyer",
        "description": "Ties ten knots.",
        "image": f"{SITE}/b.png",
        "criteria": {"narrative": "Tie them."},
        "issuer": f"{SITE}/i.json",
    }
    issuer = context | {"type": "Issuer", "id": f"{SITE}/i.json", "name": "Sea Scouts"}
    for value in (document, badge, issuer):
        web[value["id"]] = json.dumps(value).encode()
    return json.dumps(document).encode()


@pytest.fixture
def web(node: Node) -> KnownPages:
    """The pages that the node can reach."""
    pages = KnownPages()
    node.http = pages  # type: ignore[assignment]  # answers what the client would
    return pages


@pytest.fixture
def kai(make_person: "Callable[..., Person]") -> "Person":
    """A learner."""
    return make_person(EMAIL, display_name="Kai")


@pytest.fixture
def bring(node: Node, run_jobs: Callable[[Node], int]) -> Callable[..., BroughtBadge]:
    """Bring a document in and have it checked: bring(person, document)."""

    def act(person: "Person", document: bytes, proof: Proof | None = None) -> BroughtBadge:
        with node.unit():
            badge = bringing.bring_in(node, person_id=person.id, document=document, proof=proof)
        run_jobs(node)
        with node.reading():
            return brought.get_own(node, badge.address, person_id=person.id)

    return act


@pytest.fixture
def stamp_of(node: Node) -> Callable[..., stamps.Stamp]:
    """A badge as its holder sees it."""

    def act(badge: BroughtBadge) -> stamps.Stamp:
        with node.reading():
            return stamps.get_stamp(node, badge.address, person_id=badge.person_id)

    return act


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "teal").save(out, "PNG")
    return out.getvalue()


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_badge_to_a_proven_address_is_ones_own(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge],
    stamp_of: Callable[..., stamps.Stamp], node: Node,
) -> None:  # fmt: skip
    badge = bring(kai, publish(web, assertion()))
    assert (badge.name, badge.issuer_name, badge.outcome) == ("Knot tyer", "Sea Scouts", "valid")
    stamp = stamp_of(badge)
    assert stamp.proof is Proof.EMAIL
    assert stamp.state is None
    assert stamp.visibility is Visibility.PRIVATE
    with node.reading():
        assert stamps.earned_achievements(node, kai.id) == {f"{SITE}/b.json"}


def test_a_badge_to_somebody_else_is_shown_as_unproven_and_does_not_count(
    web: KnownPages, make_person: "Callable[..., Person]", bring: Callable[..., BroughtBadge],
    stamp_of: Callable[..., stamps.Stamp], node: Node,
) -> None:  # fmt: skip
    other = make_person("mo@example.org")
    badge = bring(other, publish(web, assertion()))
    assert badge.outcome == "valid"
    assert stamp_of(badge).state is StampState.UNPROVEN
    with node.reading():
        assert stamps.earned_achievements(node, other.id) == set()
    with node.unit():
        people.prove_email(node, other.id, "mo2@example.org")
    assert stamp_of(badge).proof is None


def test_a_badge_becomes_ones_own_with_the_address_and_no_longer_without_it(
    web: KnownPages, make_person: "Callable[..., Person]", bring: Callable[..., BroughtBadge],
    stamp_of: Callable[..., stamps.Stamp], node: Node,
) -> None:  # fmt: skip
    other = make_person("mo@example.org")
    badge = bring(other, publish(web, assertion()))
    with node.unit():
        people.prove_email(node, other.id, EMAIL)
    assert stamp_of(badge).proof is Proof.EMAIL
    with node.unit():
        people.remove_email(node, other.id, EMAIL)
    assert stamp_of(badge).proof is None


@pytest.mark.parametrize(
    "recipient",
    [
        {"type": "email", "hashed": False, "identity": "Kai@Example.org"},
        {"type": ["email"], "hashed": True, "identity":
            "md5$" + hashlib.md5(b"kai@example.org", usedforsecurity=False).hexdigest()},
    ],
)  # fmt: skip
def test_plain_and_older_hashes_are_compared(
    recipient: dict[str, Any], web: KnownPages, kai: "Person",
    bring: Callable[..., BroughtBadge], stamp_of: Callable[..., stamps.Stamp],
) -> None:  # fmt: skip
    badge = bring(kai, publish(web, assertion(recipient=recipient)))
    assert stamp_of(badge).proof is Proof.EMAIL


@pytest.mark.parametrize(
    "recipient",
    [
        {"type": "email", "hashed": True, "identity": "sha256$0000"},
        {"type": "email", "hashed": True, "identity": EMAIL},
        {"type": "email", "hashed": True, "identity": "crc32$0000"},
        {"type": "url", "hashed": False, "identity": EMAIL},
        {"type": "email", "hashed": False, "identity": ["x"]},
    ],
)
def test_other_recipients_prove_nothing(
    recipient: dict[str, Any], web: KnownPages, kai: "Person",
    bring: Callable[..., BroughtBadge], stamp_of: Callable[..., stamps.Stamp],
) -> None:  # fmt: skip
    badge = bring(kai, publish(web, assertion(recipient=recipient)))
    assert stamp_of(badge).proof is None


def test_what_was_fetched_with_consent_is_ones_own(
    web: KnownPages, make_person: "Callable[..., Person]", bring: Callable[..., BroughtBadge],
    stamp_of: Callable[..., stamps.Stamp],
) -> None:  # fmt: skip
    badge = bring(make_person(), publish(web, assertion()), Proof.OAUTH)
    assert stamp_of(badge).proof is Proof.OAUTH


def test_a_forged_badge_never_counts_however_it_is_proven(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge],
    stamp_of: Callable[..., stamps.Stamp], node: Node,
) -> None:  # fmt: skip
    publish(web, assertion())
    forged = json.dumps(assertion(issuedOn="2020-01-01T00:00:00Z")).encode()
    badge = bring(kai, forged, Proof.OAUTH)
    assert stamp_of(badge).state is StampState.INVALID
    with node.reading():
        assert stamps.earned_achievements(node, kai.id) == set()


def test_the_bytes_stay_as_they_came_and_the_same_badge_is_kept_once(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge], node: Node
) -> None:
    document = publish(web, assertion())
    baked = baking.bake_png(png(), document)
    badge = bring(kai, baked)
    assert badge.format == "png"
    assert badge.has_picture
    assert bring(kai, document).id == badge.id
    with node.reading():
        assert brought.read_document(node, badge) == baked
        picture = Image.open(io.BytesIO(brought.read_picture(node, badge)))
        assert picture.format == "WEBP"


def test_an_old_badge_is_kept_although_it_cannot_be_checked(
    node: Node, kai: "Person", bring: Callable[..., BroughtBadge], web: KnownPages,
    stamp_of: Callable[..., stamps.Stamp],
) -> None:  # fmt: skip
    old = {
        "uid": "a1",
        "recipient": {"type": "email", "hashed": False, "identity": EMAIL},
        "badge": {"name": "Old hand", "issuer": {"name": "Museum"}},
        "verify": {"type": "hosted", "url": f"{SITE}/old.json"},
        "issuedOn": 1360000000,
    }
    data = json.dumps(old, indent=3).encode() + b"\n"
    badge = bring(kai, data)
    assert (badge.kind, badge.name, badge.issuer_name) == ("badge_1", "Old hand", "Museum")
    with node.reading():
        assert brought.read_document(node, badge) == data
    assert badge.outcome == "indeterminate"
    assert stamp_of(badge).state is StampState.UNCONFIRMED
    assert "Open Badges 1" in brought.findings_of(badge)[0].text


def test_a_revoked_badge_says_so_when_it_is_checked_again(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge], node: Node,
    run_jobs: Callable[[Node], int], stamp_of: Callable[..., stamps.Stamp],
) -> None:  # fmt: skip
    badge = bring(kai, publish(web, assertion()))
    web[f"{SITE}/a/1.json"] = json.dumps({"id": f"{SITE}/a/1.json", "revoked": True}).encode()
    with node.unit():
        again = brought.check_again(node, badge.address, person_id=kai.id)
        assert (again.checked_at, again.outcome) == (None, "valid")
    run_jobs(node)
    assert stamp_of(badge).state is StampState.REVOKED


@pytest.mark.parametrize("document", [b"", b"hello", b'{"a": 1}', b"[]", png()])
def test_what_is_no_badge_is_refused(document: bytes, node: Node, kai: "Person") -> None:
    with node.unit(), pytest.raises(Invalid):
        bringing.bring_in(node, person_id=kai.id, document=document)


def test_a_file_that_is_too_large_is_refused(node: Node, kai: "Person") -> None:
    with node.unit(), pytest.raises(TooLarge):
        bringing.bring_in(node, person_id=kai.id, document=b" " * 10_000_001)


def test_ones_own_badge_of_this_city_is_not_brought_in_twice(
    node: Node, kai: "Person", make_person: "Callable[..., Person]",
    make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    achievement = make_achievement()
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=kai.id)
    document = credential.document.encode()
    with node.unit(), pytest.raises(Conflict, match="given it here"):
        bringing.bring_in(node, person_id=kai.id, document=document)
    other = make_person()
    with node.unit():
        bringing.bring_in(node, person_id=other.id, document=document)


def test_a_whole_zip_comes_in_with_a_result_for_each_file(
    node: Node, kai: "Person", web: KnownPages
) -> None:
    one = publish(web, assertion())
    archive = packed(**{
        "a.json": one, "b/again.json": one, "notes.txt": b"hello", "__MACOSX/a": b"x",
        "b/.DS_Store": b"x", "c.png": baking.bake_png(png(), json.dumps(assertion(id="x:2"))),
    })  # fmt: skip
    node.clock = SystemClock()
    with node.unit():
        arrivals = bringing.bring_in_zip(node, person_id=kai.id, archive=archive)
    assert [(item.label, item.outcome) for item in arrivals] == [
        ("a.json", ArrivalOutcome.KEPT),
        ("b/again.json", ArrivalOutcome.KNOWN),
        ("notes.txt", ArrivalOutcome.REFUSED),
        ("c.png", ArrivalOutcome.KEPT),
    ]
    assert "neither JSON" in str(arrivals[2].reason)


def test_a_bomb_in_a_zip_is_not_unpacked(node: Node, kai: "Person", web: KnownPages) -> None:
    archive = packed(bomb=b" " * 11_000_000, good=publish(web, assertion()))
    with node.unit():
        bomb, good = bringing.bring_in_zip(node, person_id=kai.id, archive=archive)
    assert isinstance(bomb.reason, TooLarge)
    assert good.outcome is ArrivalOutcome.KEPT


def test_all_members_together_have_a_limit(node: Node, kai: "Person", web: KnownPages) -> None:
    spaces = {f"{number}.json": b" " * 9_999_999 for number in range(6)}
    archive = packed(**spaces, good=publish(web, assertion()))
    with node.unit():
        arrivals = bringing.bring_in_zip(node, person_id=kai.id, archive=archive)
    assert [type(item.reason) for item in arrivals][:5] == [Invalid] * 5
    assert isinstance(arrivals[5].reason, TooLarge)


def test_archives_that_are_broken_too_full_or_locked_are_refused(node: Node, kai: "Person") -> None:
    with node.unit():
        with pytest.raises(Invalid, match="damaged"):
            bringing.bring_in_zip(node, person_id=kai.id, archive=b"PK\x03\x04rubbish")
        many = packed(**{f"{number}": b"x" for number in range(201)})
        with pytest.raises(TooLarge, match="200"):
            bringing.bring_in_zip(node, person_id=kai.id, archive=many)
        locked = bytearray(packed(a=b"hello"))
        start = locked.index(b"PK\x01\x02")
        locked[start + 8] |= 1
        (arrival,) = bringing.bring_in_zip(node, person_id=kai.id, archive=bytes(locked))
        assert "password" in str(arrival.reason)
        torn = bytearray(packed(a=b"hello" * 100))
        torn[40] ^= 0xFF
        (arrival,) = bringing.bring_in_zip(node, person_id=kai.id, archive=bytes(torn))
        assert arrival.outcome is ArrivalOutcome.REFUSED


def test_sharing_hiding_and_removing(
    web: KnownPages, kai: "Person", make_person: "Callable[..., Person]",
    bring: Callable[..., BroughtBadge], node: Node,
) -> None:  # fmt: skip
    badge = bring(kai, publish(web, assertion()))
    stranger = make_person()
    with node.reading(), pytest.raises(NotFound):
        brought.open_brought(node, badge.address, viewer_id=stranger.id)
    with node.unit(), pytest.raises(NotFound):
        stamps.set_visibility(
            node, badge.address, person_id=stranger.id, visibility=Visibility.LINK
        )
    with node.unit():
        shared = stamps.set_visibility(
            node, badge.address, person_id=kai.id, visibility=Visibility.LINK
        )
        assert shared.visibility is Visibility.LINK
    with node.reading():
        brought.open_brought(node, badge.address, viewer_id=None)
    with node.unit(), pytest.raises(Refused, match="public page"):
        stamps.set_visibility(node, badge.address, person_id=kai.id, visibility=Visibility.PUBLIC)
    with node.unit():
        hidden = stamps.hide(node, badge.address, person_id=kai.id)
        assert hidden.hidden_at is not None
        assert not hidden.is_shared
        assert stamps.show_again(node, badge.address, person_id=kai.id).hidden_at is None
        brought.remove(node, badge.address, person_id=kai.id)
    with node.reading():
        assert stamps.list_stamps(node, kai.id) == []


def test_what_was_brought_is_exported_and_erased(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge], node: Node
) -> None:
    document = publish(web, assertion())
    badge = bring(kai, document)
    with node.reading():
        (item,) = people.export(node, kai.id)["brought_badges"]
    assert base64.b64decode(item["document"]) == document
    with node.unit():
        people.erase(node, kai.id, actor_id=kai.id)
    with node.reading():
        assert node.db.get(BroughtBadge, badge.id) is None


def test_strange_texts_can_be_stored(
    web: KnownPages, kai: "Person", bring: Callable[..., BroughtBadge]
) -> None:
    strange = assertion(
        recipient={"type": "email", "hashed": False, "identity": "a\x00b@example.org"},
        badge={"name": "N\x00ul " + "x" * 400, "id": f"{SITE}/none\x00.json"},
        issuedOn="0001-01-01T00:00:00Z",
    )
    badge = bring(kai, json.dumps(strange).encode())
    assert badge.name.startswith("Nul x")
    assert len(badge.name) == 300
