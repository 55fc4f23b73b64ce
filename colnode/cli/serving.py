"""The processes of `colnode run`: a supervisor, granian with the web workers, the job worker.

The supervisor has one thread and imports little, so that it may fork. granian forks its workers
from a process that has the application, and no thread, already.
"""

import logging
import multiprocessing
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from colnode.cli.logs import write_log
from colnode.config import ServerConfig

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["run_granian", "supervise"]

_log = logging.getLogger(__name__)

READY_SECONDS = 60
STOP_SECONDS = 30
JOBS_WAIT_SECONDS = 1.0
"""How long background work leaves the machine to whoever waits for the first page."""


def supervise(
    server: ServerConfig,
    *,
    web: Callable[[], int],
    worker: Sequence[str] | None,
    when_ready: Callable[[], None],
) -> int:
    """Run the web server and the job worker until SIGTERM or SIGINT; returns the exit code.

    `web` runs in a process of its own and returns its exit code; when it ends by itself,
    everything ends. `worker` are the words after `colnode` that start the job worker, which is
    started again whenever it ends; None for no worker.
    """
    write_log()
    stopping = threading.Event()
    web_process = multiprocessing.get_context("fork").Process(target=lambda: sys.exit(_web(web)))
    web_process.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    jobs = _JobWorker(worker)
    try:
        if _wait_until_it_answers(server, web_process, stopping):
            when_ready()
            stopping.wait(JOBS_WAIT_SECONDS)
        elif web_process.is_alive() and not stopping.is_set():
            _log.error("the web server did not answer within %d s; start it again", READY_SECONDS)
            return 1
        while web_process.is_alive() and not stopping.is_set():
            jobs.keep_running()
            stopping.wait(0.2)
    finally:
        jobs.stop()
        web_process.terminate()
        web_process.join(STOP_SECONDS)
        web_process.kill()
    return 0 if stopping.is_set() else web_process.exitcode or 1


def _web(web: Callable[[], int]) -> int:
    end_with_parent()
    return web()


class _JobWorker:
    """Keeps the job worker running; one that dies at once is waited for longer and longer."""

    def __init__(self, words: Sequence[str] | None) -> None:
        self._command = None if words is None else [sys.executable, "-m", "colnode.cli", *words]
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._next_at = 0.0
        self._pause = 1.0

    def keep_running(self) -> None:
        """Start it unless it runs or rests."""
        if self._command is None:
            return
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            self._pause = 1.0 if now - self._started_at > 60 else min(self._pause * 2, 60)
            self._next_at = now + self._pause
            _log.error(
                "the job worker ended (%s); starting it again in %.0f s",
                self._process.returncode,
                self._pause,
            )
            self._process = None
        if self._process is None and now >= self._next_at:
            self._started_at = now
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)

    def stop(self) -> None:
        """Let it finish the job it is at, for a while."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _wait_until_it_answers(
    server: ServerConfig, web_process: BaseProcess, stopping: threading.Event
) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)  # noqa: S104 - read, not bound
    ends_at = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends_at and web_process.is_alive() and not stopping.is_set():
        try:
            with socket.create_connection((host, server.port), timeout=5) as probe:
                probe.sendall(b"HEAD /healthz HTTP/1.0\r\n\r\n")
                if probe.recv(1):
                    return True
        except OSError:
            stopping.wait(0.05)
    return False


def run_granian(app: "Flask", server: ServerConfig) -> None:
    """Serve an application until SIGTERM or SIGINT; SystemExit when workers cannot be kept alive.

    The application must hold no open connection and no thread: the web workers are forks.
    """
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    multiprocessing.set_start_method("fork", force=True)

    def load(*_: object) -> "Flask":
        end_with_parent()
        return app

    Server(
        "colnode",
        address=server.host,
        port=server.port,
        interface=Interfaces.WSGI,
        workers=server.workers,
        blocking_threads=server.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    ).serve(target_loader=load, wrap_loader=False)


def end_with_parent() -> None:
    """Ask Linux to end this process should its parent be killed."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
