"""The jobs of exchange; each imports what it does when it runs."""

from datetime import timedelta

from colnode.exchange import carrying, visits
from colnode.host.types import JobKind

__all__ = ["JOBS"]

JOBS = (
    JobKind("exchange.sweep", lambda node, _payload: visits.sweep(node), every=timedelta(hours=6)),
    JobKind(
        "exchange.visit",
        lambda node, payload: carrying.carry(node, str(payload["visit_id"])),
        lease=timedelta(minutes=30),
        waits_for_others=True,
    ),
)
