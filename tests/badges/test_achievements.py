"""Achievements: what may be written, and what other cities read of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from colnode import catalogue
from colnode.badges import achievements, awards
from colnode.badges.content import Content
from colnode.badges.models import Achievement
from colnode.errors import Conflict, Invalid, Refused
from colnode.identity import organisations
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Organisation


def _record(node: Node, achievement_id: str) -> catalogue.RecordView | None:
    with node.reading():
        return catalogue.get(node, catalogue.OWN, achievement_id, record_type="achievement")


def test_a_published_badge_is_a_record_with_its_picture_and_texts(
    node: Node, make_achievement: Callable[..., Achievement]
) -> None:
    record = _record(node, make_achievement().id)
    assert record is not None
    assert record.title == {"en": "Robot builder", "lt": "Robotų kūrėjas"}
    assert set(record.tags) == {"robots", "teamwork"}
    assert record.picture == record.body["picture"]["digest"]
    assert record.body["translations"]["lt"]["criteria"] == "Sukurk ir parodyk."
    assert "@example.org" not in str(record.body)


def test_an_edit_reaches_the_catalogue_and_a_retired_badge_leaves_it(
    node: Node, make_achievement: Callable[..., Achievement], content: Callable[..., Content]
) -> None:
    made = make_achievement()
    actor_id = made.created_by
    with node.unit():
        achievements.edit(
            node, made.id, content=content(name={"en": "Robot maker"}), actor_id=actor_id
        )
    record = _record(node, made.id)
    assert record is not None
    assert record.title == {"en": "Robot maker"}
    with node.unit():
        achievements.retire(node, made.id, actor_id=actor_id)
        achievements.retire(node, made.id, actor_id=actor_id)
    assert _record(node, made.id) is None
    with pytest.raises(Refused), node.unit():
        achievements.publish(node, made.id, actor_id=actor_id)


def test_the_badges_of_a_suspended_organisation_leave_the_catalogue_and_come_back(
    node: Node, make_achievement: Callable[..., Achievement], run_jobs: Callable[[Node], int],
    clock: Any,
) -> None:  # fmt: skip
    made = make_achievement()
    for change, is_listed in ((_suspend, False), (_verify, True)):
        with node.unit():
            change(node, made)
        clock.forward(minutes=2)
        run_jobs(node)
        assert (_record(node, made.id) is not None) is is_listed


def _suspend(node: Node, made: Achievement) -> None:
    organisations.suspend(
        node, made.organisation_id, actor_id=made.created_by, reason="Under review."
    )


def _verify(node: Node, made: Achievement) -> None:
    organisations.verify(node, made.organisation_id, actor_id=made.created_by)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": {"lt": "Tik lietuviškai"}}, "name"),
        ({"name": {"en": "x" * 121}}, "name"),
        ({"description": {"en": "bell \x07"}}, "description"),
        ({"main_language": "English"}, "main_language"),
        ({"kind": "Diploma"}, "kind"),
        ({"valid_days": 0}, "valid_days"),
        ({"tags": tuple(f"tag{index}" for index in range(21))}, "tags"),
    ],
)
def test_what_cannot_be_a_badge_is_named_by_field(
    node: Node,
    make_organisation: "Callable[..., Organisation]",
    content: Callable[..., Content],
    changes: dict[str, Any],
    field: str,
) -> None:
    organisation = make_organisation()
    with pytest.raises(Invalid) as caught, node.unit():
        achievements.create(node, organisation.id, content=content(**changes), actor_id="somebody")
    assert set(caught.value.fields) == {field}


def test_a_badge_without_criteria_stays_a_draft(
    node: Node, make_achievement: Callable[..., Achievement]
) -> None:
    draft = make_achievement(is_published=False, criteria={})
    with pytest.raises(Invalid) as caught, node.unit():
        achievements.publish(node, draft.id, actor_id=draft.created_by)
    assert set(caught.value.fields) == {"criteria"}
    assert _record(node, draft.id) is None


def test_an_older_text_does_not_overwrite_a_newer_one(
    node: Node, make_achievement: Callable[..., Achievement], content: Callable[..., Content]
) -> None:
    made = make_achievement()
    with node.unit():
        achievements.edit(node, made.id, content=content(), actor_id="a", revision=1)
    with pytest.raises(Conflict), node.unit():
        achievements.edit(node, made.id, content=content(), actor_id="b", revision=1)


def test_a_pasted_list_of_addresses_is_read_as_people_write_it() -> None:
    text = (
        "Ada <Ada@Example.org>; bo@example.org,\n\ncy@example.org dee@example.org\nbo@example.org"
    )
    assert awards.split_emails(text) == [
        "ada@example.org",
        "bo@example.org",
        "cy@example.org",
        "dee@example.org",
    ]


def test_the_words_of_an_award_cannot_carry_the_persons_address(
    node: Node, make_achievement: Callable[..., Achievement]
) -> None:
    made = make_achievement()
    with pytest.raises(Invalid) as caught, node.unit():
        awards.award(
            node,
            made.id,
            emails=["kai@example.org"],
            actor_id=made.created_by,
            narrative="Kai (KAI@example.org) built a robot.",
        )
    assert set(caught.value.fields) == {"narrative"}
