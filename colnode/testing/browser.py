"""A real Chromium for tests, which may talk to this machine only."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

__all__ = ["CHROMIUM_FLAGS", "find_chromium", "launch", "open_page"]

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
_LOCAL = {"localhost", "127.0.0.1"}


def find_chromium() -> str:
    """The path of a Chromium. Raises RuntimeError that names the command that installs one."""
    wish = os.environ.get("CHROMIUM")
    for name in (wish, "chromium", "chromium-browser", "google-chrome"):
        path = name and shutil.which(name)
        if path:
            return path
    raise RuntimeError("there is no Chromium: apt-get install chromium")


@contextmanager
def launch() -> Iterator[Browser]:
    """A headless Chromium. One is enough for a run: Playwright works once in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, *, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page of a fresh profile. Leaving it raises AssertionError if it asked another machine."""
    strangers: list[str] = []

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.hostname not in _LOCAL:
            strangers.append(request.url)

    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("request", watch)
    yield page
    context.close()
    assert not strangers, f"the page asked other machines: {strangers}"
