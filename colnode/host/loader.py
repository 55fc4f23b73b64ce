"""Finds the enabled plugins by their entry points and collects what they register.

Built-in plugins are found the same way as a partner's: group `colnode.plugins`.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from colnode.config import Config, read_secret, read_value
from colnode.errors import ConfigurationError, _
from colnode.host import faults, hookspecs
from colnode.host.call import HookCalls
from colnode.host.types import (
    AwardRule,
    Facet,
    Notification,
    Permission,
    PersonPart,
    RecordType,
    Setting,
)

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["LoadedPlugin", "PluginHost", "installed_plugins", "load_plugins"]

_GROUP = "colnode.plugins"


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin that runs: its entry point's name, module, distribution's version and docstring."""

    name: str
    module: ModuleType
    version: str

    @property
    def title(self) -> str:
        """The docstring's first words, up to a colon or the line's end."""
        return (self.module.__doc__ or self.name).strip().splitlines()[0].split(":")[0]

    @property
    def description(self) -> str:
        """The docstring without the title."""
        first, _colon, rest = (self.module.__doc__ or "").strip().partition(":")
        words = rest.strip() if rest else first
        return words[:1].upper() + words[1:]

    @property
    def prefix(self) -> str:
        """What its tables, permissions, facets and kinds of messages start with."""
        return self.name.replace("-", "_")

    @property
    def folder(self) -> Path:
        """The package's folder; templates, static, translations and migrations are found in it."""
        return Path(inspect.getfile(self.module)).parent


class PluginHost:
    """The plugins of one node. `calls` runs hooks with each kind's isolation."""

    def __init__(self, plugins: Sequence[LoadedPlugin], manager: pluggy.PluginManager) -> None:
        self.plugins = tuple(plugins)
        self.calls = HookCalls(manager)
        self.record_types: dict[str, RecordType] = {}
        self.award_rules: dict[str, AwardRule] = {}
        self.permissions: dict[str, Permission] = {}
        self.facets: dict[str, Facet] = {}
        self.notifications: dict[str, Notification] = {}
        self.owners: dict[str, str] = {}
        """Which plugin registered what, by the thing's name."""
        self.person_parts: tuple[PersonPart, ...] = ()
        self.declared: dict[str, dict[str, Setting]] = {}
        """Every setting that an enabled plugin has, by plugin and name."""
        self.given: dict[str, dict[str, object]] = {}
        """Those that the configuration file or the environment fixes, with their values."""
        self.from_environment: set[tuple[str, str]] = set()

    def collect(self, name: str) -> list[tuple[LoadedPlugin, Any]]:
        """Every value that a register_ hook gives, with the plugin that gave it, in order."""
        found = []
        for plugin in self.plugins:
            for value in self.calls.start(name, plugin.name):
                found.append((plugin, value))
        return found

    def find(self, name: str) -> LoadedPlugin | None:
        """The enabled plugin of this name."""
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def owner_of(self, name: str) -> str:
        """The plugin that registered a type of record, a facet or another thing of this name."""
        return self.owners.get(name, name)

    def start(self, node: "Node") -> None:
        """Remember faults from now on, and tell every plugin that the node is open."""
        self.calls.keep = faults.keeper(node)
        for plugin in self.plugins:
            self.calls.start("startup", plugin.name, node=node)


def installed_plugins() -> Mapping[str, metadata.EntryPoint]:
    """Every plugin that is installed, enabled or not, by its entry point's name."""
    return {point.name: point for point in metadata.entry_points(group=_GROUP)}


def load_plugins(config: Config) -> PluginHost:
    """Import the enabled plugins in the configuration's order.

    Raises ConfigurationError for an unknown name, a module that fails, a misspelt hook or a
    setting of the wrong type.
    """
    installed = installed_plugins() if config.plugins.enabled else {}
    manager = pluggy.PluginManager("colnode")
    manager.add_hookspecs(hookspecs)
    loaded = []
    for name in config.plugins.enabled:
        if name not in installed:
            raise ConfigurationError(
                _("There is no plugin {name}. Installed: {installed}."),
                name=name,
                installed=", ".join(sorted(installed)) or "none",
            )
        loaded.append(_load_one(name, installed[name]))
    for plugin in reversed(loaded):  # pluggy calls the last one first
        manager.register(plugin.module, name=plugin.name)
    _check_hooks(manager)
    host = PluginHost(loaded, manager)
    _read_settings(host, config)
    return host


def _load_one(name: str, point: metadata.EntryPoint) -> LoadedPlugin:
    try:
        module = point.load()
    except Exception as error:
        raise ConfigurationError(
            _("The plugin {name} cannot be loaded: {reason}."), name=name, reason=error
        ) from error
    return LoadedPlugin(name, module, point.dist.version if point.dist else "")


def _check_hooks(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise ConfigurationError(
            _("A plugin implements a hook that does not exist: {reason}."), reason=error
        ) from error


def _read_settings(host: PluginHost, config: Config) -> None:
    host.declared = {plugin.name: {} for plugin in host.plugins}
    for plugin, setting in host.collect("register_settings"):
        host.declared[plugin.name][setting.name] = setting
    for plugin in host.plugins:
        host.given[plugin.name] = _given(host, config, plugin)


def _given(host: PluginHost, config: Config, plugin: LoadedPlugin) -> dict[str, object]:
    """What the file fixes, then the environment; a secret may be in a file of its own."""
    declared = host.declared[plugin.name]
    found: dict[str, object] = {}
    for key, value in config.plugin_settings.get(plugin.name, {}).items():
        name = key if key in declared else key.removesuffix("_file")
        if name not in declared:
            raise ConfigurationError(
                _("The plugin {plugin} has no setting {name}."), plugin=plugin.name, name=key
            )
        text = read_secret(str(value)) if name != key else value
        found[name] = _checked(plugin.name, declared[name], text)
    for name, setting in declared.items():
        variable = f"COLNODE_PLUGINS_{plugin.prefix}_{name}".upper()
        if variable in config.plugin_environ:
            text = config.plugin_environ[variable]
        elif f"{variable}_FILE" in config.plugin_environ:
            text = read_secret(config.plugin_environ[f"{variable}_FILE"])
        else:
            continue
        found[name] = read_value(f"plugins.{plugin.name}.{name}", text, type(setting.default))
        host.from_environment.add((plugin.name, name))
    return found


def _checked(plugin: str, setting: Setting, value: object) -> object:
    if type(setting.default) is float and type(value) is int:
        value = float(value)
    if type(value) is not type(setting.default):
        raise ConfigurationError(
            _("The setting {name} should be like {example}, not {value}."),
            name=f"plugins.{plugin}.{setting.name}",
            example=repr(setting.default),
            value=repr(value),
        )
    return value
