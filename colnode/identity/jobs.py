"""The jobs of identity; each imports what it does when it runs."""

from datetime import timedelta

from colnode.identity import sweeping
from colnode.jobs import JobKind

__all__ = ["JOBS"]

JOBS = (
    JobKind(
        "identity.sweep", lambda node, _payload: sweeping.sweep(node), every=timedelta(hours=6)
    ),
)
