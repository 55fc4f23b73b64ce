"""Lets plugins be found as if they were installed: by an entry point, without a distribution."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from colnode.host import loader
from tests.contract.sources import ROOT

EXAMPLE = ROOT / "docs" / "example-plugin"


def install(monkeypatch: pytest.MonkeyPatch, **modules: str) -> None:
    """Make the modules known as plugins of these names, beside those that are installed."""
    known = dict(loader.installed_plugins())
    known |= {
        name: metadata.EntryPoint(name, module, "colnode.plugins")
        for name, module in modules.items()
    }
    monkeypatch.setattr(loader, "installed_plugins", lambda: known)


def install_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the example plugin known under its name, `trail`."""
    folder = str(Path(EXAMPLE))
    if folder not in sys.path:
        sys.path.append(folder)  # stays: its tables are declared once in a process
    install(monkeypatch, trail="colnode_trail")
