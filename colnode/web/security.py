"""Headers that keep a page to itself: strict content policy, no framing, no sniffing."""

from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["allow_images_from", "init_security"]


def init_security(app: Flask, node: "Node") -> None:
    """Set the headers on every answer."""
    is_https = node.config.server.base_url.startswith("https:")

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _policy())
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)")
        if is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in headers and request.endpoint != "static":
            headers["Cache-Control"] = "private, no-cache"
        return response


def allow_images_from(host: str) -> None:
    """Let this one answer load pictures from a host that the admin configured (map tiles)."""
    g.image_hosts = [*g.get("image_hosts", []), host]


def _policy() -> str:
    images = " ".join(["'self'", "data:", *g.get("image_hosts", [])])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src {images}; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
