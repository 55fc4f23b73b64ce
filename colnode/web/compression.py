"""Answers made small on their way out: text, for everybody alike, never a page with a secret in it.

A page that holds a form token is sent as it is: compressing a secret beside words that a stranger
chose lets the stranger guess the secret by the length of the answer (the BREACH attack).
"""

import gzip

from flask import Flask, Response, request

__all__ = ["init_compression"]

_KINDS = {
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/geo+json",
    "application/manifest+json",
    "image/svg+xml",
    "text/xml",
}
_SHORTEST, _LONGEST = 1_000, 4_000_000
_LEVEL = 6


def init_compression(app: Flask) -> None:
    """Compress what may be compressed; register this first, so that it comes last."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.mimetype not in _KINDS or response.status_code != 200:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or "Content-Encoding" in response.headers:
            return response
        if request.method == "HEAD" or not _SHORTEST <= (response.content_length or 0) <= _LONGEST:
            return response
        data = _whole(response)
        if response.mimetype == "text/html" and b"csrf_token" in data:
            return response
        etag, _is_weak = response.get_etag()
        response.set_data(gzip.compress(data, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        if etag:
            response.set_etag(etag, weak=True)
        return response


def _whole(response: Response) -> bytes:
    """Read the answer's bytes and let go of the file that they come from."""
    source = response.response
    response.direct_passthrough = False
    data = response.get_data()
    if hasattr(source, "close"):
        source.close()
    return data
