"""The migrations give exactly the tables that the models declare, up, down and up again."""

import importlib

from sqlalchemy import inspect

from colnode.config import Config
from colnode.db import connect
from colnode.host.loader import load_plugins
from colnode.host.migrate import chains, differences, downgrade, upgrade
from colnode.testing.databases import Templates
from tests.contract.sources import ROOT, python_files


def import_every_table() -> None:
    """Tables are declared when their module is imported: import every one."""
    for file in python_files("colnode"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[1] not in {"cli", "testing", "web"} and parts[-1] != "__init__":
            importlib.import_module(".".join(parts))


BESIDES = ("record_search", "alembic_version")
"""Tables of the core that no model declares: the full-text index, the version."""


def test_migrations_match_models_and_run_up_down_up(
    colnode_templates: Templates, colnode_database: str
) -> None:
    import_every_table()
    host = load_plugins(Config())
    engine = connect(colnode_templates.empty(colnode_database))
    assert upgrade(engine, host) != []
    for chain in chains(host):
        others = [f"{plugin.prefix}_" for plugin in host.plugins] if chain.prefix is None else []
        assert differences(engine, chain, but=(*BESIDES, *others)) == [], chain.name
    for chain in reversed(list(chains(host))):
        downgrade(engine, chain)
    left = [name for name in inspect(engine).get_table_names() if "alembic_version" not in name]
    assert left == []
    assert upgrade(engine, host) != []
    for chain in chains(host):
        others = [f"{plugin.prefix}_" for plugin in host.plugins] if chain.prefix is None else []
        assert differences(engine, chain, but=(*BESIDES, *others)) == [], chain.name
    engine.dispose()
