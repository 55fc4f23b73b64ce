"""Bringing badges in from elsewhere, and the page of one that was."""

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import (
    bringing,
    brought,
    brought_reading,
    proving,
    public_pages,
    stamps,
    verifying,
)
from colnode.errors import ColnodeError, Invalid, TooLarge
from colnode.errors import _ as template
from colnode.web.auth import current_node, current_person, current_person_id, reads_only, require
from colnode.web.documents import picture, unlisted
from colnode.web.rendering import error_text, render

if TYPE_CHECKING:
    from colnode.badges.models import BroughtBadge

__all__ = ["bp"]

bp = Blueprint("bringing", __name__)

_MOST_CARRIED = 1_400_000
_MEDIA_TYPES = {
    "json": ("application/json", "json"),
    "jwt": ("application/jwt", "jwt"),
    "png": ("image/png", "png"),
    "svg": ("image/svg+xml", "svg"),
}


@bp.route("/my-badges/bring-in")
@require("account.use")
def form() -> ResponseReturnValue:
    """A file, pasted text or an address."""
    return _form()


@bp.route("/my-badges/bring-in", methods=["POST"])
@require("account.use")
def bring_in() -> ResponseReturnValue:
    """Keep what was sent: one badge leads to its page, an archive to a list of results."""
    node, person_id = current_node(), current_person_id()
    try:
        document = _sent()
        if bringing.looks_like_zip(document):
            arrivals = bringing.bring_in_zip(node, person_id=person_id, archive=document)
            return render("passport/arrivals.html", arrivals=[_row(item) for item in arrivals])
        badge = bringing.bring_in(
            node,
            person_id=person_id,
            document=document,
            source_url=request.form.get("source_url", "")[:2000] or None,
        )
    except ColnodeError as error:
        return _form(error)
    flash(_("The badge is in your passport. Only you see it until you share it."), "success")
    return redirect(url_for("bringing.show", address=badge.address))


@bp.route("/my-badges/bring-in/look", methods=["POST"])
@require("account.use")
@reads_only
def look() -> ResponseReturnValue:
    """Fetch what is at an address and show it; nothing is kept before the person says so."""
    url = request.form.get("url", "").strip()
    try:
        if not url.startswith(("https://", "http://")):
            raise Invalid(template("Give a web address that starts with https://."))
        document = verifying.fetch_address(current_node(), url)
        found = brought_reading.read_badge(document)
        if len(document) > _MOST_CARRIED:
            raise TooLarge(template("This badge is too large to be fetched. Send it as a file."))
    except ColnodeError as error:
        return _form(error)
    return render(
        "passport/look.html",
        summary=found.summary,
        url=url,
        host=urlsplit(url).netloc,
        carried=base64.b64encode(document).decode("ascii"),
    )


def _form(error: ColnodeError | None = None) -> ResponseReturnValue:
    page = render(
        "passport/bring_in.html",
        values=request.form,
        error=error_text(error.message, error.parameters) if error else None,
        most=bringing.MOST_MEMBERS,
    )
    return page, error.status if error else 200


def _sent() -> bytes:
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        sent: bytes = upload.read()
        return sent
    carried = request.form.get("carried", "")
    if carried:
        try:
            return base64.b64decode(carried, validate=True)
        except (binascii.Error, ValueError):
            raise Invalid(template("Some of the badge was lost on the way. Try again.")) from None
    text = request.form.get("text", "").strip()
    if not text:
        raise Invalid(template("Choose a file, or paste a badge or its address."))
    return text.encode("utf-8", "surrogatepass")


def _row(arrival: "bringing.Arrival") -> dict[str, object]:
    reason = arrival.reason
    return {
        "label": arrival.label,
        "outcome": arrival.outcome,
        "badge": arrival.badge,
        "reason": error_text(reason.message, reason.parameters) if reason else None,
    }


@bp.route("/brought/<address>")
@require("public.read")
def show(address: str) -> ResponseReturnValue:
    """A badge from elsewhere, with what the last check of it said."""
    from colnode.web import verdicts

    node = current_node()
    badge = _open(address)
    proof = proving.proof_of(badge, proving.identities_of(node, badge.person_id))
    person = current_person()
    is_holder = person is not None and person.id == badge.person_id
    verdict = brought.verdict_of(badge)
    page = render(
        "passport/brought.html",
        badge=badge,
        stamp=stamps.get_stamp(node, address, person_id=badge.person_id),
        proof=proof,
        is_holder=is_holder,
        public_page=public_pages.find(node, badge.person_id) if is_holder else None,
        url=f"{node.config.server.base_url}/brought/{address}",
        word=verdicts.word_of(verdict),
        headline=verdicts.headline(verdict),
        strip=verdicts.strip_of(verdict),
        lines=verdicts.lines_of(verdict),
    )
    return unlisted(Response(page))


@bp.route("/brought/<address>/picture")
@require("public.read")
def show_picture(address: str) -> Response:
    """The badge's picture, or a plain drawing for one that came without."""
    node = current_node()
    badge = _open(address)
    is_public = badge.shared_at is not None
    if not badge.has_picture:
        drawing = brought.draw(badge).encode("utf-8")
        return unlisted(picture(drawing, "image/svg+xml", is_public=is_public))
    data = brought.read_picture(node, badge)
    return unlisted(picture(data, "image/webp", is_public=is_public))


@bp.route("/brought/<address>/document")
@require("public.read")
def document(address: str) -> Response:
    """The badge as it came, byte for byte; always as a download."""
    badge = _open(address)
    media_type, suffix = _MEDIA_TYPES.get(badge.format, ("application/octet-stream", "bin"))
    data = brought.read_document(current_node(), badge)
    response = picture(data, media_type, is_public=badge.shared_at is not None)
    name = f"badge-{badge.address[:8]}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return unlisted(response)


@bp.route("/brought/<address>/check", methods=["POST"])
@require("account.use")
def check_again(address: str) -> ResponseReturnValue:
    """Have the badge checked once more."""
    brought.check_again(current_node(), address, person_id=current_person_id())
    return redirect(url_for("bringing.show", address=address))


@bp.route("/brought/<address>/remove", methods=["GET", "POST"])
@require("account.use")
def remove(address: str) -> ResponseReturnValue:
    """Ask once, then forget the badge."""
    node, person_id = current_node(), current_person_id()
    badge = brought.get_own(node, address, person_id=person_id)
    if request.method != "POST":
        return render("passport/remove.html", badge=badge)
    brought.remove(node, address, person_id=person_id)
    flash(_("The badge is removed."), "success")
    return redirect(url_for("passport.my_badges"))


def _open(address: str) -> "BroughtBadge":
    person = current_person()
    return brought.open_brought(current_node(), address, viewer_id=person.id if person else None)
