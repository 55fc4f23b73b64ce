"""Results: what a badge describes, who says what somebody reached, and where it is read."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import (
    achievements,
    applications,
    award_tables,
    awards,
    certificate,
    claims,
    codes,
    correcting,
    issuing,
    offers,
    passport,
    verifying,
)
from colnode.badges.applications import Reviewer
from colnode.badges.content import Content
from colnode.badges.models import Achievement, Credential
from colnode.badges.more import More, ResultGiven, ResultKind
from colnode.badges.results import check_results
from colnode.errors import Gone, Invalid
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person

KINDS = (
    ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can", "shows others"), "can"),
    ResultKind("Test", "Percent", (), "50"),
    ResultKind("Grade", "LetterGrade", ("B", "A")),
    ResultKind("Course", "Status"),
    ResultKind("Remark"),
)
GIVEN = [ResultGiven("Test", "87,5 %"), ResultGiven("Teamwork", "can"), ResultGiven("Grade", " ")]


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge with results of five kinds."""
    return make_achievement(more=More(results=KINDS))


@pytest.fixture
def learner(make_person: "Callable[..., Person]") -> "Person":
    """Somebody who earns badges."""
    return make_person("kai@example.org", display_name="Kai Learner")


def results_of(credential: Credential) -> list[dict[str, Any]]:
    subject = json.loads(credential.document)["credentialSubject"]
    return list(subject.get("result", ()))


def by_offer(node: Node, achievement: Achievement, person_id: str) -> Credential:
    (sent,) = awards.award(
        node, achievement.id, emails=["kai@example.org"], actor_id="x", results=GIVEN
    )
    return issuing.accept(node, str(sent.offer_id), person_id=person_id)


def by_table(node: Node, achievement: Achievement, person_id: str) -> Credential:
    table = "email;Result: TEAMWORK;result: test\nkai@example.org;can;87.5\n"
    (row,) = award_tables.award_table(node, achievement.id, text=table, actor_id="x")
    return issuing.accept(node, str(row.result.offer_id), person_id=person_id)


def by_link(node: Node, achievement: Achievement, person_id: str) -> Credential:
    link = claims.create_link(node, achievement.id, actor_id="x", results=GIVEN)
    return claims.claim(node, link.code, person_id=person_id)


def by_code(node: Node, achievement: Achievement, person_id: str) -> Credential:
    sheet = codes.create_sheet(node, achievement.id, count=1, actor_id="x", results=GIVEN)
    (code,) = codes.open_codes(node, sheet.id)
    return claims.claim(node, code.code, person_id=person_id)


def by_request(node: Node, achievement: Achievement, person_id: str) -> Credential:
    applications.set_reviewer(node, achievement.id, reviewer=Reviewer.ORGANISER, actor_id="x")
    made = applications.apply_for(node, achievement.id, person_id=person_id, narrative="I did.")
    done = applications.review(
        node, made.id, reviewer_id="x", is_organiser=True, is_granted=True, results=GIVEN
    )
    return issuing.get_credential(node, str(done.credential_id))


@pytest.mark.parametrize("give", [by_offer, by_table, by_link, by_code, by_request])
def test_every_way_to_give_a_badge_carries_the_result(
    node: Node, achievement: Achievement, learner: "Person",
    give: Callable[[Node, Achievement, str], Credential],
) -> None:  # fmt: skip
    with node.unit():
        credential = give(node, achievement, learner.id)
        verdict = verifying.verify_text(node, credential.document)
    url = json.loads(credential.document)["credentialSubject"]["achievement"]["id"]
    assert results_of(credential) == [
        {
            "type": ["Result"],
            "resultDescription": f"{url}#result-1",
            "achievedLevel": f"{url}#result-1-level-2",
        },
        {"type": ["Result"], "resultDescription": f"{url}#result-2", "value": "87.5"},
    ]
    assert verdict.is_valid
    assert [(item.name, item.value) for item in verdict.summary.results] == [
        ("Teamwork", "can"),
        ("Test", "87.5"),
    ]


def test_a_status_is_written_as_a_status_and_what_is_required_is_described(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    with node.unit():
        credential = issuing.issue(
            node, achievement.id, person_id=learner.id, results=[ResultGiven("Course", "Completed")]
        )
    (result,) = results_of(credential)
    assert (result["status"], "value" in result) == ("Completed", False)
    described = json.loads(credential.document)["credentialSubject"]["achievement"]
    first, second, *_others = described["resultDescription"]
    assert first["requiredLevel"] == first["rubricCriterionLevel"][1]["id"]
    assert second["requiredValue"] == "50"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Teamwork", "shines", "It can be: begins, can, shows others"),
        ("Teamwork", "begins", "at least “can”"),
        ("Test", "49", "at least “50”"),
        ("Test", "101", "from 0 to 100"),
        ("Test", "many", "is a number"),
        ("Test", "nan", "is a number"),
        ("Test", "6e1", "is a number"),
        ("Course", "Finished", "It can be: Completed"),
        ("Charm", "great", "no result “Charm”"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_in_words(name: str, value: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_results(KINDS, [ResultGiven(name, value)])


def test_one_result_has_one_value() -> None:
    twice = [ResultGiven("Grade", "A"), ResultGiven("Grade", "B")]
    with pytest.raises(Invalid, match="two results"):
        check_results(KINDS, twice)


@pytest.mark.parametrize(
    "wrong",
    [
        (ResultKind("Grade", "LetterGrade", ("B", "A"), "C"),),
        (ResultKind("Remark", "Result", (), "good"),),
        (ResultKind("Test", "Percent", (), "most"),),
        (ResultKind("Course", "Status", (), "Completed"),),
        (ResultKind("Course", "Status", ("Dreaming",)),),
        (ResultKind("Same", "Percent"), ResultKind("Same", "RawScore")),
    ],
)
def test_results_that_nobody_could_compare_are_not_described(
    make_achievement: Callable[..., Achievement], wrong: tuple[ResultKind, ...]
) -> None:
    with pytest.raises(Invalid) as caught:
        make_achievement(more=More(results=wrong))
    assert list(caught.value.fields) == ["results"]


def test_a_row_with_a_wrong_result_says_why_and_an_unknown_column_stops_the_table(
    node: Node, achievement: Achievement
) -> None:
    def award(text: str) -> list[award_tables.RowResult]:
        with node.unit():
            return award_tables.award_table(
                node, achievement.id, text=text, actor_id="x", is_trial=True
            )

    first, second = award("email,result: Test\nkai@example.org,101\nona@example.org,\n")
    assert (first.result.outcome, first.result.parameters) == ("wrong", {"name": "Test"})
    assert second.result.outcome == "sent"
    with pytest.raises(Invalid, match="result: Charm"):
        award("email,result: Charm\nkai@example.org,great\n")


def change(
    node: Node, achievement: Achievement, content: Callable[..., Content], *kinds: ResultKind
) -> None:
    with node.unit():
        achievements.edit(
            node,
            achievement.id,
            content=content(more=More(results=kinds)),
            actor_id="x",
            revision=achievements.get_achievement(node, achievement.id).revision,
        )


def test_an_offer_whose_result_is_described_no_more_says_so(
    node: Node, achievement: Achievement, learner: "Person", content: Callable[..., Content]
) -> None:
    with node.unit():
        (sent,) = awards.award(
            node, achievement.id, emails=["kai@example.org"], actor_id="x", results=GIVEN
        )
    change(node, achievement, content, KINDS[0])
    with pytest.raises(Gone, match="were changed"), node.unit():
        issuing.accept(node, str(sent.offer_id), person_id=learner.id)


def test_a_correction_keeps_results_by_their_name_or_gives_others(
    node: Node, achievement: Achievement, learner: "Person", content: Callable[..., Content]
) -> None:
    def correct(old: Credential, **given: Any) -> Credential:
        with node.unit():
            return correcting.correct(
                node, old.id, actor_id="x", reason="Why.", narrative=None, evidence=(), **given
            )

    with node.unit():
        first = by_link(node, achievement, learner.id)
    change(node, achievement, content, KINDS[2], KINDS[0])
    second = correct(first)
    assert [(one.name, one.value) for one in correcting.told_by(second).results] == [
        ("Teamwork", "can")
    ]
    third = correct(second, results=[ResultGiven("Grade", "A")])
    assert [(one.name, one.value) for one in correcting.told_by(third).results] == [("Grade", "A")]


@pytest.mark.databases("sqlite")
def test_the_certificate_is_drawn_with_results(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    with node.unit():
        credential = by_link(node, achievement, learner.id)
        held = passport.open_credential(node, credential.address, viewer_id=learner.id)
        without = issuing.issue(node, achievement.id, person_id=learner.id)
        plain = passport.open_credential(node, without.address, viewer_id=learner.id)
        assert len(certificate.draw(node, held, language="en")) > len(
            certificate.draw(node, plain, language="en")
        )


def test_results_are_in_the_export_and_forgotten_with_the_person(
    node: Node, achievement: Achievement, learner: "Person"
) -> None:
    with node.unit():
        (sent,) = awards.award(
            node, achievement.id, emails=["kai@example.org"], actor_id="x", results=GIVEN
        )
        (exported,) = offers.export(node, learner.id)
        assert exported["results"] == {"Teamwork": "can", "Test": "87.5"}
        offers.erase(node, learner.id)
    with node.reading():
        assert offers.get_offer(node, str(sent.offer_id)).results == {}
