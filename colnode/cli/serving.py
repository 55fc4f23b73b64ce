"""The processes of `colnode run`: granian with the web workers, and beside it the job worker."""

import logging
import multiprocessing
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from colnode.config import Config

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["serve"]

_log = logging.getLogger(__name__)

READY_SECONDS = 60
STOP_SECONDS = 30


def serve(
    app: "Flask",
    config: Config,
    *,
    worker: Sequence[str] | None,
    before_fork: Callable[[], None],
    when_ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; SystemExit when the web workers cannot be kept alive.

    `worker` are the words after `colnode` that start the job worker, None for none. The
    application was made once, here; the web workers are forks of this process.
    """
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from colnode.cli.logs import write_log

    write_log()
    multiprocessing.set_start_method("fork", force=True)
    before_fork()
    server = Server(
        "colnode",
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.WSGI,
        workers=config.server.workers,
        blocking_threads=config.server.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    companion = _Companion(config, worker, when_ready)
    server.on_startup(companion.start)

    def load(*_: object) -> "Flask":
        _end_with_parent()
        return app

    try:
        server.serve(target_loader=load, wrap_loader=False)
    finally:
        companion.stop()


class _Companion:
    """Waits until the city answers, says so, then keeps the job worker running."""

    def __init__(
        self, config: Config, worker: Sequence[str] | None, when_ready: Callable[[], None]
    ) -> None:
        self._address = (config.server.host, config.server.port)
        self._worker = worker
        self._when_ready = when_ready
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="companion", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(5)

    def _run(self) -> None:
        if self._wait_until_it_answers():
            self._when_ready()
        pause = 1.0
        while self._worker is not None and not self._stopping.is_set():
            started_at = time.monotonic()
            command = [sys.executable, "-m", "colnode.cli", *self._worker]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
            code = self._process.wait()
            if self._stopping.is_set():
                return
            pause = 1.0 if time.monotonic() - started_at > 60 else min(pause * 2, 60)
            _log.error("the job worker ended (%s); starting it again in %.0f s", code, pause)
            self._stopping.wait(pause)

    def _wait_until_it_answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._address[0], self._address[0])  # noqa: S104 - read, not bound
        ends_at = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends_at and not self._stopping.is_set():
            try:
                with socket.create_connection((host, self._address[1]), timeout=1) as probe:
                    probe.sendall(b"HEAD /healthz HTTP/1.0\r\n\r\n")
                    if probe.recv(1):
                        return True
            except OSError:
                self._stopping.wait(0.05)
        return False


def _end_with_parent() -> None:
    """Ask Linux to end this web worker should `colnode run` itself be killed."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
