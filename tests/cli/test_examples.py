"""The example files that an operator copies."""

import re

from colnode.cli import COMMANDS
from tests.cli.conftest import Run
from tests.contract.sources import ROOT

EXAMPLE = ROOT / "config" / "colnode.example.toml"


def test_the_example_is_what_the_declared_settings_give(colnode: Run) -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == colnode("config", "example").stdout


def test_the_example_is_a_configuration_that_is_understood(colnode: Run) -> None:
    done = colnode("--config", str(EXAMPLE), "config", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_in_the_manual_exists() -> None:
    manual = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)colnode ([a-z]+)", manual, flags=re.MULTILINE))
    known = {name for group in COMMANDS.values() for name in group}
    assert named <= known
    assert known - named <= {"bench"}


def test_every_file_in_the_manual_exists() -> None:
    manual = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    for name in re.findall(r"`(config/[\w./-]+)`", manual):
        assert (ROOT / name).is_file(), name
