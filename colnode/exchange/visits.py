"""placeholder"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.exchange import clients, grants
from colnode.jobs import JobKind

if TYPE_CHECKING:
    from colnode.node import Node


def _sweep(node: "Node", _payload: Mapping[str, Any]) -> None:
    with node.unit():
        grants.sweep(node)
        clients.sweep(node)


JOBS: tuple[JobKind, ...] = (JobKind("exchange.sweep", _sweep, every=timedelta(hours=6)),)
