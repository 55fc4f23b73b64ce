"""Everything of the plugin API that is on its way out. Nothing is at the moment.

A name is renamed by adding it here: the old one works and warns for two minor releases, and goes
in a major one. CHANGELOG.md says it under "Plugin API".
"""

import warnings
from dataclasses import dataclass

__all__ = ["RENAMED", "Renamed", "new_name"]


@dataclass(frozen=True)
class Renamed:
    """A name of colnode.plugin that has another one since a version, and goes in a later one."""

    old: str
    new: str
    since: str
    gone_in: str


RENAMED: tuple[Renamed, ...] = ()


def new_name(old: str) -> str | None:
    """The name that took another's place, with a warning to whoever uses the old one."""
    for change in RENAMED:
        if change.old == old:
            warnings.warn(
                f"colnode.plugin.{old} is called {change.new} since {change.since} and goes in "
                f"{change.gone_in}: use {change.new} instead",
                DeprecationWarning,
                stacklevel=3,
            )
            return change.new
    return None
