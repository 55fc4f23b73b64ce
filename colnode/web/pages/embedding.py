"""A shared badge on other sites: preview picture, oEmbed, and a tiny page to embed.

All of it shows what everybody sees who has the address, whoever is signed in.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from colnode.badges import documents, passport, social
from colnode.errors import ColnodeError, NotFound, _
from colnode.identity import organisations
from colnode.web.auth import current_node, require
from colnode.web.documents import picture, unlisted
from colnode.web.rendering import pick_language, render

if TYPE_CHECKING:
    from colnode.badges.passport import Held

__all__ = ["bp", "frame_code"]

bp = Blueprint("embedding", __name__)

_WIDTH, _HEIGHT = 320, 400
_SMALLEST = 200


class _NotOffered(ColnodeError):
    """A form of oEmbed that is not offered (oEmbed section 2.3.1: 501)."""

    status = 501
    code = "not-offered"


@bp.route("/credentials/<address>/preview.png")
@require("public.read")
def preview(address: str) -> Response:
    """The picture that sites show beside a link to the badge (Open Graph)."""
    data = social.draw_preview(current_node(), _shared(address), language=_language())
    return unlisted(picture(data, "image/png", max_age=3600))


@bp.route("/credentials/<address>/embed")
@require("public.read")
def embed(address: str) -> Response:
    """The badge as a tiny page that may stand in a frame of any site, as a stranger sees it."""
    node = current_node()
    held = _shared(address)
    credential = held.credential
    page = render(
        "passport/embed.html",
        held=held,
        name=pick_language(held.achievement.name),
        organisation=organisations.get_organisation(node, credential.organisation_id),
        state="revoked"
        if credential.is_revoked
        else "expired"
        if held.is_expired(node.clock.now())
        else None,
        url=documents.credential_url(node, address),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors *"
    )
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return unlisted(response)


@bp.route("/oembed")
@require("public.read")
def oembed() -> ResponseReturnValue:
    """How to embed the badge at `url` (oEmbed 1.0, type rich). Only JSON is offered."""
    if request.args.get("format", "json") != "json":
        raise _NotOffered(_("Only JSON is offered here: format=json."))
    node = current_node()
    base = documents.credential_url(node, "")
    asked = request.args.get("url", "")
    if not asked.startswith(base):
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    address = urlsplit(asked).path.rsplit("/", 1)[-1]
    held = _shared(address)
    width, height = _sized("maxwidth", _WIDTH), _sized("maxheight", _HEIGHT)
    name = pick_language(held.achievement.name)
    organisation = organisations.get_organisation(node, held.credential.organisation_id)
    answer = jsonify(
        version="1.0",
        type="rich",
        title=name,
        author_name=pick_language(organisation.name),
        author_url=node.config.server.base_url
        + url_for("organisations.show", slug=organisation.slug),
        provider_name=node.config.city.name,
        provider_url=node.config.server.base_url,
        cache_age=3600,
        thumbnail_url=f"{base}{address}/preview.png",
        thumbnail_width=social.PREVIEW_SIZE[0],
        thumbnail_height=social.PREVIEW_SIZE[1],
        html=frame_code(f"{base}{address}", name, width=width, height=height),
        width=width,
        height=height,
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return unlisted(answer)


def frame_code(url: str, name: str, *, width: int = _WIDTH, height: int = _HEIGHT) -> str:
    """The HTML that shows the badge at `url` in a page of another site."""
    frame = Markup('<iframe src="{}" width="{}" height="{}" title="{}" frameborder="0"></iframe>')
    return str(frame.format(f"{url}/embed", width, height, name))


def _shared(address: str) -> "Held":
    return passport.open_credential(current_node(), address, viewer_id=None)


def _sized(name: str, usual: int) -> int:
    text = request.args.get(name, "")
    wish = int(text) if text.isdecimal() and len(text) < 6 else usual
    return max(_SMALLEST, min(usual, wish))


def _language() -> str:
    return str(get_locale() or "en").split("_")[0]
