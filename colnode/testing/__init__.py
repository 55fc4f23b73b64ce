"""The public test kit, a pytest plugin: real nodes on real databases, without network or mail.

`node` is a migrated city, once on SQLite and once on PostgreSQL. `make_node` opens more of them.
"""

import pytest

from colnode.testing.fixtures import (
    browser_page,
    chromium,
    client,
    clock,
    colnode_cache,
    colnode_database,
    colnode_templates,
    erase_person,
    export_person,
    fake_peer,
    make_achievement,
    make_client,
    make_credential,
    make_node,
    make_organisation,
    make_person,
    make_record,
    node,
    open_page,
    outbox,
    run_jobs,
    serve,
    sign_in,
    two_nodes,
)

__all__ = [
    "browser_page",
    "chromium",
    "client",
    "clock",
    "colnode_cache",
    "colnode_database",
    "colnode_templates",
    "erase_person",
    "export_person",
    "fake_peer",
    "make_achievement",
    "make_client",
    "make_credential",
    "make_node",
    "make_organisation",
    "make_person",
    "make_record",
    "node",
    "open_page",
    "outbox",
    "run_jobs",
    "serve",
    "sign_in",
    "two_nodes",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose its databases."""
    parser.addoption(
        "--databases",
        default="sqlite,postgresql",
        help="which databases the node fixture uses: sqlite, postgresql or both",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the kit's marker."""
    config.addinivalue_line(
        "markers", "databases(*names): run on these databases only, e.g. databases('sqlite')"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that uses a node once on each database."""
    if "colnode_database" not in metafunc.fixturenames:
        return
    names = metafunc.config.getoption("--databases").split(",")
    marker = metafunc.definition.get_closest_marker("databases")
    if marker:
        names = [name for name in names if name in marker.args]
    metafunc.parametrize("colnode_database", names, indirect=True)
