"""One verification while it goes on: the network, the time, and how deep inside it is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from colnode.openbadges.resolver import Resolver

if TYPE_CHECKING:
    from colnode.openbadges.findings import Verdict
    from colnode.openbadges.reading import Reading

__all__ = ["Run"]

MAX_DEPTH = 3
MAX_INSIDE = 200


@dataclass(frozen=True)
class Run:
    """What every check needs. `verify` verifies another credential in the same run."""

    resolver: Resolver
    now: datetime
    verify: Callable[["Reading", "Run"], "Verdict"]
    depth: int = 0
    may_refresh: bool = True
    may_ask_status: bool = True
    may_look_inside: bool = True
    lists: dict[str, "Verdict | None"] = field(default_factory=dict)
    looked_inside: list[int] = field(default_factory=lambda: [0])

    def take(self, count: int) -> bool:
        """Whether this many more credentials inside may be verified, in the whole run."""
        self.looked_inside[0] += count
        return self.looked_inside[0] <= MAX_INSIDE

    def without_refresh(self) -> "Run":
        """For the newer version of a credential: it is not refreshed again."""
        return replace(self, may_refresh=False)

    def inside(self) -> "Run":
        """For a credential inside another one."""
        return replace(self, depth=self.depth + 1, may_refresh=False)

    def for_list(self) -> "Run":
        """For a status list: it has no status, refresh or endorsements of its own."""
        return replace(self, may_refresh=False, may_ask_status=False, may_look_inside=False)

    @property
    def is_too_deep(self) -> bool:
        """Whether nothing further inside is looked at."""
        return self.depth >= MAX_DEPTH
