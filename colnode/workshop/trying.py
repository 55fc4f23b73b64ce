"""What can only be said of a plugin by trying it: on a city of its own, made for the moment."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Table, inspect
from sqlalchemy.exc import SQLAlchemyError

from colnode.app import create_app, open_node
from colnode.config import Config, PluginsConfig, ServerConfig
from colnode.db import PluginBase, connect
from colnode.federation import publish
from colnode.host.loader import LoadedPlugin, PluginHost, load_plugins
from colnode.host.migrate import Chain, chains, differences, downgrade, upgrade
from colnode.host.types import Role
from colnode.identity import key_file, people
from colnode.web.auth import requirement_of

if TYPE_CHECKING:
    from flask import Flask

    from colnode.node import Node

__all__ = [
    "config_of",
    "import_all",
    "names_people",
    "open_writing_routes",
    "person_faults",
    "schema_faults",
    "trial_city",
    "writes_on_pages",
]

_SAFE = {"GET", "HEAD", "OPTIONS"}


def config_of(name: str, folder: Path) -> Config:
    """The configuration of a city in a folder with this plugin alone."""
    return Config(
        server=ServerConfig(data_dir=str(folder), demo=True),
        plugins=PluginsConfig(enabled=[name]),
    )


def import_all(plugin: LoadedPlugin) -> None:
    """Import every module of the plugin but migrations and tests, so that tables are declared."""
    package = plugin.module.__name__
    if not hasattr(plugin.module, "__path__"):
        return
    for found in pkgutil.walk_packages(plugin.module.__path__, f"{package}."):
        inner = found.name.removeprefix(f"{package}.").partition(".")[0]
        if inner not in {"migrations", "tests"}:
            importlib.import_module(found.name)


def schema_faults(host: PluginHost, plugin: LoadedPlugin, url: str) -> Iterator[str]:
    """Run the plugin's migrations up, down and up, and compare them with its tables."""
    engine = connect(url)
    try:
        core = PluginHost((), host.calls.manager)
        upgrade(engine, core)
        before = set(inspect(engine).get_table_names())
        chain = next((found for found in chains(host) if found.name == plugin.name), None)
        if chain is None:
            if _declared(plugin):
                yield "it declares tables and has no folder migrations/"
            return
        upgrade(engine, host)
        yield from _table_faults(engine, chain, before)
        downgrade(engine, chain)
        left = set(inspect(engine).get_table_names()) - before - {chain.version_table}
        yield from (f"the table {name} is left after the migrations ran down" for name in left)
        upgrade(engine, host)
    finally:
        engine.dispose()


def _table_faults(engine: Engine, chain: Chain, before: set[str]) -> Iterator[str]:
    look = inspect(engine)
    new = set(look.get_table_names()) - before - {chain.version_table}
    for name in sorted(new):
        if not chain.owns(name):
            yield f"the table {name} should be called {chain.prefix}_{name}"
        for key in look.get_foreign_keys(name):
            if not chain.owns(key["referred_table"]):
                yield f"the table {name} has a foreign key to {key['referred_table']}: keep the id"
    for difference in differences(engine, chain):
        yield f"migrations and models differ: {str(difference)[:160]}"


def _declared(plugin: LoadedPlugin) -> list[Table]:
    """The tables of models that are declared in the plugin's own package."""
    package = plugin.module.__name__
    return [
        mapper.local_table
        for mapper in PluginBase.registry.mappers
        if f"{mapper.class_.__module__}.".startswith(f"{package}.")
        and isinstance(mapper.local_table, Table)
    ]


@contextmanager
def trial_city(name: str, folder: Path) -> Iterator[tuple["Node", "Flask"]]:
    """A city with this plugin alone, and its site with the API made. Raises ConfigurationError."""
    config = config_of(name, folder)
    key_file.ensure_key_file(config)
    engine = connect(config.database_url)
    upgrade(engine, load_plugins(config))
    engine.dispose()
    node = open_node(config)
    try:
        with node.unit():
            publish.init_identity(node)
        site = create_app(node=node)
        site.extensions["colnode_api"]()
        yield node, site
    finally:
        node.close()


def _own_routes(app: "Flask", plugin: LoadedPlugin) -> Iterator[tuple[Any, Any]]:
    package = plugin.module.__name__
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if f"{getattr(view, '__module__', '')}.".startswith(f"{package}."):
            yield rule, view


def open_writing_routes(node: "Node", site: "Flask", plugin: LoadedPlugin) -> Iterator[str]:
    """Routes that change something and that everybody may use.

    A `<token>` in the address, as of a mailed link, is a right of its own.
    """
    for app in (site, site.extensions["colnode_api"]()):
        for rule, view in _own_routes(app, plugin):
            requirement = requirement_of(view)
            writes = (rule.methods or set()) - _SAFE and not getattr(view, "reads_only", False)
            if not writes or requirement is None or "token" in rule.arguments:
                continue
            if node.host.permissions[requirement.permission].role == Role.ANYONE:
                yield f"{rule.rule} changes something and is open to everybody"


def writes_on_pages(site: "Flask", plugin: LoadedPlugin) -> bool:
    """Whether the plugin has a page that changes something."""
    return any((rule.methods or set()) - _SAFE for rule, _view in _own_routes(site, plugin))


def names_people(plugin: LoadedPlugin) -> list[tuple[Table, str]]:
    """Columns that hold a person's id: person_id, ..._person_id and ..._by."""
    return [
        (table, column.name)
        for table in _declared(plugin)
        for column in table.columns
        if column.name == "person_id" or column.name.endswith(("_person_id", "_by"))
    ]


def person_faults(node: "Node", plugin: LoadedPlugin) -> Iterator[str]:
    """What a plugin that keeps something about people does not do when they take it or leave.

    A made-up person gets a row in each such table; then they are exported and erased. A row that
    the table refuses cannot be tried: then the hooks must be there.
    """
    columns = names_people(plugin)
    if not columns:
        return
    hooks = {caller.name for caller in node.host.calls.manager.get_hookcallers(plugin.module) or []}
    for hook in ("person_erasing", "person_exporting", "person_merging"):
        if hook not in hooks:
            yield f"it keeps something about people and does not implement {hook}"
    with node.unit():
        person = people.create(node, email="trial@example.org", display_name="Trial Person")
        tried = [(table, name) for table, name in columns if _put(node, table, name, person.id)]
        kept = people.export(node, person.id).get(plugin.name) or {}
        if tried and not any(kept.values()) and "person_exporting" in hooks:
            yield "what it keeps about a person is not in their export"
        people.erase(node, person.id, actor_id=person.id)
        for table, name in tried:
            found = node.db.execute(table.select().where(table.c[name] == person.id)).first()
            if found is not None and "person_erasing" in hooks:
                yield f"{table.name}.{name} still names a person who was erased"


def _put(node: "Node", table: Table, name: str, person_id: str) -> bool:
    values = {
        column.name: _made_up(column)
        for column in table.columns
        if not (column.nullable or column.autoincrement is True)
    }
    try:
        with node.db.begin_nested():
            node.db.execute(table.insert().values({**values, name: person_id}))
    except (SQLAlchemyError, NotImplementedError, ValueError, TypeError):
        return False
    return True


def _made_up(column: Any) -> Any:
    kind = column.type.python_type if not hasattr(column.type, "load_dialect_impl") else None
    made: dict[Any, Any] = {str: "trial", int: 1, float: 1.0, bool: False, bytes: b"trial"}
    if kind in made:
        return made[kind]
    name = type(column.type).__name__
    return datetime.now(UTC) if "Time" in name else {} if "Json" in name else "trial"
