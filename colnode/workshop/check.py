"""`colnode plugin check`: tries one installed plugin and says which level it reaches.

What the levels ask for is written down in docs/plugin-api.md, "What a plugin is worth".
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.errors import ColnodeError, NotFound, _
from colnode.host import loader, overview
from colnode.host.loader import LoadedPlugin, PluginHost, load_plugins
from colnode.workshop import reading, trying

if TYPE_CHECKING:
    from flask import Flask

    from colnode.node import Node

__all__ = ["Level", "Report", "check_plugin", "note_check"]

_WHOLE = 0.97


class Level(StrEnum):
    """How good a plugin is. NONE is below bronze: do not run it."""

    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass
class Report:
    """What a check found: for each level, what is missing."""

    name: str
    version: str = ""
    missing: dict[Level, list[str]] = field(
        default_factory=lambda: {Level.BRONZE: [], Level.SILVER: [], Level.GOLD: []}
    )

    @property
    def level(self) -> Level:
        """The highest level of which nothing is missing, nor of those below."""
        reached = Level.NONE
        for level, missing in self.missing.items():
            if missing:
                break
            reached = level
        return reached

    @property
    def for_next(self) -> list[str]:
        """What the next level asks for; nothing for gold."""
        return next((missing for missing in self.missing.values() if missing), [])

    def add(self, level: Level, what: Callable[[], Iterator[str]]) -> None:
        """Look for something; a plugin that fails while one looks lacks it."""
        try:
            self.missing[level] += list(what())
        except Exception as error:
            text = str(error) if isinstance(error, ColnodeError) else repr(error)
            self.missing[level].append(text)


def check_plugin(name: str) -> Report:
    """Try an installed plugin on a city of its own. Raises NotFound when it is not installed."""
    point = loader.installed_plugins().get(name)
    if point is None:
        raise NotFound(
            _("The plugin {name} is not installed. Installed: {names}."),
            name=name,
            names=", ".join(sorted(loader.installed_plugins())) or "none",
        )
    report = Report(name, point.dist.version if point.dist else "")
    with tempfile.TemporaryDirectory(prefix="colnode-check-") as folder:
        try:
            host = load_plugins(trying.config_of(name, Path(folder)))
            plugin = host.plugins[0]
            trying.import_all(plugin)
        except Exception as error:
            report.missing[Level.BRONZE].append(str(error) or repr(error))
            return report
        _read(report, host, plugin)
        _try(report, host, plugin, Path(folder))
    return report


def _read(report: Report, host: PluginHost, plugin: LoadedPlugin) -> None:
    report.add(Level.BRONZE, lambda: reading.foreign_imports(plugin))
    report.add(Level.SILVER, lambda: reading.open_settings(host, plugin))
    report.add(Level.SILVER, lambda: reading.template_faults(plugin))
    report.add(Level.SILVER, lambda: _without_translation(plugin))
    report.add(Level.GOLD, lambda: reading.bare_hooks(host, plugin))
    report.add(Level.GOLD, lambda: _not_whole(plugin))


def _without_translation(plugin: LoadedPlugin) -> Iterator[str]:
    if (plugin.folder / "templates").is_dir() and not reading.translations_of(plugin):
        yield "no translation: translations/LANGUAGE/messages.po"


def _not_whole(plugin: LoadedPlugin) -> Iterator[str]:
    share = reading.share_translated(plugin)
    if share < _WHOLE:
        yield f"no language is whole: the fullest has {share:.0%} of the texts"


def _try(report: Report, host: PluginHost, plugin: LoadedPlugin, folder: Path) -> None:
    database = f"sqlite:///{folder / 'schema.sqlite'}"
    report.add(Level.BRONZE, lambda: trying.schema_faults(host, plugin, database))
    if report.missing[Level.BRONZE]:
        return  # a city with half a schema would say the same once more, in other words
    try:
        with trying.trial_city(plugin.name, folder) as (node, site):
            own = next(found for found in node.host.plugins if found.name == plugin.name)
            _try_city(report, node, site, own)
    except Exception as error:
        report.missing[Level.BRONZE].append(f"a city does not start with it: {error}")


def _try_city(report: Report, node: "Node", site: "Flask", plugin: LoadedPlugin) -> None:
    report.add(Level.BRONZE, lambda: trying.open_writing_routes(node, site, plugin))
    report.add(Level.SILVER, lambda: trying.person_faults(node, plugin))
    own = [kind for found, kind in node.host.collect("register_record_types") if found is plugin]
    report.add(Level.GOLD, lambda: reading.loose_record_types(iter(own)))
    report.add(Level.GOLD, lambda: _not_all_round(site, node, plugin))


def _not_all_round(site: "Flask", node: "Node", plugin: LoadedPlugin) -> Iterator[str]:
    hooks = overview.hooks_of(node, plugin)
    if trying.writes_on_pages(site, plugin) and "register_api" not in hooks:
        yield "its pages change something and there is no API for programs (register_api)"
    if "register_pages" in hooks and "register_demo" not in hooks:
        yield "it shows nothing in the demonstration city (register_demo)"


def note_check(node: "Node", name: str) -> None:
    """Check a plugin and remember its level for the admin's page."""
    plugin = node.host.find(name)
    if plugin is None:
        return
    report = check_plugin(name)
    with node.unit():
        overview.note_level(node, plugin, level=str(report.level), missing=report.for_next)
