"""The wheel holds what git holds, and a node starts from it."""

import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.cli.processes import free_port, running
from tests.contract.sources import ROOT

PACKAGED = {"colnode/": "colnode/", "migrations/": "colnode/migrations/"}
PACKAGED |= {"benchmarks/": "colnode/bench/", "plugins/": ""}


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command; its output, or an assertion that shows what it said."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked_files() -> list[str]:
    return run("git", "ls-files", "-z", cwd=ROOT).split("\0")[:-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git tracks, so that left-overs play no part."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked_files():
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", target, source, cwd=source)
    (built,) = target.glob("colnode-*.whl")
    return built


def expected_in_wheel() -> set[str]:
    """Where each tracked file of a packaged folder belongs in the wheel."""
    expected = set()
    for name in tracked_files():
        for folder, place in PACKAGED.items():
            if name.startswith(folder):
                expected.add(place + name.removeprefix(folder))
    return expected


def test_the_wheel_holds_exactly_what_git_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert sorted(held) == sorted(expected_in_wheel())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and the libraries of the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-index", wheel),
        cwd=folder,
    )
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n")
    return folder / "venv" / "bin" / "colnode"


def test_the_installed_code_is_the_wheels(installed: Path) -> None:
    program = "import colnode, colnode.migrations as m; print(colnode.__file__, m.__file__)"
    paths = run(installed.parent / "python", "-c", program, cwd=installed.parent)
    assert str(ROOT) not in paths.replace(str(installed.parent), "")


def test_a_city_is_made_and_served_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    run(
        *(installed, "init", "--no-input", "--name", "Wheelton", "--centre", "54.7, 25.3"),
        *("--base-url", f"http://localhost:{port}"),
        cwd=tmp_path,
    )
    with running([str(installed), "run", "--port", str(port)], tmp_path, port):
        page = fetch(f"http://127.0.0.1:{port}/")
        assert "Wheelton" in page
        stylesheet = fetch(f"http://127.0.0.1:{port}/static/css/base.css")
        assert "@layer" in stylesheet


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.status == 200
        text: str = answer.read().decode()
        return text
