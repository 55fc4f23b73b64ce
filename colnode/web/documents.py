"""Answers that are documents or pictures instead of pages: negotiation, caching, CORS."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request
from markupsafe import Markup

__all__ = ["document", "picture", "prefers", "qr_markup", "qr_svg", "unlisted"]

HTML = "text/html"


def prefers(offered: Mapping[str, Sequence[str]], default: str) -> str:
    """Which of the offered forms the asker likes best (RFC 9110 section 12.5.1).

    `offered` maps a form's name to its media types; `default` answers an Accept of anything.
    """
    if not request.accept_mimetypes or request.accept_mimetypes.best == "*/*":
        return default
    types = {media_type: form for form, types in offered.items() for media_type in types}
    best = request.accept_mimetypes.best_match(list(types))
    return types[best] if best else default


def document(
    content: str | Mapping[str, Any], media_type: str, *, max_age: int = 60, is_public: bool = True
) -> Response:
    """A JSON document that any site may read, with a strong ETag."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return _cached(text.encode("utf-8"), media_type, max_age, is_public)


def picture(
    data: bytes, media_type: str, *, max_age: int = 300, is_public: bool = True
) -> Response:
    """A picture with a strong ETag. Opened alone, it can neither run nor load anything."""
    response = _cached(data, media_type, max_age, is_public)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    )
    return response


def qr_svg(text: str) -> str:
    """A QR code as a whole SVG document, medium error correction, with its quiet zone."""
    import segno

    return str(segno.make(text, error="m", micro=False).svg_inline(scale=8, border=4))


def qr_markup(text: str) -> Markup:
    """A QR code to stand in a page; scales with its frame."""
    import segno

    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(border=2, omitsize=True, svgclass="qr-code", lineclass=None)
    return Markup(svg)  # noqa: S704 - the writer's own shapes; the text is in them as squares


def unlisted(response: Response) -> Response:
    """Keep a page at an unguessable address out of search engines and out of Referer headers."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


def _cached(data: bytes, media_type: str, max_age: int, is_public: bool) -> Response:
    response = Response(data, content_type=media_type)
    response.set_etag(hashlib.sha256(data).hexdigest()[:32])
    response.vary.add("Accept")
    if is_public:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = f"public, max-age={max_age}"
    else:
        response.headers["Cache-Control"] = "private, no-store"
    response.make_conditional(request)
    return response
