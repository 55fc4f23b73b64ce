"""What an achievement says beyond its texts, its versions and editions, and copies of it."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode.badges import achievements, copying, documents, issuing, verifying, versions
from colnode.badges.content import Content
from colnode.badges.models import Achievement
from colnode.badges.more import Match, More, ResultGiven, ResultKind, Source
from colnode.errors import Invalid, NotFound, Refused
from colnode.identity import organisations
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person

ESCO = "http://data.europa.eu/esco/skill/b4ba1404-be3e-443e-9d8a-2b4a4b8e3b4a"
MORE = More(
    matches=(Match("robotics", ESCO, "ESCO", "S5.1"),),
    results=(
        ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can", "shows others")),
        ResultKind("Test", "Percent"),
        ResultKind("Grade", "LetterGrade", ("A", "B")),
    ),
    related=("https://other.example/badges/1",),
    credits=0.5,
    field_of_study="Engineering",
    specialization="Robots",
    human_code="ROB-101",
    licence="CC-BY-4.0",
)


def document_of(node: Node, achievement: Achievement, language: str = "en") -> dict[str, Any]:
    with node.reading():
        organisation = organisations.get_organisation(node, achievement.organisation_id)
        found = achievements.get_achievement(node, achievement.id)
        return documents.public_achievement(node, found, organisation, language=language)


def change(
    node: Node, achievement: Achievement, content: Callable[..., Content], **changes: Any
) -> Achievement:
    with node.unit():
        return achievements.edit(
            node, achievement.id, content=content(**changes), actor_id=achievement.created_by
        )


def test_everything_that_an_issuer_says_is_in_the_signed_badge(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
) -> None:
    achievement = make_achievement(more=MORE)
    with node.unit():
        credential = issuing.issue(
            node,
            achievement.id,
            person_id=make_person().id,
            results=[ResultGiven("Teamwork", "can"), ResultGiven("Test", "87")],
        )
        assert verifying.verify_text(node, credential.document).is_valid
    subject = json.loads(credential.document)["credentialSubject"]
    body = subject["achievement"]
    assert body["alignment"] == [
        {
            "type": ["Alignment"],
            "targetName": "robotics",
            "targetUrl": ESCO,
            "targetFramework": "ESCO",
            "targetCode": "S5.1",
        }
    ]
    assert (body["creditsAvailable"], body["fieldOfStudy"]) == (0.5, "Engineering")
    assert (body["specialization"], body["humanCode"]) == ("Robots", "ROB-101")
    rubric, test, grade = body["resultDescription"]
    assert [level["name"] for level in rubric["rubricCriterionLevel"]] == list(
        MORE.results[0].values
    )
    assert grade["allowedValue"] == ["A", "B"]
    assert subject["result"] == [
        {
            "type": ["Result"],
            "resultDescription": rubric["id"],
            "achievedLevel": rubric["rubricCriterionLevel"][1]["id"],
        },
        {"type": ["Result"], "resultDescription": test["id"], "value": "87"},
    ]
    url = documents.achievement_url(node, achievement.id)
    assert body["related"] == [
        {"id": f"{url}.json?language=lt", "type": ["Related"], "inLanguage": "lt"},
        {"id": "https://other.example/badges/1", "type": ["Related"]},
    ]
    assert (body["version"], body["inLanguage"]) == ("1", "en")


@pytest.mark.parametrize("given", [("Teamwork", "shines"), ("Unknown", "1"), ("Grade", "C")])
def test_a_result_that_is_not_described_is_not_given(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
    given: tuple[str, str],
) -> None:
    achievement = make_achievement(more=MORE)
    person = make_person()
    with pytest.raises(Invalid), node.unit():
        issuing.issue(node, achievement.id, person_id=person.id, results=[ResultGiven(*given)])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (More(matches=(Match("skill", "no address"),)), "matches"),
        (More(matches=(Match("", ESCO),)), "matches"),
        (More(results=(ResultKind("Teamwork", "RubricCriterionLevel", ("one",)),)), "results"),
        (More(results=(ResultKind("Teamwork", "Wonder"),)), "results"),
        (More(related=("ftp://x",)), "related"),
        (More(credits=-1), "credits"),
        (More(licence="mine"), "licence"),
        (More(human_code="x" * 61), "human_code"),
    ],
)
def test_what_cannot_be_said_is_refused_by_field(
    make_achievement: Callable[..., Achievement], more: More, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        make_achievement(more=more)
    assert list(caught.value.fields) == [field]


def test_each_publication_of_other_content_is_a_version(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
    content: Callable[..., Content],
) -> None:
    achievement = make_achievement()
    with node.unit():
        early = issuing.issue(node, achievement.id, person_id=make_person().id)
    assert change(node, achievement, content).version == 1
    description = {"en": "Builds a fast robot that follows a line."}
    assert change(node, achievement, content, description=description, tags=("bots",)).version == 2
    body = document_of(node, achievement)
    url = documents.achievement_url(node, achievement.id)
    assert body["version"] == "2"
    assert {"id": f"{url}/versions/1", "type": ["Related"], "version": "1"} in body["related"]
    subject = json.loads(early.document)["credentialSubject"]
    assert subject["achievement"]["version"] == "1"
    with node.reading():
        before, after = (versions.content_at(node, achievement.id, number) for number in (1, 2))
        assert [item.number for item in versions.list_versions(node, achievement.id)] == [2, 1]
        old = versions.achievement_at(node, achievement, 1)
        assert (old.version, old.description["en"]) == (1, "Builds a robot that follows a line.")
        with pytest.raises(NotFound):
            versions.content_at(node, achievement.id, 3)
    found = {(item.field, item.language): item.parts for item in versions.changes(before, after)}
    assert list(found) == [("description", "en"), ("description", "lt"), ("tags", None)]
    assert [(part.state, part.text) for part in found["description", "en"]] == [
        ("same", "Builds a"),
        ("added", " fast"),
        ("same", " robot that follows a line."),
    ]
    assert [(part.state, part.text) for part in found["tags", None]] == [
        ("removed", "robots, teamwork"),
        ("added", "bots"),
    ]


def test_a_draft_has_no_versions_and_starts_with_the_first(
    node: Node, make_achievement: Callable[..., Achievement], content: Callable[..., Content]
) -> None:
    draft = make_achievement(is_published=False)
    change(node, draft, content, tags=("other",))
    with node.unit():
        assert versions.list_versions(node, draft.id) == []
        published = achievements.publish(node, draft.id, actor_id=draft.created_by)
        assert published.version == 1
        assert len(versions.list_versions(node, draft.id)) == 1


def test_the_holders_language_decides_and_the_other_editions_are_named(
    node: Node, make_achievement: Callable[..., Achievement]
) -> None:
    achievement = make_achievement()
    url = documents.achievement_url(node, achievement.id)
    for language, other in (("en", "lt"), ("lt", "en")):
        body = document_of(node, achievement, language)
        assert (body["id"], body["inLanguage"]) == (url, language)
        assert body["related"] == [
            {"id": f"{url}.json?language={other}", "type": ["Related"], "inLanguage": other}
        ]


def test_a_copy_of_ones_own_badge_is_a_draft_with_all_of_it(
    node: Node, make_achievement: Callable[..., Achievement]
) -> None:
    achievement = make_achievement(more=MORE)
    with node.unit():
        made = copying.copy(
            node,
            achievement.organisation_id,
            source_id=achievement.id,
            actor_id=achievement.created_by,
        )
        assert made.is_draft
        assert achievements.content_of(made) == achievements.content_of(achievement)


def test_somebody_elses_badge_is_copied_with_its_licence_and_its_maker(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_organisation: "Callable[..., Organisation]",
) -> None:
    achievement, club = make_achievement(more=MORE), make_organisation("Club")
    closed = make_achievement(organisation=None)
    draft = make_achievement(more=MORE, is_published=False)
    with node.unit():
        made = copying.copy(
            node, club.id, source_id=achievement.id, actor_id=achievement.created_by
        )
        more = achievements.content_of(made).more
        url = documents.achievement_url(node, achievement.id)
        assert more.source == Source("Robot builder", "Town Library", url, "CC-BY-4.0")
        assert (more.licence, more.human_code, more.matches) == (None, None, MORE.matches)
    assert {"id": url, "type": ["Related"]} in document_of(node, made)["related"]
    for source, problem in ((closed, Refused), (draft, NotFound)):
        with pytest.raises(problem), node.unit():
            copying.copy(node, club.id, source_id=source.id, actor_id=achievement.created_by)


def test_what_must_be_shared_alike_keeps_its_licence(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_organisation: "Callable[..., Organisation]",
) -> None:
    achievement = make_achievement(more=More(licence="CC-BY-SA-4.0"))
    club = make_organisation("Club")
    with node.unit():
        made = copying.copy(
            node, club.id, source_id=achievement.id, actor_id=achievement.created_by
        )
        assert achievements.content_of(made).more.licence == "CC-BY-SA-4.0"
