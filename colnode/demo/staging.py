"""What a demonstration city is built on: its file, what exists so far, who acts, and when."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from colnode.host.types import DemoScene

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Stage", "in_the_past"]


@dataclass
class Stage:
    """What is being built: the city's file, what exists so far, and who acts."""

    data: Mapping[str, Any]
    scene: DemoScene
    languages: list[str]
    today: datetime
    progress: Callable[[int], None]
    owners: dict[str, str] = field(default_factory=dict)
    admin_id: str = ""

    def owner_of(self, key: str) -> str:
        """Who runs the organisation of an achievement, by its key in the file."""
        given = next(item for item in self.data["achievements"] if item["key"] == key)
        return self.owners[given["organisation"]]


class _Moment:
    """A clock that stands at one moment."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """That moment."""
        return self._moment


@contextmanager
def in_the_past(node: "Node", today: datetime, *, days: int) -> Iterator[None]:
    """Let what happens inside have happened so many days ago, so that the city has a history."""
    clock = node.clock
    node.clock = _Moment(today - timedelta(days=days))
    try:
        yield
    finally:
        node.clock = clock
