"""A page of another site frames the map in a real Chromium, if the city names that site."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from colnode.plugin import Node
from tests.browser.conftest import free_port

pytestmark = [pytest.mark.browser, pytest.mark.databases("sqlite")]


@pytest.fixture
def school() -> Iterator[ThreadingHTTPServer]:
    """Another site, on another host than the city's; its only page frames `framed`."""

    class Site(ThreadingHTTPServer):
        framed = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            frame = f'<iframe src="{site.framed}" width="900" height="700"></iframe>'
            body = f"<!doctype html><title>School</title><h1>Our school</h1>{frame}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    site = Site(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield site
    site.shutdown()
    site.server_close()


@pytest.fixture
def site_url(school: ThreadingHTTPServer) -> str:
    """The address of that site."""
    return f"http://127.0.0.1:{school.server_address[1]}"


@pytest.fixture
def sites(site_url: str, request: pytest.FixtureRequest) -> list[str]:
    """The sites that the city names."""
    return [site_url] if getattr(request, "param", True) else ["https://other.example"]


@pytest.fixture
def node(make_node: Callable[..., Node], sites: list[str]) -> Node:
    """The city."""
    return make_node(
        base_url=f"http://localhost:{free_port()}", plugin_settings={"map": {"embed_sites": sites}}
    )


@pytest.mark.parametrize("sites", [True, False], indirect=True, ids=["named", "not named"])
def test_only_a_site_that_is_named_shows_the_map(
    node: Node,
    serve: Callable[[Node], str],
    school: Any,
    site_url: str,
    sites: list[str],
    make_activity: Callable[..., Any],
    open_page: Callable[..., AbstractContextManager[Page]],
) -> None:
    make_activity("Chess in the park")
    school.framed = f"{serve(node)}/map/embed"
    with open_page() as page:
        page.goto(site_url)
        frame = page.frame_locator("iframe")
        if sites == [site_url]:
            expect(frame.get_by_role("link", name="Chess in the park")).to_be_visible()
            expect(frame.locator(".map-pin").first).to_be_visible()
            assert page.context.cookies() == []
        else:
            page.wait_for_load_state("networkidle")
            expect(frame.locator(".map-embed")).to_have_count(0)
            assert page.frames[1].url.startswith("chrome-error:")
