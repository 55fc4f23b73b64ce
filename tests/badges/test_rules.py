"""Badges that give themselves: to whoever has done it all, once, and not only to some."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from colnode.badges import bringing, bulk, holder_dids, issuing, offers, rules
from colnode.badges.jobs import LOOK_AT_RULES
from colnode.badges.models import Achievement, GivingRule, Offer, RuleAward
from colnode.errors import Invalid, Refused
from colnode.host.types import AwardRule
from colnode.identity import people
from colnode.jobs import Job
from colnode.node import Node
from colnode.openbadges.keys import SigningKey

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, Person


@dataclass
class Path:
    """A badge that crowns two others."""

    first: Achievement
    second: Achievement
    crown: Achievement


@pytest.fixture
def path(
    make_organisation: "Callable[..., Organisation]", make_achievement: Callable[..., Achievement]
) -> Path:
    organisation = make_organisation()
    first, second, crown = (
        make_achievement(organisation, name={"en": name}) for name in ("One", "Two", "Crown")
    )
    return Path(first, second, crown)


def add_rule(node: Node, path: Path) -> GivingRule:
    with node.unit():
        return rules.create_rule(
            node,
            path.crown.id,
            rule="all_badges",
            things=[path.first.id, path.second.id],
            actor_id=path.crown.created_by,
        )


def give(node: Node, person: "Person", *given: Achievement) -> None:
    for achievement in given:
        with node.unit():
            issuing.issue(node, achievement.id, person_id=person.id)


def offered(node: Node, path: Path) -> list[str | None]:
    with node.reading():
        return [offer.email for offer in offers.list_offers(node, path.crown.id)]


def test_the_badge_is_offered_once_all_the_others_are_there(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    add_rule(node, path)
    run_jobs(node)
    kai = make_person("kai@example.org")
    give(node, kai, path.first)
    run_jobs(node)
    assert offered(node, path) == []
    give(node, kai, path.first, path.second)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]
    give(node, kai, path.second)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]


def test_a_new_rule_finds_those_who_have_it_all_already(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    give(node, make_person("kai@example.org"), path.first, path.second)
    give(node, make_person("ona@example.org"), path.first)
    run_jobs(node)
    add_rule(node, path)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]


def test_what_was_taken_back_does_not_count(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    add_rule(node, path)
    kai = make_person("kai@example.org")
    with node.unit():
        lost = issuing.issue(node, path.first.id, person_id=kai.id)
        issuing.revoke(node, lost.id, actor_id="somebody", reason="A mistake.")
    give(node, kai, path.second)
    run_jobs(node)
    assert offered(node, path) == []


def test_who_has_the_badge_is_not_offered_it(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    add_rule(node, path)
    give(node, make_person("kai@example.org"), path.crown, path.first, path.second)
    run_jobs(node)
    assert offered(node, path) == []


def test_a_kill_between_badge_and_rule_loses_nothing(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    add_rule(node, path)
    run_jobs(node)
    give(node, make_person("kai@example.org"), path.first, path.second)
    with node.reading():
        kinds = node.db.scalars(select(Job.kind).where(Job.kind == LOOK_AT_RULES)).all()
    assert kinds == [LOOK_AT_RULES], "the work is stored with the badge"
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]


def test_the_daily_round_finds_whoever_was_missed(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int],
    clock: Any,
) -> None:  # fmt: skip
    add_rule(node, path)
    run_jobs(node)
    give(node, make_person("kai@example.org"), path.first, path.second)
    with node.unit():
        for job in node.db.scalars(select(Job).where(Job.kind == LOOK_AT_RULES)):
            node.db.delete(job)
    clock.forward(days=1, minutes=1)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]


def test_an_ended_rule_gives_nothing(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    made = add_rule(node, path)
    with node.unit():
        rules.end_rule(node, made.id, actor_id="somebody")
        assert rules.list_rules(node, path.crown.id) == []
    give(node, make_person("kai@example.org"), path.first, path.second)
    run_jobs(node)
    assert offered(node, path) == []


def test_a_rule_names_badges_that_exist_and_never_itself(
    node: Node, path: Path, make_achievement: Callable[..., Achievement]
) -> None:
    for rule, things, field_name in (
        ("all_badges", [path.crown.id], "things"),
        ("all_badges", [], "things"),
        ("all_badges", ["no-such"], "things"),
        ("no_such_rule", [path.first.id], "rule"),
    ):
        with pytest.raises(Invalid) as error, node.unit():
            rules.create_rule(node, path.crown.id, rule=rule, things=things, actor_id="somebody")
        assert field_name in error.value.fields
    draft = make_achievement(is_published=False)
    with pytest.raises(Refused), node.unit():
        rules.create_rule(
            node, draft.id, rule="all_badges", things=[path.first.id], actor_id="somebody"
        )


@dataclass
class Steps:
    """A plugin's rule: whoever has walked."""

    walkers: set[str] = field(default_factory=set)
    is_broken: bool = False

    def is_met(self, _node: Node, person_id: str, _things: Sequence[str]) -> bool:
        if self.is_broken:
            raise ZeroDivisionError
        return person_id in self.walkers

    def candidates(self, _node: Node, _things: Sequence[str]) -> Iterable[str]:
        return set(self.walkers)


@pytest.fixture
def steps(node: Node) -> Steps:
    steps = Steps()
    node.host.award_rules["steps"] = AwardRule(
        "steps", "Whoever has walked", lambda *_: {"trail": {"en": "The trail"}},
        steps.is_met, steps.candidates,
    )  # fmt: skip
    return steps


def test_a_plugins_rule_gives_a_badge_when_the_plugin_says_so(
    node: Node, path: Path, steps: Steps, make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int],
) -> None:  # fmt: skip
    kai, ona = make_person("kai@example.org"), make_person("ona@example.org")
    steps.walkers.add(ona.id)
    with node.unit():
        rules.create_rule(
            node, path.crown.id, rule="steps", things=["trail"], actor_id=path.crown.created_by
        )
    run_jobs(node)
    assert offered(node, path) == ["ona@example.org"]
    steps.walkers.add(kai.id)
    with node.unit():
        rules.look_at(node, kai.id)
    run_jobs(node)
    assert sorted(str(email) for email in offered(node, path)) == [
        "kai@example.org", "ona@example.org"
    ]  # fmt: skip


def test_a_plugins_broken_rule_stops_no_other_and_is_tried_again(
    node: Node, path: Path, steps: Steps, make_person: "Callable[..., Person]",
    run_jobs: Callable[[Node], int], clock: Any,
) -> None:  # fmt: skip
    kai = make_person("kai@example.org")
    steps.walkers.add(kai.id)
    steps.is_broken = True
    with node.unit():
        rules.create_rule(
            node, path.second.id, rule="steps", things=["trail"], actor_id=path.crown.created_by
        )
        rules.create_rule(
            node, path.crown.id, rule="all_badges", things=[path.first.id],
            actor_id=path.crown.created_by,
        )  # fmt: skip
    give(node, kai, path.first)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]
    steps.is_broken = False
    clock.forward(minutes=1)
    run_jobs(node)
    with node.reading():
        assert len(offers.list_offers(node, path.second.id)) == 1


def test_what_rules_gave_is_exported_and_forgotten(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    add_rule(node, path)
    kai = make_person("kai@example.org")
    give(node, kai, path.first, path.second)
    run_jobs(node)
    with node.unit():
        exported = people.export(node, kai.id)
        assert [item["achievement_id"] for item in exported["rules"]] == [path.crown.id]
        assert [item["email"] for item in exported["offers"]] == ["kai@example.org"]
        people.erase(node, kai.id, actor_id=kai.id)
        assert node.db.scalars(select(RuleAward)).all() == []
        (offer,) = node.db.scalars(select(Offer))
        node.db.refresh(offer)
        assert (offer.email, offer.state) == (None, "withdrawn")
    run_jobs(node)


def test_a_proven_badge_that_was_brought_in_counts(
    node: Node, path: Path, make_person: "Callable[..., Person]", run_jobs: Callable[[Node], int]
) -> None:
    """Given to somebody's DID without an account, then brought in by them."""
    add_rule(node, path)
    kai, did = make_person("kai@example.org"), f"did:key:{SigningKey.generate().multibase}"
    give(node, kai, path.first)
    run = bulk.issue_many(node, path.second.id, rows=[bulk.BulkRow(did)], key="one")
    with node.reading():
        ((_result, credential),) = bulk.list_results(node, run.run_id)
        assert credential is not None
        document = credential.document.encode()
    with node.unit():
        bringing.bring_in(node, person_id=kai.id, document=document)
    run_jobs(node)
    assert offered(node, path) == []
    with node.unit():
        holder_dids.remember(node, did, person_id=kai.id)
        rules.look_at(node, kai.id)
    run_jobs(node)
    assert offered(node, path) == ["kai@example.org"]
