"""How soon the command line and the first page answer, beside a bare Python and an empty app."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from .frame import Progress, Row, side_by_side, table

__all__ = ["measure"]

HELP_ROUNDS = 15
PAGE_ROUNDS = 11
MOST_SECONDS = 60


def measure(progress: Progress) -> list[Row]:
    """Rows for `colnode --help` and for `colnode run` up to the first page."""
    return [*_help(progress), *_first_page(progress)]


def _help(progress: Progress) -> list[Row]:
    cases = {
        "python -c pass": lambda: _run(sys.executable, "-c", "pass"),
        "colnode --help": lambda: _run(_colnode(), "--help"),
    }
    with progress("colnode --help", (HELP_ROUNDS + 1) * len(cases)) as done:
        return table("help", side_by_side(cases, rounds=HELP_ROUNDS, done=done), limit=3)


def _first_page(progress: Progress) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = _free_port()
        address = f"http://localhost:{port}"
        init = ("init", "--no-input", "--name", "Bench", "--centre", "54.7,25.3")
        _run(_colnode(), *init, "--base-url", address, folder=folder)
        empty = str(Path(__file__).with_name("empty_app.py"))
        cases = {
            "empty Flask + SQLAlchemy": lambda: _until_page([sys.executable, empty], folder),
            "colnode run": lambda: _until_page([_colnode(), "run", "--port"], folder),
        }
        with progress("colnode run", (PAGE_ROUNDS + 1) * len(cases)) as done:
            return table(
                "first page", side_by_side(cases, rounds=PAGE_ROUNDS, done=done), limit=1.5
            )


def _colnode() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).with_name("colnode"))


def _run(*command: str, folder: Path | None = None) -> None:
    subprocess.run(command, cwd=folder, env=_environment(), check=True, capture_output=True)


def _environment() -> dict[str, str]:
    """This environment, with compiled modules kept as everywhere else."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _until_page(command: list[str], folder: Path) -> float:
    """Start a server on a free port; seconds until its first page is whole; then stop it."""
    port = _free_port()
    started_at = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(port)],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/", process)
        seconds = time.perf_counter() - started_at
        process.send_signal(signal.SIGTERM)
        process.wait(MOST_SECONDS)
        return seconds
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + MOST_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=MOST_SECONDS) as answer:
                answer.read()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.005)
    raise RuntimeError(f"nothing answered at {address}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
