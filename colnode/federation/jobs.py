"""The jobs of federation; each imports what it does when it runs.

The sequencer is woken by each change of the catalogue, and once a minute in any case.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from colnode import catalogue
from colnode.catalogue import SEQUENCE_JOB
from colnode.federation import harvest, hints, pictures, polling, sequencer, taking_up
from colnode.federation.job_names import CLEAN_JOB, HINT_JOB, PICTURES_JOB, SYNC_JOB
from colnode.host.types import JobKind

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["JOBS"]

_LONG = timedelta(hours=1)


def _tend_log(node: "Node") -> None:
    sequencer.run(node)
    harvest.follow(node)


def _after_plugins_changed(node: "Node") -> None:
    taking_up.take_up(node)
    catalogue.refresh_facets(node)


JOBS = (
    JobKind(SEQUENCE_JOB, lambda node, _payload: _tend_log(node)),
    JobKind("federation.tend", lambda node, _payload: _tend_log(node), every=timedelta(minutes=1)),
    JobKind(
        "federation.poll",
        lambda node, _payload: polling.poll(node),
        every=timedelta(minutes=1),
        lease=_LONG,
        waits_for_others=True,
    ),
    JobKind(
        SYNC_JOB,
        lambda node, payload: polling.read(node, str(payload["peer_id"])),
        lease=_LONG,
        waits_for_others=True,
    ),
    JobKind(HINT_JOB, lambda node, _payload: hints.tell(node), waits_for_others=True),
    JobKind(
        PICTURES_JOB,
        lambda node, payload: pictures.fetch_wanted(node, str(payload["peer_id"])),
        lease=_LONG,
        waits_for_others=True,
    ),
    JobKind(
        "federation.take_up",
        lambda node, _payload: _after_plugins_changed(node),
        every=timedelta(minutes=10),
        lease=_LONG,
    ),
    JobKind(CLEAN_JOB, lambda node, payload: polling.clean(node, str(payload["origin"]))),
)
