"""Keeping a page to itself: strict content policy, no framing, no sniffing, no forged forms."""

from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

from colnode.errors import Forbidden, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "allow_form_to",
    "allow_images_from",
    "answer_preflight",
    "csrf_token",
    "init_security",
    "refuse_forged",
]

_CSRF = {
    "WTF_CSRF_ENABLED": True,
    "WTF_CSRF_METHODS": {"POST", "PUT", "PATCH", "DELETE"},
    "WTF_CSRF_FIELD_NAME": "csrf_token",
    "WTF_CSRF_HEADERS": ["X-CSRFToken"],
    "WTF_CSRF_TIME_LIMIT": None,
    "WTF_CSRF_SSL_STRICT": True,
}


def init_security(app: Flask, node: "Node") -> None:
    """Set the headers on every answer."""
    app.config.update(_CSRF)
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


def csrf_token() -> str:
    """The token that a form of this visitor carries."""
    from flask_wtf.csrf import generate_csrf

    token: str = generate_csrf()
    return token


def refuse_forged() -> None:
    """Raise Forbidden when a form lacks this visitor's token, or came from another site.

    Flask-WTF does it. Reading a page needs neither it nor WTForms, so a start does without them.
    """
    if request.method not in current_app.config["WTF_CSRF_METHODS"]:
        return
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    from flask_wtf.csrf import CSRFError, CSRFProtect

    try:
        CSRFProtect().protect()
    except CSRFError as error:
        raise Forbidden(
            _(
                "This form is too old to be sent. Go back, reload the page and send it again; "
                "your browser keeps what you wrote."
            )
        ) from error


def allow_images_from(host: str) -> None:
    """Let this one answer load pictures from a host that the admin configured (map tiles)."""
    g.image_hosts = [*g.get("image_hosts", []), host]


def allow_form_to(origin: str) -> None:
    """Let a form of this one answer end at another site: the browser holds redirects to it too."""
    g.form_origins = [*g.get("form_origins", []), origin]


def answer_preflight() -> Response | None:
    """Tell a browser that programs of other sites may ask the Open Badges API (Fetch, CORS)."""
    if request.method != "OPTIONS" or not request.path.startswith("/ims/"):
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT"
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response.headers["Access-Control-Max-Age"] = "7200"
    return response


def _policy() -> str:
    forms = " ".join(["'self'", *g.get("form_origins", [])])
    images = " ".join(["'self'", "data:", *g.get("image_hosts", [])])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        f"img-src {images}; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        f"form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    )
