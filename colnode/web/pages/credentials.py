"""One earned badge at its unguessable address: page, JSON-LD, baked pictures, QR, sharing.

Private until its holder shares it; to anybody else a private one looks like one that never was.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import (
    baked,
    correcting,
    documents,
    old_backpacks,
    passport,
    public_pages,
    social,
    stamps,
    states,
    verifying,
)
from colnode.identity import organisations
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.documents import document, picture, prefers, qr_markup, qr_svg, unlisted
from colnode.web.pages import embedding
from colnode.web.rendering import links_for, panels_for, render
from colnode.web.results import shown_results

if TYPE_CHECKING:
    from colnode.badges.models import SuspensionEntry
    from colnode.badges.passport import Held

__all__ = ["bp"]

bp = Blueprint("credentials", __name__)

_OFFERED = {
    "html": ("text/html", "application/xhtml+xml"),
    "json": ("application/vc", "application/ld+json", "application/json"),
    "png": ("image/png",),
    "svg": ("image/svg+xml",),
}
_DOCUMENT_TYPES = ("application/vc", "application/ld+json", "application/json")


@bp.route("/credentials/<address>")
@require("public.read")
def show(address: str) -> ResponseReturnValue:
    """The badge in the form that the asker likes best."""
    held = _open(address)
    match prefers(_OFFERED, "html"):
        case "json":
            return _as_json(held)
        case "png":
            return _as_picture(held, "png")
        case "svg":
            return _as_picture(held, "svg")
    response = Response(_page(held))
    response.vary.add("Accept")
    return unlisted(response)


@bp.route("/credentials/<address>.json")
@require("public.read")
def show_json(address: str) -> Response:
    """The signed credential, byte for byte."""
    return _as_json(_open(address))


@bp.route("/credentials/<address>.png")
@require("public.read")
def show_png(address: str) -> Response:
    """The picture with the credential baked in."""
    return _as_picture(_open(address), "png")


@bp.route("/credentials/<address>.svg")
@require("public.read")
def show_svg(address: str) -> Response:
    """The drawing with the credential baked in."""
    return _as_picture(_open(address), "svg")


@bp.route("/credentials/<address>/qr.svg")
@require("public.read")
def qr(address: str) -> Response:
    """The badge's address as a QR code."""
    held = _open(address)
    url = documents.credential_url(current_node(), held.credential.address)
    return picture(qr_svg(url).encode("utf-8"), "image/svg+xml", is_public=held.is_shared)


@bp.route("/credentials/<address>/share", methods=["POST"])
@require("account.use")
def share(address: str) -> ResponseReturnValue:
    """Let everybody who has the address see the badge."""
    passport.share(current_node(), address, person_id=current_person_id())
    flash(_("Shared. Everybody who has the address can see and check the badge now."), "success")
    return redirect(url_for("credentials.show", address=address))


@bp.route("/credentials/<address>/unshare", methods=["POST"])
@require("account.use")
def unshare(address: str) -> ResponseReturnValue:
    """Make the badge private again."""
    passport.unshare(current_node(), address, person_id=current_person_id())
    flash(_("Private again. The address shows the badge to you alone."), "success")
    return redirect(url_for("credentials.show", address=address))


def _open(address: str) -> "Held":
    person = current_person()
    return passport.open_credential(
        current_node(), address, viewer_id=person.id if person else None
    )


def _as_json(held: "Held") -> Response:
    asked = request.accept_mimetypes.best_match(_DOCUMENT_TYPES, default=_DOCUMENT_TYPES[0])
    response = document(held.credential.document, str(asked), is_public=held.is_shared)
    copy = old_backpacks.find(current_node(), held) if held.is_shared else None
    if copy is not None:
        older = old_backpacks.assertion_url(current_node(), copy)
        response.headers["Link"] = f'<{older}>; rel="alternate"; type="application/ld+json"'
    return unlisted(_named(response, held, "json"))


def _as_picture(held: "Held", form: str) -> Response:
    node = current_node()
    data = baked.as_png(node, held) if form == "png" else baked.as_svg(node, held)
    media_type = "image/png" if form == "png" else "image/svg+xml"
    response = picture(data, media_type, is_public=held.is_shared)
    return unlisted(_named(response, held, form))


def _named(response: Response, held: "Held", suffix: str) -> Response:
    """Save it under a name when it is downloaded (`?download`), show it otherwise."""
    if "download" in request.args:
        name = f"badge-{held.credential.address[:8]}.{suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(held: "Held") -> str:
    from colnode.web import verdicts

    node = current_node()
    person = current_person()
    credential = held.credential
    verdict = verifying.verify_bytes(node, credential.document.encode("utf-8"))
    signed: Mapping[str, Any] = json.loads(credential.document)
    suspension = states.suspensions(node, [credential.id]).get(credential.id)
    url = documents.credential_url(node, credential.address)
    is_holder = person is not None and person.id == held.person_id
    body = signed["credentialSubject"]["achievement"]
    return render(
        "passport/credential.html",
        held=held,
        credential=credential,
        is_holder=is_holder,
        stamp=stamps.get_stamp(node, credential.address, person_id=held.person_id),
        public_page=public_pages.find(node, held.person_id) if is_holder else None,
        is_new="new" in request.args,
        organisation=organisations.get_organisation(node, credential.organisation_id),
        body=body,
        told=correcting.told_by(credential),
        results=shown_results(verdict.summary.results),
        url=url,
        oembed_url=f"{node.config.server.base_url}/oembed?{urlencode({'url': url})}",
        embed_code=embedding.frame_code(url, body["name"]),
        linkedin_url=social.linkedin_url(node, held, language=body.get("inLanguage", "en")),
        qr=qr_markup(url),
        state=_state(held, suspension),
        suspension=suspension,
        word=verdicts.word_of(verdict),
        headline=verdicts.headline(verdict),
        strip=verdicts.strip_of(verdict),
        lines=verdicts.lines_of(verdict),
        panels=panels_for("credential", credential),
        links=links_for("credential", credential),
    )


def _state(held: "Held", suspension: "SuspensionEntry | None") -> str | None:
    if held.credential.is_revoked:
        return "revoked"
    if suspension is not None and suspension.is_suspended:
        return "suspended"
    return "expired" if held.is_expired(current_node().clock.now()) else None
