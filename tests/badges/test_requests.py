"""Asking for a badge with evidence: who may review, and what the signed badge then says."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colnode.badges import applications, issuing, request_files
from colnode.badges.applications import Reviewer
from colnode.badges.models import Achievement, Credential
from colnode.badges.request_files import Upload
from colnode.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refused
from colnode.identity import people
from colnode.mail import list_development_mail
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.badges.models import Application
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock

WORDS = "I built a robot with six legs."
LINK = "https://example.org/robot"


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


@pytest.fixture
def learner(make_person: "Callable[..., Person]") -> "Person":
    """Somebody who asks."""
    return make_person("kai@example.org", display_name="Kai Learner")


def ask(
    node: Node, achievement: Achievement, person: "Person", reviewer: Reviewer, **given: object
) -> "Application":
    with node.unit():
        applications.set_reviewer(
            node, achievement.id, reviewer=reviewer, actor_id=achievement.created_by
        )
        return applications.apply_for(
            node,
            achievement.id,
            person_id=person.id,
            **{"narrative": WORDS, "evidence": [LINK], **given},  # type: ignore[arg-type]
        )


def answer(
    node: Node, application: "Application", reviewer_id: str, *, is_organiser: bool = False,
    is_granted: bool = True, comment: str | None = None,
) -> "Application":  # fmt: skip
    with node.unit():
        return applications.review(
            node,
            application.id,
            reviewer_id=reviewer_id,
            is_organiser=is_organiser,
            is_granted=is_granted,
            comment=comment,
        )


def test_a_granted_request_is_a_signed_badge_with_what_was_shown(
    node: Node, achievement: Achievement, learner: "Person", run_jobs: Callable[[Node], int]
) -> None:
    made = ask(node, achievement, learner, Reviewer.ORGANISER)
    done = answer(node, made, achievement.created_by, is_organiser=True, comment="Well done.")
    assert done.credential_id is not None
    with node.reading():
        document = json.loads(issuing.get_credential(node, done.credential_id).document)
    assert document["evidence"] == [
        {"id": LINK, "type": ["Evidence"]},
        {"type": ["Evidence"], "narrative": WORDS, "genre": "Reflection"},
    ]
    assert "identifier" not in document["credentialSubject"]
    run_jobs(node)
    (mail,) = [mail for mail in list_development_mail(node) if mail.to == "kai@example.org"]
    assert "Well done." in mail.text
    again = answer(node, made, achievement.created_by, is_organiser=True)
    assert again.credential_id == done.credential_id


def test_who_reviews_oneself_has_the_badge_at_once(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    assert ask(node, achievement, learner, Reviewer.SELF).credential_id is not None
    with pytest.raises(Refused, match="already"):
        ask(node, achievement, learner, Reviewer.SELF)


def test_only_who_holds_the_badge_reviews_as_a_peer(
    node: Node, achievement: Achievement, learner: "Person", make_person: "Callable[..., Person]"
) -> None:
    made = ask(node, achievement, learner, Reviewer.PEER)
    peer, stranger = make_person(), make_person()
    with node.unit():
        held = issuing.issue(node, achievement.id, person_id=peer.id)
        assert [item.id for item in applications.list_for_peer(node, peer.id)] == [made.id]
        assert applications.list_for_peer(node, stranger.id) == []
    for nobody in (stranger.id, learner.id):
        with pytest.raises(Forbidden):
            answer(node, made, nobody)
    with node.unit():
        issuing.revoke(node, held.id, actor_id="somebody", reason="Given by mistake.")
    with pytest.raises(Forbidden):
        answer(node, made, peer.id)
    with node.unit():
        issuing.issue(node, achievement.id, person_id=peer.id)
    assert answer(node, made, peer.id).credential_id is not None


def test_nobody_answers_their_own_request_even_as_an_organiser(
    node: Node, achievement: Achievement
) -> None:
    with node.reading():
        owner = people.get_person(node, achievement.created_by)
    made = ask(node, achievement, owner, Reviewer.ORGANISER)
    with pytest.raises(Forbidden):
        answer(node, made, owner.id, is_organiser=True)


def test_a_peer_does_not_review_where_organisers_do(
    node: Node, achievement: Achievement, learner: "Person", make_person: "Callable[..., Person]"
) -> None:
    made, peer = ask(node, achievement, learner, Reviewer.ORGANISER), make_person()
    with node.unit():
        issuing.issue(node, achievement.id, person_id=peer.id)
    with pytest.raises(Forbidden):
        answer(node, made, peer.id)


def test_a_declined_request_says_what_is_missing_and_can_be_made_again(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = ask(node, achievement, learner, Reviewer.ORGANISER)
    with pytest.raises(Conflict):
        ask(node, achievement, learner, Reviewer.ORGANISER)
    organiser = achievement.created_by
    with pytest.raises(Invalid) as error:
        answer(node, made, organiser, is_organiser=True, is_granted=False)
    assert "comment" in error.value.fields
    declined = answer(
        node, made, organiser, is_organiser=True, is_granted=False, comment="Show that it walks."
    )
    assert declined.credential_id is None
    with pytest.raises(Gone):
        answer(node, made, organiser, is_organiser=True)
    assert ask(node, achievement, learner, Reviewer.ORGANISER).is_waiting


def test_a_request_that_was_taken_back_is_not_answered(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = ask(node, achievement, learner, Reviewer.ORGANISER)
    with node.unit():
        applications.withdraw(node, made.id, person_id=learner.id)
        applications.withdraw(node, made.id, person_id=learner.id)
    with pytest.raises(Gone):
        answer(node, made, achievement.created_by, is_organiser=True)


def test_a_badge_that_nobody_can_ask_for_is_refused(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    with pytest.raises(Refused), node.unit():
        applications.apply_for(node, achievement.id, person_id=learner.id, narrative=WORDS)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"narrative": " "}, "narrative"), ({"evidence": ["my shelf"]}, "evidence"),
     ({"is_named": True}, "is_named")],
)  # fmt: skip
def test_a_request_with_a_mistake_names_the_field(
    node: Node, achievement: Achievement, learner: "Person", given: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as error:
        ask(node, achievement, learner, Reviewer.ORGANISER, **given)
    assert field in error.value.fields


def test_requests_are_in_the_export_and_go_with_the_person(
    node: Node, achievement: Achievement, learner: "Person", make_person: "Callable[..., Person]"
) -> None:
    made, reviewer = ask(node, achievement, learner, Reviewer.ORGANISER), make_person()
    answer(node, made, reviewer.id, is_organiser=True, is_granted=False, comment="Show more, Kai.")
    with node.unit():
        (own,) = people.export(node, learner.id)["requests"]
        (given,) = people.export(node, reviewer.id)["requests"]
        assert (own["role"], own["narrative"]) == ("applicant", WORDS)
        assert (given["role"], given["comment"]) == ("reviewer", "Show more, Kai.")
        assert WORDS not in str(given)
        people.erase(node, reviewer.id, actor_id=reviewer.id)
        kept = applications.get_application(node, made.id)
        node.db.refresh(kept)
        assert (kept.comment, kept.reviewed_by) == (None, None)
        people.erase(node, learner.id, actor_id=learner.id)
        assert applications.list_for_organiser(node, achievement.id) == []


def test_erasing_who_earned_a_badge_by_request_empties_the_badge(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = ask(node, achievement, learner, Reviewer.SELF)
    with node.unit():
        people.erase(node, learner.id, actor_id=learner.id)
    with node.reading():
        assert node.db.get_one(Credential, made.credential_id).document == "{}"


# Files


def png(**info: str) -> bytes:
    text = PngInfo()
    for name, value in info.items():
        text.add_text(name, value)
    stream = BytesIO()
    Image.new("RGB", (8, 8), "green").save(stream, "PNG", pnginfo=text)
    return stream.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"


def with_files(node: Node, achievement: Achievement, learner: "Person") -> "Application":
    files = [
        Upload("C:\\photos\\robot\n.png", png(Comment="taken at 54.68, 25.27")),
        Upload("report.pdf", PDF),
    ]
    return ask(node, achievement, learner, Reviewer.ORGANISER, files=files)


def test_pictures_are_written_anew_and_a_pdf_is_kept_as_it_came(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = with_files(node, achievement, learner)
    with node.reading():
        first, second = request_files.list_files(node, made.id)
        assert (first.name, first.media_type) == ("robot.png", "image/png")
        assert b"54.68" not in request_files.get_file(node, made.id, first.id)[1]
        assert request_files.get_file(node, made.id, second.id)[1] == PDF
        with pytest.raises(NotFound):
            request_files.get_file(node, "another", first.id)


def test_files_are_exported_and_never_in_the_badge(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = with_files(node, achievement, learner)
    done = answer(node, made, achievement.created_by, is_organiser=True)
    with node.unit():
        document = issuing.get_credential(node, str(done.credential_id)).document
        assert "report" not in document
        assert "/requests/" not in document
        (exported,) = people.export(node, learner.id)["requests"]
        assert base64.b64decode(exported["files"][1]["data"]) == PDF
        people.erase(node, learner.id, actor_id=learner.id)
        assert request_files.list_files(node, made.id) == []


def test_files_go_when_the_request_is_taken_back(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    made = with_files(node, achievement, learner)
    with node.unit():
        applications.withdraw(node, made.id, person_id=learner.id)
        assert request_files.list_files(node, made.id) == []


@pytest.mark.parametrize(
    "files",
    [
        [Upload("x.exe", b"MZ")],
        [Upload("big.pdf", b"%PDF-" + b"0" * 5_000_000)],
        [Upload("a.pdf", PDF)] * 6,
    ],
)
def test_other_files_are_refused_beside_their_field(
    node: Node, achievement: Achievement, learner: "Person", files: list[Upload]
) -> None:
    with pytest.raises(Invalid) as caught:
        ask(node, achievement, learner, Reviewer.ORGANISER, files=files)
    assert list(caught.value.fields) == ["files"]
    with pytest.raises(Invalid, match="Nobody would look"):
        ask(node, achievement, learner, Reviewer.SELF, files=[Upload("a.pdf", PDF)])


# Telling organisers


def test_organisers_get_one_mail_about_many_requests(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int], clock: "TestClock",
) -> None:  # fmt: skip
    with node.reading():
        owners_address = people.get_person(node, achievement.created_by).email

    def mails() -> list[str]:
        run_jobs(node)
        return [
            mail.text
            for mail in list_development_mail(node)
            if mail.to == owners_address and "wait for an answer" in mail.text
        ]

    for number in range(3):
        ask(node, achievement, make_person(), Reviewer.ORGANISER)
        clock.forward(minutes=number)
    assert mails() == []
    clock.forward(minutes=15)
    (text,) = mails()
    assert "Robot builder: 3" in text
    assert f"/organiser/{achievement.organisation_id}/requests" in text
    ask(node, achievement, make_person(), Reviewer.ORGANISER)
    clock.forward(hours=5)
    assert len(mails()) == 1
    clock.forward(hours=1, minutes=1)
    assert [text for text in mails() if "Robot builder: 1" in text]


def test_nobody_is_told_of_their_own_request_or_of_one_that_was_answered(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int], clock: "TestClock",
) -> None:  # fmt: skip
    with node.reading():
        owner = people.get_person(node, achievement.created_by)
        owners_address = owner.email
    ask(node, achievement, owner, Reviewer.PEER)
    made = ask(node, achievement, make_person(), Reviewer.PEER)
    answer(node, made, owner.id, is_organiser=True)
    ask(node, achievement, make_person(), Reviewer.SELF)
    clock.forward(minutes=20)
    run_jobs(node)
    subjects = [mail.subject for mail in list_development_mail(node) if mail.to == owners_address]
    assert [subject for subject in subjects if "ask" in subject] == []
