"""The jobs of badges; each imports what it does when it runs."""

from datetime import timedelta

from colnode.badges import bulk_telling, standing
from colnode.jobs import JobKind

__all__ = ["JOBS"]

JOBS = (
    JobKind(
        "badges.follow_organisations",
        lambda node, _payload: standing.follow_organisations(node),
        every=timedelta(minutes=1),
    ),
    JobKind(
        "badges.tell_holders",
        lambda node, payload: bulk_telling.tell_holders(node, payload["run_id"]),
        lease=timedelta(minutes=10),
    ),
)
