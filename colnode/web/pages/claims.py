"""Taking a badge: with a code or QR, or with the link of a mailed offer."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, claims, issuing, offers
from colnode.errors import Gone, Invalid, NotFound
from colnode.identity import organisations, people
from colnode.web.addresses import keep_page
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.forms import field_errors
from colnode.web.rendering import error_text, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.badges.models import ClaimLink, Offer

__all__ = ["bp"]

bp = Blueprint("claims", __name__)


@bp.route("/claim")
@require("public.read")
def enter() -> ResponseReturnValue:
    """Type a code that somebody gave."""
    code = request.args.get("code", "")
    if not code.strip():
        return render("claims/enter.html", code="", error=None)
    try:
        link = claims.find_link(current_node(), code)
    except NotFound as error:
        page = render("claims/enter.html", code=code, error=error_text(error.message, {}))
        return page, 404
    return redirect(url_for("claims.show", code=link.code))


@bp.route("/claim/<code>")
@require("public.read")
def show(code: str) -> ResponseReturnValue:
    """What the code gives, with one button to take it."""
    node = current_node()
    link = claims.find_link(node, code)
    if current_person() is None:
        keep_page()
    return _link_page(link, {})


@bp.route("/claim/<code>", methods=["POST"])
@require("account.use")
def take(code: str) -> ResponseReturnValue:
    """Take the badge; twice leads to the same one."""
    node = current_node()
    try:
        credential = claims.claim(
            node,
            code,
            person_id=current_person_id(),
            reflection=request.form.get("reflection"),
            is_named="is_named" in request.form,
        )
    except Invalid as error:
        link = claims.find_link(node, code)
        return _link_page(link, field_errors(error, otherwise="reflection")), 422
    return _taken(credential.address)


@bp.route("/offer/<token>")
@require("public.read")
def offer(token: str) -> ResponseReturnValue:
    """What was offered by e-mail, with one button to take it."""
    node = current_node()
    found = offers.find_offer(node, token)
    person = current_person()
    if person is None:
        keep_page()
    if found.is_accepted and person is not None:
        credential = issuing.accept(node, found.id, person_id=person.id)
        return redirect(url_for("credentials.show", address=credential.address))
    if request.method == "GET":
        node.at_end(lambda: offers.mark_opened(node, found.id))
    return _offer_page(found, token, {})


@bp.route("/offer/<token>", methods=["POST"])
@require("account.use")
def accept(token: str) -> ResponseReturnValue:
    """Take the offered badge: whoever has the mailed link and an account may."""
    node = current_node()
    found = offers.find_offer(node, token)
    try:
        credential = issuing.accept(
            node,
            found.id,
            person_id=current_person_id(),
            reflection=request.form.get("reflection"),
            is_named="is_named" in request.form,
        )
    except Invalid as error:
        return _offer_page(found, token, field_errors(error, otherwise="reflection")), 422
    return _taken(credential.address)


@bp.route("/offer/<token>/decline", methods=["POST"])
@require("public.read")
def decline(token: str) -> ResponseReturnValue:
    """Say no to an offer; no account is needed for that."""
    node = current_node()
    found = offers.find_offer(node, token)
    if not offers.is_open(node, found):
        raise Gone(_("This offer is no longer open."))
    person = current_person()
    offers.decline(node, found.id, person_id=person.id if person else None)
    flash(_("The badge was declined. Nothing about it is kept for you."), "success")
    return redirect(url_for("site.home"))


def _link_page(link: "ClaimLink", errors: "Mapping[str, str]") -> str:
    return _take_page(
        link.achievement_id,
        is_open=claims.is_open(current_node(), link),
        action=url_for("claims.take", code=link.code),
        here=url_for("claims.show", code=link.code),
        decline=None,
        errors=errors,
    )


def _offer_page(found: "Offer", token: str, errors: "Mapping[str, str]") -> str:
    return _take_page(
        found.achievement_id,
        is_open=offers.is_open(current_node(), found),
        action=url_for("claims.accept", token=token),
        here=url_for("claims.offer", token=token),
        decline=url_for("claims.decline", token=token),
        errors=errors,
    )


def _take_page(
    achievement_id: str,
    *,
    is_open: bool,
    action: str,
    here: str,
    decline: str | None,
    errors: "Mapping[str, str]",
) -> str:
    node = current_node()
    person = current_person()
    achievement = achievements.get_achievement(node, achievement_id)
    return render(
        "claims/take.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        is_open=is_open and achievement.is_published,
        action=action,
        here=here,
        decline=decline,
        can_be_named=person is not None and people.is_adult(node, person),
        values=request.form,
        errors=errors,
    )


def _taken(address: str) -> ResponseReturnValue:
    flash(_("The badge is yours. Only you see it until you share it."), "success")
    return redirect(url_for("credentials.show", address=address, new=1))
