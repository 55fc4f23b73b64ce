"""Help, wrong usage and errors: what every command has in common."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colnode.cli import COMMANDS
from tests.cli.conftest import Run

NAMES = [name for group in COMMANDS.values() for name in group]


def test_help_names_every_command(colnode: Run) -> None:
    for words in ([], ["--help"], ["-h"], ["help"]):
        done = colnode(*words)
        assert done.returncode == 0
        for name in NAMES:
            assert f"  {name} " in done.stdout


def test_help_and_version_import_nothing_from_outside_and_look_for_no_plugin() -> None:
    program = (
        "import sys; from colnode.cli import main; main(['--help']); main(['--version']);"
        "bad = {'argparse', 'importlib.metadata', 'sqlalchemy', 'flask', 'pluggy', 'typing'};"
        "sys.exit(str(bad & set(sys.modules)) if bad & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "colnode 0." in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(colnode: Run, name: str) -> None:
    done = colnode(name, "--help")
    assert done.returncode == 0
    assert f"usage: colnode {name}" in done.stdout


def test_wrong_usage_ends_with_64(colnode: Run) -> None:
    for words in (["nonsense"], ["--nonsense"], ["db"], ["db", "nonsense"], ["mail", "test"]):
        done = colnode(*words)
        assert done.returncode == 64, words
        assert done.stderr
        assert "Traceback" not in done.stderr


def test_an_error_is_one_line_and_exit_code_1(colnode: Run) -> None:
    done = colnode("--config", "missing.toml", "config", "check")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "colnode: There is no configuration file missing.toml. `colnode init` writes one."
    ]


def test_options_of_every_command_stand_before_or_after_it(colnode: Run) -> None:
    for words in (
        ["--json", "--config", "missing.toml", "config", "check"],
        ["config", "--json", "check", "--config=missing.toml"],
    ):
        done = colnode(*words)
        assert json.loads(done.stderr)["error"] == "configuration"


def test_the_configuration_is_found_in_the_environment(colnode: Run, tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text('[city]\nname = "Klaipeda"\n')
    done = colnode("config", "show", COLNODE_CONFIG="city.toml")
    assert 'name = "Klaipeda"' in done.stdout


def test_secrets_are_starred(colnode: Run) -> None:
    done = colnode("config", "show", COLNODE_MAIL_PASSWORD="hunter2")
    assert "hunter2" not in done.stdout + done.stderr
    assert 'password = "***"' in done.stdout
    shown = json.loads(colnode("config", "show", "--json").stdout)
    assert shown["server"]["port"] == 8000


def test_an_unknown_plugin_is_named_with_those_that_are_installed(colnode: Run) -> None:
    done = colnode("config", "check", COLNODE_PLUGINS_ENABLED="map,nonsense")
    assert done.returncode == 1
    assert "There is no plugin nonsense. Installed:" in done.stderr
    assert "map" in done.stderr


def test_a_data_folder_that_cannot_be_written_to_is_named(colnode: Run, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file where the folder should be")
    done = colnode("config", "check", COLNODE_SERVER_DATA_DIR="in-the-way/data")
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
    assert "server.data_dir" in done.stderr


def read_only(folder: Path) -> list[str]:
    """Words before a command for which the folder is read-only, also for root."""
    if os.getuid() != 0:
        folder.chmod(0o555)
        return []
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, str(folder)]


def test_a_read_only_folder_is_named_and_nothing_is_left_half_done(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "kept.txt").write_text("here before")
    words = read_only(folder)
    if words and subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no process have mounts of its own")
    command = [*words, sys.executable, "-m", "colnode.cli", "run", "--demo"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "COLNODE_SERVER_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    folder.chmod(0o755)
    assert done.returncode == 1
    assert "cannot be written to (Read-only file system)" in done.stderr or (
        "cannot be written to (Permission denied)" in done.stderr
    )
    assert len(done.stderr.strip().splitlines()) == 1
    assert [file.name for file in folder.iterdir()] == ["kept.txt"]


def test_a_database_that_cannot_be_opened_is_one_line(colnode: Run, tmp_path: Path) -> None:
    done = colnode("db", "check", COLNODE_DATABASE_URL="sqlite:////proc/nowhere/x.sqlite")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "The database cannot be used" in done.stderr


def test_installed_plugins_are_listed(colnode: Run) -> None:
    rows = json.loads(colnode("plugin", "list", "--json").stdout)
    assert {"name": "map", "enabled": "yes"}.items() <= rows[0].items()
    rows = json.loads(colnode("plugin", "list", "--json", COLNODE_PLUGINS_ENABLED="").stdout)
    assert {row["enabled"] for row in rows} == {"no"}
