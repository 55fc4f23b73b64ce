"""A plugin on a live city with data: enabled, upgraded, broken, switched off, gone, purged."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from colnode import catalogue, jobs
from colnode.app import open_node
from colnode.cli import main
from colnode.config import Config, PluginsConfig
from colnode.errors import ConfigurationError
from colnode.federation import peers, pull, taking_up
from colnode.host.loader import load_plugins
from colnode.host.migrate import chains, downgrade, upgrade
from colnode.identity import key_file
from colnode.node import Node
from colnode.testing.databases import Templates
from colnode.workshop.skeleton import write_plugin
from tests.plugins.installing import install, install_example

NAME, PACKAGE = "life-cycle", "colnode_life_cycle"
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002_mood"
down_revision = "0001_tables"


def upgrade():
    op.add_column("life_cycle_note", sa.Column("mood", sa.String()))


def downgrade():
    op.drop_column("life_cycle_note", "mood")
"""
BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "0003_half"
down_revision = "0002_mood"


def upgrade():
    op.create_table("life_cycle_half", sa.Column("id", sa.String(), primary_key=True))
    op.execute("UPDATE life_cycle_note SET text = 'lost'")
    raise RuntimeError("the second half is missing")


def downgrade():
    op.drop_table("life_cycle_half")
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package of a fresh plugin, importable; its tables are declared once in a process."""
    folder = write_plugin(NAME, tmp_path_factory.mktemp("partner"))
    sys.path.append(str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))


@pytest.fixture
def config(
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
    colnode_templates: Templates,
    colnode_database: str,
    tmp_path: Path,
) -> Iterator[Config]:
    """The configuration of a city without any plugin, which has a database of its own."""
    install(monkeypatch, **{NAME: PACKAGE})
    url = colnode_templates.new(colnode_database, ())
    (tmp_path / "colnode.toml").write_text(
        f'[server]\ndata_dir = "{tmp_path}"\n[database]\nurl = "{url}"\n[plugins]\nenabled = []\n'
    )
    config = Config()
    config = replace(
        config,
        server=replace(config.server, data_dir=str(tmp_path), demo=True),
        database=replace(config.database, url=url),
        plugins=PluginsConfig(enabled=[]),
    )
    key_file.ensure_key_file(config)
    yield config
    for number in ("0002_mood", "0003_half"):
        (written / "migrations" / f"{number}.py").unlink(missing_ok=True)


def with_plugin(config: Config) -> Config:
    return replace(config, plugins=PluginsConfig(enabled=[NAME]))


def move(config: Config) -> list[str]:
    """What `colnode db upgrade` does."""
    node = open_node(config, migrated=False)
    try:
        return upgrade(node.engine, node.host)
    finally:
        node.close()


def notes(config: Config) -> list[str]:
    node = open_node(config, migrated=False)
    with node.reading() as session:
        found = session.execute(text("SELECT text FROM life_cycle_note")).scalars().all()
    node.close()
    return list(found)


def write_note(config: Config) -> None:
    node = open_node(config)
    with node.unit():
        service: Any = import_module(f"{PACKAGE}.service")
        service.write(node, text="Kept", person_id="p1")
    node.close()


def test_a_plugin_lives_on_a_city_with_data(
    config: Config, written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    city = with_plugin(config)
    # enabled, but not upgraded yet: the start says what to do
    with pytest.raises(ConfigurationError, match="colnode db upgrade"):
        open_node(city)
    assert move(city) == [NAME]
    write_note(city)

    # a new version with a new column: the data stays
    (written / "migrations" / "0002_mood.py").write_text(SECOND)
    with pytest.raises(ConfigurationError, match="colnode db upgrade"):
        open_node(city)
    assert move(city) == [NAME]
    assert notes(city) == ["Kept"]

    # a version whose migration fails half-way: as it was, and an error that names it
    broken = written / "migrations" / "0003_half.py"
    broken.write_text(BROKEN)
    with pytest.raises(ConfigurationError, match=r"life-cycle .*second half is missing.*0002_mood"):
        move(city)
    assert notes(city) == ["Kept"]
    node = open_node(config)
    assert "life_cycle_half" not in inspect(node.engine).get_table_names()
    node.close()
    broken.unlink()
    write_note(city)

    # switched off, and gone without a purge: the core's upgrades go on
    core = next(chains(load_plugins(config)))
    node = open_node(config)
    downgrade(node.engine, core, "0009_exchange")
    node.close()
    assert move(config) == ["core"]
    assert notes(config) == ["Kept", "Kept"]

    # purged while it is off: nothing is left, and the city opens
    words = ["plugin", "purge", NAME, "--config", str(tmp_path / "colnode.toml")]
    assert main([*words, "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == {"life_cycle_note": 2}
    assert said["records"] == {NAME: 2}
    assert notes(config) == ["Kept", "Kept"]
    assert main(words) == 1  # nobody is there to be asked
    assert "--yes" in capsys.readouterr().err
    assert main([*words, "--yes"]) == 0
    node = open_node(config)
    left = [name for name in inspect(node.engine).get_table_names() if "life_cycle" in name]
    assert left == []
    with node.reading():
        assert catalogue.own_ids(node, NAME) == []
    node.close()
    assert main(["plugin", "purge", "nothing", "--yes", *words[3:]]) == 1


def test_records_of_a_plugin_that_is_off_rest_and_come_back(
    monkeypatch: pytest.MonkeyPatch,
    make_node: Callable[..., Node],
    make_client: Callable[..., Any],
) -> None:
    install_example(monkeypatch)
    city = make_node(plugins=("trail",))
    service: Any = import_module("colnode_trail.service")
    with city.unit():
        trail = service.lay_out(city, title={"en": "Along the river"}, level="easy")
    without = open_node(replace(city.config, plugins=PluginsConfig(enabled=[])), clock=city.clock)
    client = make_client(without)
    for path in ("/", "/search", "/search?q=river", "/api/v1/records"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Along the river" not in answer.text
    assert client.get(f"/records/trail/{trail.id}").status_code == 404
    assert client.get(f"/api/v1/records/self/trail/{trail.id}").status_code == 404
    jobs.run_due(without)
    without.close()
    again = open_node(city.config, clock=city.clock)
    assert "Along the river" in make_client(again).get("/search?q=river").text
    again.close()


def test_another_citys_records_are_kept_and_shown_once_their_plugin_is_there(
    monkeypatch: pytest.MonkeyPatch,
    make_node: Callable[..., Node],
    serve: Callable[[Node], str],
) -> None:
    install_example(monkeypatch)
    from colnode.testing.fixtures import _free_port

    origin = make_node(plugins=("trail",), base_url=f"http://localhost:{_free_port()}")
    reader = make_node(plugins=(), base_url=f"http://localhost:{_free_port()}")
    service: Any = import_module("colnode_trail.service")
    with origin.unit():
        service.lay_out(origin, title={"en": "Along the river"}, level="easy")
    jobs.run_due(origin)
    serve(origin)
    peer = peers.add(reader, origin.config.server.base_url)
    with reader.unit():
        peers.allow(reader, peer.id)
    pull.sync(reader, peer.id)
    with reader.reading():
        assert catalogue.search(reader, catalogue.Query(types=("trail",))).items == []
    taking_up.take_up(reader)
    enabled = replace(reader.config, plugins=PluginsConfig(enabled=["trail"]))
    upgrade(reader.engine, load_plugins(enabled))
    later = open_node(enabled, clock=reader.clock)
    assert taking_up.take_up(later) == 1
    assert taking_up.take_up(later) == 0
    with later.reading():
        found = catalogue.search(
            later, catalogue.Query(facets={"trail_level": ["easy"]}, with_facets=True)
        )
    assert [view.title["en"] for view in found.items] == ["Along the river"]
    later.close()


def test_records_that_were_there_before_a_facet_are_read_anew(
    monkeypatch: pytest.MonkeyPatch, make_node: Callable[..., Node]
) -> None:
    install_example(monkeypatch)
    city = make_node(plugins=("trail",))
    service: Any = import_module("colnode_trail.service")
    facet = city.host.facets.pop("trail_level")
    with city.unit():
        service.lay_out(city, title={"en": "Along the river"}, level="easy")
    catalogue.refresh_facets(city)
    hard = catalogue.Query(facets={"trail_level": ["easy"]})
    with city.reading():
        assert catalogue.search(city, hard).items == []
    city.host.facets["trail_level"] = facet
    assert catalogue.refresh_facets(city) == 1
    assert catalogue.refresh_facets(city) == 0
    with city.reading():
        assert len(catalogue.search(city, hard).items) == 1
