"""Giving an endorsement: signed, published, embedded, withdrawn, confirmed; and who may not."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from colnode_endorsement import giving, standing
from colnode_endorsement.content import Content
from colnode_endorsement.models import Given
from colnode_endorsement.subjects import find_subject

from colnode import catalogue
from colnode.badges import achievements, issuing, verifying
from colnode.host.types import Role
from colnode.plugin import Conflict, Invalid, Node, NotFound, Refused, did_of, organisations
from tests.plugins.endorsement.conftest import ROBOTS, WORDS, Scene


def behind(node: Node, about: str) -> list[standing.Standing]:
    with node.reading():
        return standing.behind(node, find_subject(node, about))


def document_of(node: Node, scene: Scene) -> dict[str, Any]:
    with node.unit():
        credential = issuing.issue(node, scene.badge, person_id=scene.learner.id)
        document: dict[str, Any] = json.loads(credential.document)
    return document


def change_badge(node: Node, scene: Scene, text: str) -> None:
    with node.unit():
        content = replace(ROBOTS, criteria={"en": text})
        achievements.edit(node, scene.badge, content=content, actor_id=scene.club_owner.id)


def test_an_endorsement_is_signed_by_the_endorser_with_text_link_and_end(
    node: Node, scene: Scene, give: Callable[..., Given]
) -> None:
    until = node.clock.now() + timedelta(days=200)
    given = give(content=replace(WORDS, valid_until=until))
    with node.reading():
        verdict = verifying.verify_bytes(node, (given.document or "").encode())
        did = did_of(node, scene.works)
    assert verdict.is_valid
    assert verdict.kind == "endorsement"
    assert verdict.summary.issuer_id == did
    assert verdict.summary.subject_id == f"http://localhost:8000/badges/{scene.badge}"
    document = json.loads(given.document or "")
    assert document["id"] == f"http://localhost:8000/endorsements/{given.address}"
    assert document["credentialStatus"]["statusPurpose"] == "revocation"
    assert document["validUntil"].startswith(until.strftime("%Y-%m-%d"))
    assert document["credentialSubject"]["endorsementComment"] == (
        "Who has this badge can start with us at once.\n\n"
        "Counts towards: [Apprenticeship 2027](https://works.example/jobs)"
    )
    (shown,) = behind(node, scene.badge_ref(node))
    assert shown.opportunity == "Apprenticeship 2027"
    assert not shown.is_changed


def test_it_is_a_record_and_travels_in_later_badges(
    node: Node, scene: Scene, give: Callable[..., Given], run_jobs: Callable[[Node], int]
) -> None:
    before = document_of(node, scene)
    assert "endorsement" not in before["credentialSubject"]["achievement"]
    about_badge, about_club = give(), give(scene.club_ref(node))
    run_jobs(node)
    with node.reading():
        record = catalogue.get(node, catalogue.OWN, about_badge.address)
    assert record is not None
    assert record.body["document"] == json.loads(about_badge.document or "")
    after = document_of(node, scene)
    assert after["credentialSubject"]["achievement"]["endorsement"] == [record.body["document"]]
    assert after["issuer"]["endorsement"] == [json.loads(about_club.document or "")]
    with node.reading():
        verdict = verifying.verify_bytes(node, json.dumps(after).encode())
    assert verdict.is_valid
    assert [finding.id for finding in verdict.findings].count("endorsement_valid") == 2


def test_a_withdrawn_one_is_revoked_gone_and_no_longer_embedded(
    node: Node, scene: Scene, give: Callable[..., Given]
) -> None:
    given = give()
    older = document_of(node, scene)
    with node.unit():
        giving.withdraw(node, given.id, actor_id=scene.works_owner.id)
        giving.withdraw(node, given.id, actor_id=scene.works_owner.id)
    with node.reading():
        verdict = verifying.verify_bytes(node, (given.document or "").encode())
        assert verdict.find("revoked") is not None
        assert catalogue.get(node, catalogue.OWN, given.address) is None
        older_verdict = verifying.verify_bytes(node, json.dumps(older).encode())
    assert older_verdict.is_valid
    assert older_verdict.find("endorsement_ended") is not None
    assert behind(node, scene.badge_ref(node)) == []
    assert "endorsement" not in document_of(node, scene)["credentialSubject"]["achievement"]
    assert give().state == "signed"


def test_what_has_changed_says_so_and_waits_for_the_endorser(
    node: Node, scene: Scene, give: Callable[..., Given], run_jobs: Callable[[Node], int]
) -> None:
    given = give()
    run_jobs(node)
    change_badge(node, scene, "Only look at one.")
    run_jobs(node)
    (shown,) = behind(node, scene.badge_ref(node))
    assert shown.is_changed
    assert "endorsement" not in document_of(node, scene)["credentialSubject"]["achievement"]
    mails = [*(node.config.data_dir / "mail").glob("*.eml")]
    asked = [path for path in mails if b"has changed since you" in path.read_bytes()]
    assert len(asked) == 1
    with node.unit():
        giving.confirm(node, given.id, actor_id=scene.works_owner.id)
    (shown,) = behind(node, scene.badge_ref(node))
    assert not shown.is_changed
    assert "endorsement" in document_of(node, scene)["credentialSubject"]["achievement"]


@pytest.mark.databases("sqlite")
def test_a_new_picture_or_a_tag_is_no_change(
    node: Node, scene: Scene, give: Callable[..., Given]
) -> None:
    give()
    with node.unit():
        content = replace(ROBOTS, tags=("robots", "new"))
        achievements.edit(node, scene.badge, content=content, actor_id=scene.club_owner.id)
    (shown,) = behind(node, scene.badge_ref(node))
    assert not shown.is_changed


@pytest.mark.databases("sqlite")
def test_nobody_endorses_themselves(
    node: Node, scene: Scene, give: Callable[..., Given], earn: Callable[..., Any]
) -> None:
    with pytest.raises(Refused, match="Nobody endorses themselves"):
        give(organisation_id=scene.club)
    with pytest.raises(Refused, match="Nobody endorses themselves"):
        give(scene.club_ref(node), organisation_id=scene.club)
    credential = earn()
    url = f"http://localhost:8000/credentials/{credential.address}"
    with pytest.raises(Refused, match="Nobody endorses themselves"):
        give(url, organisation_id=scene.club)
    with node.unit():
        organisations.add_member(
            node, scene.works, scene.learner.id, role=Role.AWARDER, actor_id=scene.works_owner.id
        )
    with pytest.raises(Refused, match="works with you"):
        give(url)
    with pytest.raises(Refused, match="works with you"):
        give(url, actor_id=scene.learner.id)


def test_nobody_endorses_through_an_unverified_or_suspended_organisation(
    node: Node,
    scene: Scene,
    give: Callable[..., Given],
    make_organisation: Callable[..., Any],
    suspend: Callable[[str], None],
    run_jobs: Callable[[Node], int],
) -> None:
    draft = make_organisation("Not yet", is_verified=False)
    with pytest.raises(Refused, match="has not verified"):
        give(organisation_id=draft.id)
    given = give()
    suspend(scene.works)
    assert behind(node, scene.badge_ref(node)) == []
    assert "endorsement" not in document_of(node, scene)["credentialSubject"]["achievement"]
    run_jobs(node)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, given.address) is None
    with pytest.raises(Refused, match="suspended"):
        give(scene.club_ref(node))
    with pytest.raises(Refused, match="suspended"):
        give(scene.club_ref(node), may_wait=True)
    with node.unit():
        organisations.verify(node, scene.works, actor_id="city")
    run_jobs(node)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, given.address) is not None


@pytest.mark.databases("sqlite")
def test_one_that_is_over_is_neither_shown_nor_embedded(
    node: Node, scene: Scene, give: Callable[..., Given], clock: Any, run_jobs: Any
) -> None:
    given = give(content=replace(WORDS, valid_until=clock.now() + timedelta(days=2)))
    clock.forward(days=3)
    assert behind(node, scene.badge_ref(node)) == []
    assert "endorsement" not in document_of(node, scene)["credentialSubject"]["achievement"]
    run_jobs(node)
    run_jobs(node)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, given.address) is None


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("content", "field"),
    [
        (Content("  "), "comment"),
        (Content("x" * 2_001), "comment"),
        (Content("Good\x07"), "comment"),
        (Content("Good", opportunity_url="https://works.example"), "opportunity"),
        (
            Content("Good", opportunity="Jobs", opportunity_url="javascript:alert(1)"),
            "opportunity_url",
        ),
        (Content("Good", opportunity="Jobs", opportunity_url="https://["), "opportunity_url"),
        (Content("", is_receipt=True), "opportunity"),
    ],
)
def test_what_cannot_be_signed_names_the_field(
    give: Callable[..., Given], content: Content, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        give(content=content)
    assert list(caught.value.fields) == [field]


@pytest.mark.databases("sqlite")
def test_what_is_not_there_or_endorsed_already_is_refused(
    node: Node, scene: Scene, give: Callable[..., Given]
) -> None:
    for about in ("nowhere", f"{node.id}/achievement/none", f"{node.id}/activity/x"):
        with pytest.raises(NotFound):
            give(about)
    with pytest.raises(NotFound):
        give("https://elsewhere.example/credentials/x")
    give()
    with pytest.raises(Conflict):
        give()
    with pytest.raises(Invalid) as caught:
        give(scene.club_ref(node), replace(WORDS, valid_until=node.clock.now()))
    assert list(caught.value.fields) == ["valid_until"]
