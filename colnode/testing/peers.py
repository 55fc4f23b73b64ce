"""A machine that is not a city: it answers over real HTTP on loopback what a test tells it to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["FakePeer"]


@dataclass
class FakePeer:
    """Answers by path; `asked` are the paths that were asked for, in order."""

    url: str
    asked: list[str] = field(default_factory=list)
    _answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    _etags: dict[str, str] = field(default_factory=dict)

    def answer(
        self,
        path: str,
        body: bytes,
        *,
        status: int = 200,
        media_type: str = "application/json",
        etag: str = "",
    ) -> str:
        """Answer this path from now on; returns its address. What is not named answers 404.

        Whoever names the `etag` that is still the same gets 304.
        """
        self._answers[path] = (status, media_type, body)
        self._etags[path] = etag
        return self.url + path

    def find(self, path: str) -> tuple[int, str, bytes]:
        """What a path answers with, noting that it was asked."""
        self.asked.append(path)
        return self._answers.get(path, (404, "text/plain", b"nothing here"))

    @classmethod
    @contextmanager
    def serving(cls) -> "Iterator[FakePeer]":
        """A peer on a free port until the `with` is left."""
        made: list[FakePeer] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, media_type, body = made[0].find(self.path)
                etag = made[0]._etags.get(self.path)
                if etag and self.headers["If-None-Match"] == etag:
                    status, body = 304, b""
                self.send_response(status)
                if etag:
                    self.send_header("ETag", etag)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made.append(cls(f"http://127.0.0.1:{server.server_address[1]}"))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made[0]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
