"""Starts commands that keep running, and stops them whatever happens."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["answers", "free_port", "running"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether a node answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@contextmanager
def running(
    command: list[str], folder: Path, port: int, seconds: float = 120, **variables: str
) -> "Iterator[subprocess.Popen[bytes]]":
    """Start a command in a folder, wait until its port answers, end it with SIGTERM."""
    with (folder / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        ends_at = time.monotonic() + seconds
        while not answers(port):
            said = (folder / "output.txt").read_text()
            assert process.poll() is None, f"it ended: {said}"
            assert time.monotonic() < ends_at, f"it did not answer: {said}"
            time.sleep(0.1)
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(90)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
