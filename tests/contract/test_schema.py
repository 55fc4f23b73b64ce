"""The migrations give exactly the tables that the models declare, up, down and up again."""

import importlib
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Index, inspect

from colnode.config import Config
from colnode.db import connect
from colnode.host.loader import load_plugins
from colnode.host.migrate import Chain, chains, downgrade, upgrade
from colnode.testing.databases import Templates
from tests.contract.sources import ROOT, python_files


def import_every_table() -> None:
    """Tables are declared when their module is imported: import every one."""
    for file in python_files("colnode"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[1] not in {"cli", "testing", "web"} and parts[-1] != "__init__":
            importlib.import_module(".".join(parts))


def differences(engine: Engine, chain: Chain) -> list[object]:
    """What the models declare and the database lacks, or the other way round."""

    def compared(item: Any, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        if kind == "table" and chain.prefix is not None and not chain.owns(name or ""):
            return False  # another plugin's, declared in the same process
        if not reflected or other is not None:
            return True
        if kind == "table":
            return name is not None and chain.owns(name) and not not_declared(name, chain)
        return not (kind == "index" and is_partial(item))

    with engine.connect() as connection:
        options = {"version_table": chain.version_table, "include_object": compared}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, chain.metadata)


def is_partial(index: Index) -> bool:
    """Whether an index covers a part of its table; those stand in migrations alone."""
    return any(
        index.dialect_options[dialect].get("where") is not None
        for dialect in ("sqlite", "postgresql")
    )


def not_declared(name: str, chain: Chain) -> bool:
    """Tables that no model declares: version tables, full-text shadows, other chains' tables."""
    if chain.prefix is not None:
        return not chain.owns(name)
    return (
        name.endswith("alembic_version")
        or name.startswith("record_search")
        or name.startswith("map_")
    )


def test_migrations_match_models_and_run_up_down_up(
    colnode_templates: Templates, colnode_database: str
) -> None:
    import_every_table()
    host = load_plugins(Config())
    engine = connect(colnode_templates.empty(colnode_database))
    assert upgrade(engine, host) != []
    for chain in chains(host):
        assert differences(engine, chain) == [], chain.name
    for chain in reversed(list(chains(host))):
        downgrade(engine, chain)
    left = [name for name in inspect(engine).get_table_names() if "alembic_version" not in name]
    assert left == []
    assert upgrade(engine, host) != []
    for chain in chains(host):
        assert differences(engine, chain) == [], chain.name
    engine.dispose()
