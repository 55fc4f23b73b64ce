"""The drills of docs/operate.md: each is set up, its commands are run as they stand there."""

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from colnode import catalogue, jobs
from colnode.app import open_node
from colnode.clock import SystemClock
from colnode.config import load_config, sample_config
from colnode.errors import Untrusted
from colnode.federation import peers, polling, pull, sequencer, serving, standing
from colnode.identity import keys
from colnode.node import Node
from colnode.testing.fixtures import TestClock, _serving
from tests.catalogue.conftest import THING
from tests.cli.conftest import Run
from tests.cli.processes import free_port
from tests.contract.sources import ROOT
from tests.federation.lying import LyingCity
from tests.federation.test_keys import a_thief_of, point_at
from tests.federation.test_two_cities import assert_equal, shown, the_peer

pytestmark = pytest.mark.databases("sqlite")


def drills() -> dict[str, list[str]]:
    """The commands of each drill in the manual, by its heading."""
    manual = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    part = manual.partition("\n## Drills\n")[2].partition("\n## ")[0]
    found = {}
    for section in part.split("\n### ")[1:]:
        title = section.partition("\n")[0]
        blocks = re.findall(r"```\n(.*?)```", section, flags=re.DOTALL)
        found[title] = [line for block in blocks for line in block.splitlines()]
    return found


DRILLS = drills()


@dataclass
class Town:
    """A city in a folder, made and looked after by commands only, and a city that reads it."""

    folder: Path
    run: Run
    reader: Node
    reader_file: Path

    def command(self, title: str, number: int, *more: str, exit_code: int = 0) -> str:
        """Run one command of a drill here; what it said."""
        words = DRILLS[title][number].split()
        assert words[0] == "colnode"
        done = self.run(*words[1:], *more, COLNODE_FEDERATION_ALLOW_LOOPBACK="true")
        assert done.returncode == exit_code, done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def up(self, config: str = "colnode.toml", *, is_served: bool = True) -> Iterator[Node]:
        """The city opened, and served at its address."""
        path = self.folder / config
        environ = {"COLNODE_FEDERATION_ALLOW_LOOPBACK": "true"}
        node = open_node(load_config(path, environ), clock=SystemClock())
        node.host.record_types["thing"] = THING
        with ExitStack() as stack:
            stack.callback(node.close)
            if is_served:
                stack.enter_context(_serving(node))
            yield node

    def put(self, node: Node, **titles: str) -> None:
        """Publish things and sequence them."""
        with node.unit():
            for record_id, title in titles.items():
                catalogue.publish(node, "thing", record_id, {"name": {"en": title}})
        sequencer.run(node)

    def wait(self, node: Node) -> None:
        """Let a minute pass: recurring work is due."""
        with node.unit():
            node.db.execute(update(jobs.Job).values(run_at=node.clock.now()))

    def read(self) -> None:
        """Let the reader read the city."""
        pull.sync(self.reader, the_peer(self.reader).id)

    def lose(self, *names: str) -> None:
        """Take files of the city away."""
        for name in names:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@pytest.fixture
def town(
    tmp_path: Path, colnode: Run, make_node: Callable[..., Node], serve: Callable[[Node], str]
) -> Town:
    """A town with two things that another city reads, and which reads that one too."""
    address = f"http://localhost:{free_port()}"
    done = colnode(
        *("init", "--no-input", "--name", "Testville", "--centre", "54.7,25.3"),
        *("--base-url", address),
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "var" / "recovery-sheet.html").read_text()
    (tmp_path / "sheet.txt").write_text(page.partition("<code>")[2].partition("</code>")[0])
    reader = make_node(
        plugins=(),
        name="Reader",
        use_clock=SystemClock(),
        base_url=f"http://localhost:{free_port()}",
    )
    reader.host.record_types["thing"] = THING
    serve(reader)
    reader_file = tmp_path / "reader.toml"
    reader_file.write_text(sample_config(reader.config, show_secrets=True))
    made = Town(tmp_path, colnode, reader, reader_file)
    with made.up() as node:
        made.put(node, a="Chess", b="Go")
        back = peers.add(node, reader.config.server.base_url)
        with node.unit():
            peers.allow(node, back.id)
        peer = peers.add(reader, address)
        with reader.unit():
            peers.allow(reader, peer.id)
        made.read()
    return made


def test_every_drill_of_the_manual_is_run_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert len(DRILLS) == 7
    for title, commands in DRILLS.items():
        assert f'DRILL = "{title}"' in source
        assert commands
        assert all(command.startswith("colnode ") for command in commands)


def test_restored_from_an_old_backup(town: Town) -> None:
    DRILL = "Restored from an old backup"
    assert "Left out" not in town.command(DRILL, 0)
    with town.up() as node:
        town.put(node, c="Ludo")
        town.read()
    town.lose("colnode.toml", "var/colnode.sqlite", "var/keys/witness.json")
    for name in ("-wal", "-shm"):
        (town.folder / f"var/colnode.sqlite{name}").unlink(missing_ok=True)
    assert "Testville is back" in town.command(DRILL, 1)
    with town.up() as node:
        with node.reading():
            assert standing.fault(node) is not None
        said = town.command(DRILL, 2)
        assert "1 entries came back" in said
        assert "epoch 0" in said
        serving.forget(node)
        town.put(node, d="Draughts")
        town.read()
        assert set(shown(town.reader, node).values()) == {"Chess", "Go", "Ludo", "Draughts"}
        assert_equal(town.reader, node)


def test_the_same_backup_started_twice(town: Town) -> None:
    DRILL = "The same backup started twice"
    (town.folder / "clone").mkdir()
    with town.up(is_served=False):
        pass  # closing it leaves one whole file
    shutil.copytree(town.folder / "var", town.folder / "clone" / "var")
    text = (town.folder / "colnode.toml").read_text()
    clone_file = text.replace(str(town.folder / "var"), str(town.folder / "clone" / "var"))
    (town.folder / "clone.toml").write_text(clone_file)
    with town.up("clone.toml") as clone:
        town.put(clone, b="Written by the clone")
        town.read()
    with town.up() as node:
        town.put(node, c="Ludo", d="Draughts")
        with pytest.raises(Untrusted):
            town.read()
        with node.reading():
            back = peers.list_peers(node)[0].id
        polling.read(node, back)
        with node.reading():
            assert "second copy" in str(standing.fault(node))
        assert "second copy" in town.command(DRILL, 0, exit_code=1)
        town.command(DRILL, 1)
        serving.forget(node)
        town.put(node, e="Halma")
        town.read()
        assert "Written by the clone" not in shown(town.reader, node).values()
        assert_equal(town.reader, node)
    with town.up("clone.toml") as clone:
        with clone.reading():
            back = peers.list_peers(clone)[0].id
        polling.read(clone, back)
        with clone.reading():
            assert standing.fault(clone) is not None


def test_the_key_is_lost(town: Town) -> None:
    DRILL = "The key is lost"
    town.lose("var/keys/node.key")
    town.command(DRILL, 0)
    assert list((town.folder / "var").glob("recovery-sheet-*.html"))
    with town.up() as node:
        town.put(node, c="Ludo")
        town.read()
        assert_equal(town.reader, node)
        assert peers.identity_of(the_peer(town.reader)).epoch == 0


def test_the_key_is_stolen(town: Town) -> None:
    DRILL = "The key is stolen"
    thief = LyingCity(SystemClock().now())
    url = thief.start()
    try:
        with town.up() as node:
            a_thief_of(node, thief)
            for record_id in "cdefgh":
                thief.put(record_id, "Cheap watches")
            point_at(town.reader, url)
            town.read()
            assert "Cheap watches" in shown(town.reader, node).values()
            town.command(DRILL, 0)
            serving.forget(node)
            point_at(town.reader, node.config.server.base_url)
            town.read()
            assert set(shown(town.reader, node).values()) == {"Chess", "Go"}
            assert_equal(town.reader, node)
            with node.reading():
                document = keys.did_document(node, keys.NODE)
            assert len(document["verificationMethod"]) == 2
            assert len(document["assertionMethod"]) == 1
    finally:
        thief.stop()


def test_the_domain_went_to_a_stranger(town: Town) -> None:
    DRILL = "The domain went to a stranger"
    old = the_peer(town.reader).url
    stranger = LyingCity(SystemClock().now(), "Stranger")
    url = stranger.start()
    stranger.put("x", "Casino")
    try:
        point_at(town.reader, url)
        with pytest.raises(Untrusted, match="another city"):
            town.read()
    finally:
        stranger.stop()
    new = f"http://localhost:{free_port()}"
    with town.up(is_served=False) as node:
        jobs.run_due(node)
        town.wait(node)
    file = town.folder / "colnode.toml"
    file.write_text(file.read_text().replace(old, new))
    town.command(DRILL, 0)
    assert "jobs done" in town.command(DRILL, 1)
    with town.up() as node:
        assert node.config.server.base_url == new
        words = DRILLS[DRILL][2].replace("https://learn.new.example", new).split()[1:]
        done = town.run("--config", str(town.reader_file), *words)
        assert done.returncode == 0, done.stderr
        town.read()
        assert the_peer(town.reader).url == new
        assert set(shown(town.reader, node).values()) == {"Chess", "Go"}
        assert_equal(town.reader, node)


def test_the_disk_is_full_in_the_middle_of_a_reading(town: Town) -> None:
    DRILL = "The disk is full in the middle of a reading"
    words = ["--config", str(town.reader_file), *DRILLS[DRILL][0].split()[1:]]
    with town.up() as node:
        before = shown(town.reader, node)
        town.put(node, **{f"r{number}": "Walk " * 60 for number in range(1_500)})
        database = Path(town.reader.config.database.url.removeprefix("sqlite:///"))
        most = database.stat().st_size + 200_000
        limit = (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        full = subprocess.run(
            [sys.executable, "-m", "colnode.cli", *words],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
            capture_output=True,
            text=True,
            check=False,
        )
        assert full.returncode == 1
        assert "Traceback" not in full.stderr
        assert "database cannot be used" in full.stderr
        assert shown(town.reader, node) == before
        done = town.run(*words)
        assert done.returncode == 0, done.stderr
        assert_equal(town.reader, node)


def test_the_clock_was_wrong_by_a_year(town: Town) -> None:
    DRILL = "The clock was wrong by a year"
    ahead = TestClock()
    ahead.moment = SystemClock().now()
    ahead.forward(days=366)
    with town.up() as node:
        true_clock, node.clock = node.clock, ahead
        town.put(node, c="Ludo")
        with pytest.raises(Exception, match="clock"):
            town.read()
        jobs.run_due(node)
        node.clock = true_clock
        assert "Ludo" not in shown(town.reader, node).values()
        assert int(town.command(DRILL, 0).split()[0]) > 0
        serving.forget(node)
        words = DRILLS[DRILL][1].split()[1:]
        done = town.run("--config", str(town.reader_file), *words)
        assert done.returncode == 0, done.stdout
        assert_equal(town.reader, node)
