"""Badges that give themselves: offered to whoever has done everything that a rule names.

A rule is looked at in a job that is enqueued with whatever may have met it, so a kill loses
nothing; once a day all are gone through again. A rule acts for a person once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, delete, func, or_, select

from colnode import audit, jobs
from colnode.badges import achievements, awards, stamps
from colnode.badges.documents import achievement_url
from colnode.badges.jobs import LOOK_AT_RULES, SWEEP_RULES
from colnode.badges.models import (
    Achievement,
    AchievementState,
    BroughtBadge,
    Credential,
    CredentialHolder,
    GivingRule,
    RuleAward,
    SuspensionEntry,
)
from colnode.clock import format_rfc3339
from colnode.db import LangMap, insert_into, new_id
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "all_holders",
    "badge_choices",
    "badges_of",
    "choices_of",
    "create_rule",
    "end_rule",
    "erase",
    "export",
    "get_rule",
    "has_all",
    "has_badge",
    "list_rules",
    "look",
    "look_at",
    "look_at_everybody",
    "organisation_of",
    "sweep",
]

_MOST_THINGS = 50
_MOST_CHOICES = 300


def create_rule(
    node: "Node", achievement_id: str, *, rule: str, things: Sequence[str], actor_id: str
) -> GivingRule:
    """Let a badge give itself from now on, also to those who have done it all already.

    Raises Refused (not published, not verified) and Invalid (unknown rule or things).
    """
    achievement = achievements.get_achievement(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if not achievement.is_published:
        raise Refused(_("Publish the badge first, then let it give itself."))
    chosen = list(dict.fromkeys(things))
    known = choices_of(node, achievement, rule)
    if not 1 <= len(chosen) <= _MOST_THINGS or not set(chosen) <= set(known):
        message = _("Choose at least one from the list.")
        raise Invalid(message, fields={"things": message})
    made = GivingRule(
        id=new_id(),
        achievement_id=achievement_id,
        organisation_id=achievement.organisation_id,
        rule=rule,
        things=chosen,
        created_by=actor_id,
        created_at=node.clock.now(),
    )
    node.db.add(made)
    node.db.flush()
    jobs.enqueue(node, SWEEP_RULES, {"giving_rule_id": made.id})
    _note(node, made, "giving_rule.created", actor_id)
    return made


def choices_of(node: "Node", achievement: Achievement, rule: str) -> Mapping[str, LangMap]:
    """What a rule of this kind may name for the badge, id to name. Raises Invalid."""
    kind = node.host.award_rules.get(rule)
    if kind is None:
        message = _("Choose one of the rules.")
        raise Invalid(message, fields={"rule": message})
    found = kind.choices(node, achievement.organisation_id)
    return {thing: name for thing, name in found.items() if thing != achievement.id}


def end_rule(node: "Node", giving_rule_id: str, *, actor_id: str) -> GivingRule:
    """Let a rule give nothing any more. What it gave stays. Twice is the same as once."""
    found = get_rule(node, giving_rule_id)
    if found.ended_at is None:
        found.ended_at = node.clock.now()
        node.db.flush()
        _note(node, found, "giving_rule.ended", actor_id)
    return found


def get_rule(node: "Node", giving_rule_id: str) -> GivingRule:
    """A rule by its id. Raises NotFound."""
    found = node.db.get(GivingRule, giving_rule_id)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def list_rules(node: "Node", achievement_id: str) -> Sequence[GivingRule]:
    """The rules by which an achievement gives itself at present, newest first."""
    query = select(GivingRule).where(
        GivingRule.achievement_id == achievement_id, GivingRule.ended_at.is_(None)
    )
    return node.db.scalars(query.order_by(GivingRule.created_at.desc(), GivingRule.id)).all()


def organisation_of(node: "Node", giving_rule_id: str) -> str:
    """The id of the organisation whose rule it is. Raises NotFound."""
    return get_rule(node, giving_rule_id).organisation_id


def look_at(node: "Node", person_id: str) -> None:
    """Something that a rule may name has changed for the person: look at the rules, in a job.

    Call it in the transaction of the change. Without any rule it costs one small query.
    """
    if _has_rules(node):
        jobs.enqueue(
            node, LOOK_AT_RULES, {"person_id": person_id}, key=f"{LOOK_AT_RULES}:{person_id}"
        )


def look_at_everybody(node: "Node") -> None:
    """Like look_at, after many people got something at once: one job for all of them."""
    if _has_rules(node):
        jobs.enqueue(node, SWEEP_RULES, key=f"{SWEEP_RULES}:everybody")


def _has_rules(node: "Node") -> bool:
    active = select(GivingRule.id).where(GivingRule.ended_at.is_(None)).limit(1)
    return node.db.scalar(active) is not None


def look(node: "Node", person_id: str) -> None:
    """The job of look_at: offer the person what the rules give. Each rule is a unit of its own.

    When a plugin's rule fails, the others have acted before the job fails and is tried again.
    """
    with node.reading():
        if not people.names_of(node, [person_id]):
            return  # they have left
        query = select(GivingRule).where(GivingRule.ended_at.is_(None)).order_by(GivingRule.id)
        acted = select(RuleAward.giving_rule_id).where(RuleAward.person_id == person_id)
        waiting = node.db.scalars(query.where(GivingRule.id.not_in(acted))).all()
    failure: Exception | None = None
    for found in waiting:
        try:
            with node.unit():
                _apply(node, found, person_id)
        except Exception as error:  # raised again below, once the other rules have had their turn
            failure = error
    if failure is not None:
        raise failure


def sweep(node: "Node", giving_rule_id: str | None) -> None:
    """Look at everybody who may have met a rule: one rule's when it is new, all of them daily."""
    with node.reading():
        query = select(GivingRule).where(GivingRule.ended_at.is_(None))
        if giving_rule_id is not None:
            query = query.where(GivingRule.id == giving_rule_id)
        found: set[str] = set()
        for rule in node.db.scalars(query):
            kind = node.host.award_rules.get(rule.rule)
            acted = select(RuleAward.person_id).where(RuleAward.giving_rule_id == rule.id)
            if kind is not None:
                found |= set(kind.candidates(node, rule.things)) - set(node.db.scalars(acted))
    for person_id in sorted(found):
        with node.unit():
            jobs.enqueue(
                node, LOOK_AT_RULES, {"person_id": person_id}, key=f"{LOOK_AT_RULES}:{person_id}"
            )


def has_badge(node: "Node", person_id: str, achievement_id: str) -> bool:
    """Whether the person holds the badge and it counts: not taken back, suspended or expired."""
    return has_all(node, person_id, [achievement_id])


def badges_of(node: "Node", person_id: str) -> Select[tuple[str]]:
    """The ids of the achievements that the person holds and that count, as a query."""
    return _counting(node, select(Credential.achievement_id)).where(
        CredentialHolder.person_id == person_id
    )


def erase(node: "Node", person_id: str) -> None:
    """Forget for whom rules have acted."""
    node.db.execute(delete(RuleAward).where(RuleAward.person_id == person_id))


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """Which badges offered themselves to the person, and when."""
    query = (
        select(RuleAward, GivingRule)
        .join(GivingRule, GivingRule.id == RuleAward.giving_rule_id)
        .where(RuleAward.person_id == person_id)
        .order_by(RuleAward.acted_at)
    )
    return [
        {"achievement_id": rule.achievement_id, "at": format_rfc3339(award.acted_at)}
        for award, rule in node.db.execute(query)
    ]


def _apply(node: "Node", rule: GivingRule, person_id: str) -> None:
    kind = node.host.award_rules.get(rule.rule)
    person = people.get_person(node, person_id)
    achievement = achievements.get_achievement(node, rule.achievement_id)
    organisation = organisations.get_organisation(node, rule.organisation_id)
    can_give = achievement.is_published and organisation.is_verified
    if kind is None or person.email is None or not person.is_active or not can_give:
        return  # the daily sweep comes by again
    if not kind.is_met(node, person_id, rule.things) or not _is_first(node, rule, person_id):
        return
    if has_all(node, person_id, [rule.achievement_id]):
        return
    (result,) = awards.award(
        node, rule.achievement_id, emails=[person.email], actor_id=rule.created_by
    )
    node.db.get_one(RuleAward, (rule.id, person_id)).offer_id = result.offer_id
    node.db.flush()


def _is_first(node: "Node", rule: GivingRule, person_id: str) -> bool:
    """Note that the rule acts for the person; False when another worker was quicker."""
    values = {"giving_rule_id": rule.id, "person_id": person_id, "acted_at": node.clock.now()}
    insert = insert_into(node.db, RuleAward).values(values).on_conflict_do_nothing()
    return bool(node.db.execute(insert.returning(RuleAward.person_id)).scalar())


def _counting(node: "Node", query: Select[tuple[str]]) -> Select[tuple[str]]:
    """Narrow a query of held credentials down to those that count today."""
    return (
        query.select_from(CredentialHolder)
        .join(Credential, Credential.id == CredentialHolder.credential_id)
        .outerjoin(SuspensionEntry, SuspensionEntry.credential_id == Credential.id)
        .where(
            Credential.revoked_at.is_(None),
            SuspensionEntry.suspended_at.is_(None),
            or_(Credential.valid_until.is_(None), Credential.valid_until > node.clock.now()),
        )
    )


def _holders(node: "Node", things: Sequence[str]) -> Select[tuple[str]]:
    """Who holds all of these badges, each of them valid."""
    return (
        _counting(node, select(CredentialHolder.person_id))
        .where(Credential.achievement_id.in_(things))
        .group_by(CredentialHolder.person_id)
        .having(func.count(Credential.achievement_id.distinct()) == len(things))
    )


def has_all(node: "Node", person_id: str, things: Sequence[str]) -> bool:
    """Whether the person holds all of these badges, and each of them counts.

    One that was brought in counts when it is valid and proven to be the person's own.
    """
    query = _holders(node, things).where(CredentialHolder.person_id == person_id)
    if node.db.scalar(query) is not None:
        return True
    if not _brought(node, things, person_id):
        return False
    place = achievement_url(node, "")
    earned = stamps.earned_achievements(node, person_id)
    return set(things) <= {_own_id(url, place) for url in earned}


def all_holders(node: "Node", things: Sequence[str]) -> Iterable[str]:
    """The ids of those who may hold all of these badges; has_all says who does."""
    return {*node.db.scalars(_holders(node, things)), *_brought(node, things)}


def _brought(node: "Node", things: Sequence[str], person_id: str | None = None) -> set[str]:
    """The ids of those who brought one of these badges in, or of this one if they did."""
    urls = [achievement_url(node, thing) for thing in things]
    query = select(BroughtBadge.person_id).where(
        or_(*(BroughtBadge.achievement_id.startswith(url, autoescape=True) for url in urls))
    )
    if person_id is not None:
        query = query.where(BroughtBadge.person_id == person_id)
    return set(node.db.scalars(query.distinct()))


def _own_id(url: str, place: str) -> str:
    """The id of the achievement at an address of this city, "" for one of elsewhere."""
    return re.split(r"[/?#]", url.removeprefix(place))[0] if url.startswith(place) else ""


def badge_choices(node: "Node", organisation_id: str) -> Mapping[str, LangMap]:
    """The city's badges, those of the organisation first."""
    query = (
        select(Achievement.id, Achievement.name)
        .where(Achievement.state == AchievementState.PUBLISHED)
        .order_by(Achievement.organisation_id != organisation_id, Achievement.published_at.desc())
        .limit(_MOST_CHOICES)
    )
    return {achievement_id: name for achievement_id, name in node.db.execute(query)}


def _note(node: "Node", rule: GivingRule, action: str, actor_id: str) -> None:
    audit.record(
        node,
        action,
        subject_type="giving_rule",
        subject_id=rule.id,
        actor_id=actor_id,
        detail={"achievement_id": rule.achievement_id, "organisation_id": rule.organisation_id},
    )
