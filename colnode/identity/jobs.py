"""The jobs of identity; each imports what it does when it runs."""

from datetime import timedelta

from colnode.host.types import JobKind
from colnode.identity import sweeping

__all__ = ["JOBS"]

JOBS = (
    JobKind(
        "identity.sweep", lambda node, _payload: sweeping.sweep(node), every=timedelta(hours=6)
    ),
)
