"""`colnode plugin new` and `check`, as a partner uses them: outside of the tree, without a city."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colnode.cli import main
from colnode.host import overview
from colnode.node import Node
from colnode.workshop.check import Level, check_plugin
from colnode.workshop.skeleton import write_plugin
from tests.plugins.installing import EXAMPLE, install, install_example


def pip_install(source: Path, target: Path) -> dict[str, str]:
    """Install a distribution into a folder, without a network; the environment that finds it."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--target", str(target), str(source)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLNODE_")}
    return {**kept, "PYTHONPATH": str(target)}


def run(
    *words: str, folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_new_plugin_installs_passes_its_tests_and_is_silver_as_it_stands(tmp_path: Path) -> None:
    assert main(["plugin", "new", "trail-demo", "--into", str(tmp_path), "--quiet"]) == 0
    folder = tmp_path / "colnode-trail-demo"
    environment = pip_install(folder, tmp_path / "site")
    colnode = ("-m", "colnode.cli", "plugin")
    checked = run(
        *(*colnode, "check", "trail-demo", "--json", "--level", "silver"),
        folder=tmp_path,
        environment=environment,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    said = json.loads(checked.stdout)
    assert said["level"] == "silver"
    assert said["missing"]["gold"]
    tested = run("-m", "pytest", "-q", folder=folder, environment=environment)
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout


def test_the_example_plugin_installs_from_outside_and_runs_in_a_real_city(tmp_path: Path) -> None:
    source = tmp_path / "source"
    _copy(EXAMPLE, source)
    environment = pip_install(source, tmp_path / "site")
    city = tmp_path / "city"
    city.mkdir()
    done = run("-c", _CITY, folder=city, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr


_CITY = """
import os
from pathlib import Path
from colnode.app import create_app, open_node
from colnode.cli import main
from colnode.config import load_config
from colnode.host.loader import installed_plugins

where = ["--centre", "54.7,25.3", "--base-url", "http://localhost:8123"]
assert main(["init", "--no-input", "--name", "Testville", *where]) == 0
os.environ["COLNODE_PLUGINS_ENABLED"] = "trail"
assert main(["db", "upgrade"]) == 0
assert installed_plugins()["trail"].dist.version == "1.0.0"
assert main(["plugin", "run", "trail", "count"]) == 0
client = create_app(node=open_node(load_config(Path("colnode.toml")))).test_client()
assert "Walk with us" in client.get("/trails").text
assert client.get("/static/plugins/trail/trail.css").status_code == 200
assert "/api/v1/trails/{trail_id}/walk" in client.get("/api/openapi.json").text
"""


def _copy(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and "build" not in file.parts:
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())


@pytest.mark.databases("sqlite")
def test_the_example_plugin_is_gold_and_the_city_office_says_so(
    monkeypatch: pytest.MonkeyPatch,
    make_node: Callable[..., Node],
    run_jobs: Callable[..., int],
    make_client: Callable[..., Any],
    make_person: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:
    install_example(monkeypatch)
    node = make_node(plugins=("trail",))
    client = make_client(node)
    sign_in(client, make_person(is_admin=True, on=node))
    assert "not checked yet" in client.get("/admin/plugins").text
    assert client.post("/admin/plugins/trail/check").status_code == 302
    run_jobs(node)
    with node.reading():
        (view,) = overview.list_plugins(node)
    assert (view.level, list(view.missing)) == ("gold", [])
    assert "gold" in client.get("/admin/plugins").text


FAULTS = {
    "records.py": (
        "from colnode.plugin import Indexed",
        "from colnode.db import LangMap\n\nfrom colnode.plugin import Indexed",
    ),
    "models.py": ('"PREFIX_note"', '"note_of_others"'),
    "pages.py": ('require("PREFIX.write")', 'require("public.read")'),
    "__init__.py": ("How many notes one person may write.", ""),
    "service.py": ("node.db.execute(delete(Note).where(Note.person_id == person_id))", "pass"),
}
SAID = {
    "records.py": (Level.NONE, "imports colnode.db"),
    "models.py": (Level.NONE, "migrations and models differ"),
    "pages.py": (Level.NONE, "open to everybody"),
    "__init__.py": (Level.BRONZE, "has no help text"),
    "service.py": (Level.BRONZE, "still names a person who was erased"),
}


@pytest.mark.parametrize("file", FAULTS)
def test_a_fault_costs_the_level_and_is_named(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"faulty-{file.strip('_').partition('.')[0].strip('_')}"
    prefix = name.replace("-", "_")
    folder = write_plugin(name, tmp_path)
    broken = folder / f"colnode_{prefix}" / file
    old, new = (words.replace("PREFIX", prefix) for words in FAULTS[file])
    written = broken.read_text()
    assert old in written
    broken.write_text(written.replace(old, new))
    monkeypatch.syspath_prepend(str(folder))
    install(monkeypatch, **{name: f"colnode_{prefix}"})
    report = check_plugin(name)
    level, words = SAID[file]
    assert report.level == level, report.missing
    assert words in " ".join(report.for_next)


def test_what_is_no_name_or_is_there_already_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plugin", "new", "--into", str(tmp_path)]
    assert main([*words, "Trail Demo"]) == 1
    assert main([*words, "trail"]) == 0
    assert main([*words, "trail"]) == 1
    assert main(["plugin", "check", "nothing"]) == 1
    assert "There is no" not in capsys.readouterr().out
