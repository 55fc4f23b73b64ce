"""The jobs of badges; each imports what it does when it runs."""

from datetime import timedelta

from colnode.badges import (
    brought,
    bulk_telling,
    giving_again,
    offers,
    reminding,
    repeats,
    request_mails,
    rules,
    standing,
)
from colnode.host.types import JobKind

__all__ = ["JOBS", "LOOK_AT_RULES", "OFFER_MAILED", "SWEEP_RULES", "TELL_REVIEWERS"]

OFFER_MAILED = "badges.offer_mailed"
LOOK_AT_RULES = "badges.look_at_rules"
SWEEP_RULES = "badges.sweep_rules"
TELL_REVIEWERS = "badges.tell_reviewers"

JOBS = (
    JobKind(
        "badges.follow_organisations",
        lambda node, _payload: standing.follow_organisations(node),
        every=timedelta(minutes=1),
    ),
    JobKind(OFFER_MAILED, lambda node, payload: offers.note_mailed(node, payload["offer_id"])),
    JobKind(LOOK_AT_RULES, lambda node, payload: rules.look(node, payload["person_id"])),
    JobKind(
        SWEEP_RULES,
        lambda node, payload: rules.sweep(node, payload.get("giving_rule_id")),
        every=timedelta(days=1),
    ),
    JobKind(
        TELL_REVIEWERS,
        lambda node, payload: request_mails.tell_reviewers(node, payload["organisation_id"]),
    ),
    JobKind(
        "badges.forget_old_calls",
        lambda node, _payload: repeats.forget_old(node),
        every=timedelta(hours=1),
    ),
    JobKind(
        "badges.remind", lambda node, _payload: reminding.remind(node), every=timedelta(hours=1)
    ),
    JobKind(
        "badges.give_again",
        lambda node, payload: giving_again.give_again(node, **payload),
        lease=timedelta(hours=1),
    ),
    JobKind(
        "badges.tell_holders",
        lambda node, payload: bulk_telling.tell_holders(node, payload["run_id"]),
        lease=timedelta(minutes=10),
    ),
    JobKind(
        "badges.check_brought",
        lambda node, payload: brought.check(node, payload["badge_id"]),
        waits_for_others=True,
    ),
)
