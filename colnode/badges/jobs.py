"""The jobs of badges; each imports what it does when it runs."""

from datetime import timedelta

from colnode.badges import brought, standing
from colnode.jobs import JobKind

__all__ = ["JOBS"]

JOBS = (
    JobKind(
        "badges.follow_organisations",
        lambda node, _payload: standing.follow_organisations(node),
        every=timedelta(minutes=1),
    ),
    JobKind(
        "badges.check_brought",
        lambda node, payload: brought.check(node, payload["badge_id"]),
        waits_for_others=True,
    ),
)
