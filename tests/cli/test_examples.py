"""The example files that an operator copies."""

from tests.cli.conftest import Run
from tests.contract.sources import ROOT

EXAMPLE = ROOT / "config" / "colnode.example.toml"


def test_the_example_is_what_the_declared_settings_give(colnode: Run) -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == colnode("config", "example").stdout


def test_the_example_is_a_configuration_that_is_understood(colnode: Run) -> None:
    done = colnode("--config", str(EXAMPLE), "config", "check")
    assert (done.returncode, done.stderr) == (0, "")
