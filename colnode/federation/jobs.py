"""The jobs of federation; each imports what it does when it runs.

The sequencer is woken by each change of the catalogue, and once a minute in any case.
"""

from datetime import timedelta

from colnode.catalogue import SEQUENCE_JOB
from colnode.federation import pictures, polling, sequencer
from colnode.federation.job_names import CLEAN_JOB, PICTURES_JOB, SYNC_JOB
from colnode.jobs import JobKind

__all__ = ["JOBS"]

_LONG = timedelta(hours=1)

JOBS = (
    JobKind(SEQUENCE_JOB, lambda node, _payload: sequencer.run(node)),
    JobKind(
        "federation.tend", lambda node, _payload: sequencer.run(node), every=timedelta(minutes=1)
    ),
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
    JobKind(
        PICTURES_JOB,
        lambda node, payload: pictures.fetch_wanted(node, str(payload["peer_id"])),
        lease=_LONG,
        waits_for_others=True,
    ),
    JobKind(CLEAN_JOB, lambda node, payload: polling.clean(node, str(payload["origin"]))),
)
