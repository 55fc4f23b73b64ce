"""`colnode run --demo`: a city filled with life, apart from any real one."""

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from colnode.demo import CITIES
from tests.cli.conftest import Run
from tests.cli.processes import answers, free_port, running

COLNODE = [sys.executable, "-m", "colnode.cli"]
FIRST = next(iter(CITIES.values()))


def fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def wait_for_answer(port: int) -> None:
    ends_at = time.monotonic() + 240
    while not answers(port):
        assert time.monotonic() < ends_at
        time.sleep(0.2)


def filled(folder: Path) -> Path:
    """The database of the first demonstration city below a folder."""
    return folder / "var" / "demo" / FIRST.key / "colnode.sqlite"


def facts(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT name, value FROM node_fact").fetchall())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demonstration was started once."""
    made = tmp_path_factory.mktemp("demo")
    port = free_port()
    with running([*COLNODE, "run", "--demo", "--port", str(port)], made, port, seconds=240):
        assert FIRST.name in fetch(port, "/")
    return made


def test_the_address_and_the_accounts_are_printed(folder: Path) -> None:
    said = (folder / "output.txt").read_text()
    assert f"{FIRST.name} is open: http://localhost:" in said
    for account in FIRST.accounts:
        assert account.email in said
        assert account.password in said


def test_a_second_start_fills_nothing_again(folder: Path) -> None:
    before = facts(filled(folder))
    port = free_port()
    with running([*COLNODE, "run", "--demo", "--port", str(port)], folder, port):
        assert facts(filled(folder)) == before
        assert FIRST.name in fetch(port, "/")


def test_mail_is_shown_only_in_a_demonstration(folder: Path) -> None:
    port = free_port()
    with running([*COLNODE, "run", "--demo", "--port", str(port)], folder, port):
        assert "<html" in fetch(port, "/dev/mail")


def test_a_spreadsheet_is_imported_from_the_command_line(folder: Path) -> None:
    configuration = folder / "var" / "demo" / FIRST.key / "colnode.toml"
    with closing(sqlite3.connect(filled(folder))) as connection:
        slug = connection.execute("SELECT slug FROM organisation LIMIT 1").fetchone()[0]
    rows = [f"Evening {number},2027-01-11 18:00,54.69,25.27" for number in range(300)]
    (folder / "evenings.csv").write_text("\n".join(["title,starts,latitude,longitude", *rows]))
    command = [*COLNODE, "--config", str(configuration), "plugin", "run", "map", "import"]
    for expected in ("300 new, 0 changed", "0 new, 0 changed, 300 unchanged"):
        done = subprocess.run(
            [*command, "evenings.csv", "--organisation", slug, "--drafts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stdout, done.stdout + done.stderr


def test_a_demonstration_does_not_go_into_a_real_city(colnode: Run, tmp_path: Path) -> None:
    city = ("init", "--no-input", "--name", "Real", "--domain", "real.example", "--centre", "1,1")
    assert colnode(*city).returncode == 0
    before = (tmp_path / "var" / "colnode.sqlite").read_bytes()
    done = colnode("run", "--demo", "--port", str(free_port()))
    assert done.returncode == 1
    assert "Real, a real city" in done.stderr
    assert (tmp_path / "var" / "colnode.sqlite").read_bytes() == before
    assert not (tmp_path / "var" / "demo").exists()


def test_a_real_city_is_not_made_out_of_a_demonstration(folder: Path) -> None:
    configuration = folder / "var" / "demo" / FIRST.key / "colnode.toml"
    done = subprocess.run(
        [*COLNODE, "--config", str(configuration), "--json", "init"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"] == "conflict"


def test_a_filling_that_was_cut_short_starts_over(folder: Path, tmp_path: Path) -> None:
    copy = filled(tmp_path)
    copy.parent.mkdir(parents=True)
    with closing(sqlite3.connect(filled(folder))) as source, closing(sqlite3.connect(copy)) as own:
        source.backup(own)
        own.execute("DELETE FROM node_fact WHERE name = 'demo_loaded'")
        own.commit()
    first_id = facts(copy)["node_id"]
    port = free_port()
    with running([*COLNODE, "run", "--demo", "--port", str(port)], tmp_path, port, seconds=240):
        assert facts(copy)["demo_loaded"] == "true"
        assert facts(copy)["node_id"] != first_id


def test_an_unknown_demonstration_is_named(colnode: Run) -> None:
    done = colnode("run", "--demo", "atlantis")
    assert done.returncode == 1
    assert "atlantis" in done.stderr
    assert FIRST.key in done.stderr


def test_all_demonstrations_start_and_end_together(tmp_path: Path) -> None:
    port = free_port()
    command = [*COLNODE, "run", "--demo", "all", "--port", str(port)]
    with running(command, tmp_path, port, seconds=300):
        for index, city in enumerate(CITIES.values()):
            wait_for_answer(port + index)
            assert city.name in fetch(port + index, "/about")
    assert not any(answers(port + index) for index in range(len(CITIES)))
