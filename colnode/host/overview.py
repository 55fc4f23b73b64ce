"""What the admin's page says of each plugin: hooks, tables, level, faults."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from colnode import jobs
from colnode.errors import NotFound, _
from colnode.host.faults import list_faults
from colnode.node import get_fact, set_fact

if TYPE_CHECKING:
    from colnode.host.loader import LoadedPlugin
    from colnode.host.models import PluginFault
    from colnode.node import Node

__all__ = [
    "CHECK_JOB",
    "PluginView",
    "ask_for_check",
    "hooks_of",
    "level_of",
    "list_plugins",
    "note_level",
    "tables_of",
]

CHECK_JOB = "plugins.check"


@dataclass(frozen=True)
class PluginView:
    """One enabled plugin. `level` is bronze, silver or gold, empty until it was checked.

    `missing` says what the next level asks for.
    """

    plugin: "LoadedPlugin"
    hooks: Sequence[str]
    tables: Sequence[str]
    faults: "Sequence[PluginFault]"
    level: str
    missing: Sequence[str]


def list_plugins(node: "Node") -> Sequence[PluginView]:
    """Every enabled plugin in the configuration's order."""
    tables = inspect(node.db.connection()).get_table_names()
    return [_view(node, plugin, tables) for plugin in node.host.plugins]


def _view(node: "Node", plugin: "LoadedPlugin", tables: Sequence[str]) -> PluginView:
    known = level_of(node, plugin)
    return PluginView(
        plugin=plugin,
        hooks=hooks_of(node, plugin),
        tables=tables_of(plugin.prefix, tables),
        faults=list_faults(node, plugin.name),
        level=str(known.get("level", "")),
        missing=tuple(known.get("missing", ())),
    )


def hooks_of(node: "Node", plugin: "LoadedPlugin") -> Sequence[str]:
    """The names of the hooks that a plugin implements."""
    callers = node.host.calls.manager.get_hookcallers(plugin.module) or []
    return sorted(caller.name for caller in callers)


def tables_of(prefix: str, tables: Sequence[str]) -> Sequence[str]:
    """Those of the tables that belong to the plugin with this prefix."""
    version_table = f"{prefix}_alembic_version"
    return sorted(
        name for name in tables if name.startswith(f"{prefix}_") and name != version_table
    )


def level_of(node: "Node", plugin: "LoadedPlugin") -> dict[str, Any]:
    """What the last check of this version of the plugin said, nothing if there was none."""
    known: dict[str, Any] = json.loads(get_fact(node, f"plugin_level.{plugin.name}") or "{}")
    return known if known.get("version") == plugin.version else {}


def ask_for_check(node: "Node", name: str) -> None:
    """Have a plugin checked in the background. Raises NotFound for one that is not enabled."""
    if node.host.find(name) is None:
        raise NotFound(_("There is no such plugin here."))
    jobs.enqueue(node, CHECK_JOB, {"name": name}, key=f"{CHECK_JOB}:{name}")


def note_level(node: "Node", plugin: "LoadedPlugin", *, level: str, missing: Sequence[str]) -> None:
    """Remember what a check said of this version of a plugin."""
    said = {"version": plugin.version, "level": level, "missing": list(missing)}
    set_fact(node, f"plugin_level.{plugin.name}", json.dumps(said))
