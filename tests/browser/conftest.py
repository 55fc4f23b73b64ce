"""A demonstration city, started as an operator does, and people signed in to it in Chromium."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
)

from colnode.demo import CITIES

WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}
_LOCAL = {"localhost", "127.0.0.1"}


@dataclass
class City:
    """A served city: its address and the signed-in state of each kind of person."""

    url: str
    states: dict[str, Path] = field(default_factory=dict)


@dataclass
class Watched:
    """A page, with what went wrong on it: complaints of the browser, requests to other machines."""

    page: Page
    faults: list[str]

    def check(self) -> None:
        """Nothing went wrong since the page was opened."""
        assert self.faults == []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running_city(folder: Path, *words: str) -> Iterator[str]:
    """`colnode run --demo` in a folder of its own, until it answers; stopped by Ctrl+C."""
    port = free_port()
    with (folder / "out").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "colnode.cli", "run", "--demo", *words, "--port", str(port)],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://localhost:{port}"
    try:
        _wait_for(url, process, folder / "out")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(output.read_text())
        with contextlib.suppress(OSError), urlopen(f"{url}/healthz", timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the city did not answer: {output.read_text()}")


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The first demonstration city, served by the real command."""
    with running_city(tmp_path_factory.mktemp("city")) as url:
        yield City(url)


@pytest.fixture
def visit(
    chromium: Browser, demo_city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Watched]]:
    """Open a page as somebody: visit("/map", role="learner", width="narrow", scheme="dark")."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str = "/",
        *,
        role: str | None = None,
        width: str = "wide",
        scheme: str = "light",
        language: str = "en",
        scripts: bool = True,
    ) -> Watched:
        state = None
        if role is not None:
            if role not in demo_city.states:
                file = tmp_path_factory.mktemp("state") / f"{role}.json"
                demo_city.states[role] = sign_in(chromium, demo_city.url, role, file)
            state = demo_city.states[role]
        size = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=language,
            storage_state=state,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        watched = watch(context.new_page())
        has_dots = path == "/" or path.startswith("/map")  # they arrive by script
        answer = watched.page.goto(
            demo_city.url + path, wait_until="networkidle" if has_dots else "load"
        )
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        return watched

    yield open_page
    for context in contexts:
        context.close()


def watch(page: Page) -> Watched:
    """Note the browser's complaints and every request to another machine."""
    watched = Watched(page, [])

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            watched.faults.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname not in _LOCAL:
            watched.faults.append(f"asks another machine: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: watched.faults.append(f"script: {error}"))
    page.on("request", on_request)
    return watched


def sign_in(chromium: Browser, url: str, role: str, file: Path) -> Path:
    """Sign the demonstration's person of this role in through the form."""
    account = next(
        account for account in next(iter(CITIES.values())).accounts if role in account.role.lower()
    )
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=email]", account.email)
    page.fill("input[name=password]", account.password)
    page.click("main form:has(input[name=password]) button:not([formaction])")
    page.wait_for_load_state()
    assert "/sign-in" not in page.url, page.inner_text("main")
    context.storage_state(path=file)
    context.close()
    return file
