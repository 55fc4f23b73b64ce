"""The command line as a process, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that knows nothing of colnode yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLNODE_")}
    kept["COLNODE_SERVER_CACHE_DIR"] = os.environ["COLNODE_SERVER_CACHE_DIR"]
    return {**kept, "HOME": str(tmp_path), "PYTHONWARNINGS": "error::ResourceWarning"}


@pytest.fixture
def colnode(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run a command in the test's folder: colnode("db", "check")."""

    def run(*words: str, typed: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "colnode.cli", *words],
            cwd=tmp_path,
            env={**environment, **variables},
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
