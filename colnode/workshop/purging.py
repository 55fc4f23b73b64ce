"""`colnode plugin purge`: deletes everything that a plugin keeps, enabled or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, inspect, select, table, text

from colnode import audit, catalogue
from colnode.config import PluginsConfig
from colnode.errors import NotFound, _
from colnode.host import faults, loader, overview
from colnode.host.loader import PluginHost, load_plugins
from colnode.host.migrate import chains, downgrade
from colnode.identity import plugin_settings
from colnode.node import NodeFact

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Plan", "plan_purge", "purge"]


@dataclass(frozen=True)
class Plan:
    """What a purge deletes: rows by table, and the ids of the city's own records by type."""

    name: str
    rows: Mapping[str, int]
    records: Mapping[str, Sequence[str]]
    is_enabled: bool


def plan_purge(node: "Node", name: str) -> Plan:
    """Say what a purge would delete, changing nothing. Raises NotFound when it is not installed."""
    alone = _alone(node, name)
    tables = overview.tables_of(
        alone.plugins[0].prefix, inspect(node.db.connection()).get_table_names()
    )
    rows = {
        found: node.db.scalar(select(func.count()).select_from(table(found))) or 0
        for found in tables
    }
    types = [kind.name for _plugin, kind in alone.collect("register_record_types")]
    records = {kind: catalogue.own_ids(node, kind) for kind in types}
    is_enabled = name in node.config.plugins.enabled
    return Plan(name, rows, records, is_enabled)


def purge(node: "Node", name: str) -> Plan:
    """Withdraw the plugin's records, forget its settings and run its migrations down to nothing.

    Opens units of its own. What cannot be run down stays as it was. Raises NotFound, and
    ConfigurationError when a newer version wrote the tables or a migration fails.
    """
    alone = _alone(node, name)
    with node.reading():
        plan = plan_purge(node, name)
    chain = next((found for found in chains(alone) if found.name == name), None)
    if chain is not None:
        downgrade(node.engine, chain)
    with node.unit():
        if chain is not None:
            node.db.execute(text(f"DROP TABLE IF EXISTS {chain.version_table}"))
        for kind, ids in plan.records.items():
            for record_id in ids:
                catalogue.withdraw(node, kind, record_id)
        plugin_settings.purge(node, name)
        faults.forget(node, name)
        node.db.execute(delete(NodeFact).where(NodeFact.name == f"plugin_level.{name}"))
        audit.record(node, "plugin.purged", subject_type="plugin", subject_id=name)
    return plan


def _alone(node: "Node", name: str) -> PluginHost:
    if name not in loader.installed_plugins():
        raise NotFound(
            _("The plugin {name} is not installed. Installed: {names}."),
            name=name,
            names=", ".join(sorted(loader.installed_plugins())) or "none",
        )
    return load_plugins(
        replace(node.config, plugins=PluginsConfig(enabled=[name]), plugin_settings={})
    )
