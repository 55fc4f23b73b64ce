"""Giving a badge: a list of e-mail addresses, claim links with QR, and taking a badge back."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, awards, claims, issuing, offers
from colnode.errors import Invalid
from colnode.identity import organisations
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.documents import qr_markup
from colnode.web.forms import field_errors, read_end_of_day, read_whole_number
from colnode.web.rendering import error_text, render
from colnode.web.results import read_results, result_fields, stored_results

if TYPE_CHECKING:
    from colnode.badges.models import Achievement

__all__ = ["bp"]

bp = Blueprint("organiser_awards", __name__)


@bp.route("/organiser/badges/<achievement_id>/award", methods=["GET", "POST"])
@require("badge.award", organisation_of=achievements)
def award(achievement_id: str) -> ResponseReturnValue:
    """A list of addresses, looked at first, then sent; one result per address."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    fields = ("emails", "narrative", "evidence", "valid_until")
    typed = {name: request.form.get(name, "") for name in fields}
    typed |= {item["name"]: item["value"] for item in result_fields(achievement)}
    emails = awards.split_emails(typed["emails"])
    if request.method != "POST" or request.form.get("step") == "edit":
        return _award_page(achievement, typed, emails, {})
    is_checked = request.form.get("step") == "send"
    try:
        results = awards.award(
            node,
            achievement_id,
            emails=emails,
            actor_id=current_person_id(),
            narrative=typed["narrative"],
            evidence=typed["evidence"].splitlines(),
            valid_until=read_end_of_day("valid_until"),
            results=read_results(achievement),
            is_trial=not is_checked,
        )
    except Invalid as error:
        errors = field_errors(error, otherwise="narrative")
        return _award_page(achievement, typed, emails, errors), 422
    return render(
        "organiser/award_results.html" if is_checked else "organiser/award_check.html",
        achievement=achievement,
        results=results,
        typed=typed,
        sent=sum(result.outcome == "sent" for result in results),
    )


@bp.route("/organiser/badges/<achievement_id>/links", methods=["GET", "POST"])
@require("badge.award", organisation_of=achievements)
def new_link(achievement_id: str) -> ResponseReturnValue:
    """Make a claim link with a limit and an end."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    if request.method != "POST":
        return _link_form(achievement, {})
    try:
        link = claims.create_link(
            node,
            achievement_id,
            actor_id=current_person_id(),
            limit=read_whole_number("limit"),
            expires_at=read_end_of_day("expires_on"),
            label=request.form.get("label"),
            valid_until=read_end_of_day("valid_until"),
            results=read_results(achievement),
        )
    except Invalid as error:
        return _link_form(achievement, field_errors(error, otherwise="label")), 422
    flash(_("The link is ready. Print the page or show it on a screen."), "success")
    return redirect(url_for("organiser_awards.link", claim_link_id=link.id))


@bp.route("/organiser/links/<claim_link_id>")
@require("badge.award", organisation_of=claims)
def link(claim_link_id: str) -> ResponseReturnValue:
    """A claim link as a poster: the badge, the QR and the code."""
    node = current_node()
    found = claims.get_link(node, claim_link_id)
    achievement = achievements.get_achievement(node, found.achievement_id)
    url = claims.claim_url(node, found)
    return render(
        "organiser/link.html",
        link=found,
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        is_open=claims.is_open(node, found),
        url=url,
        code=claims.spaced(found.code),
        qr=qr_markup(url),
        results=stored_results(achievement, found.results),
    )


@bp.route("/organiser/links/<claim_link_id>/close", methods=["POST"])
@require("badge.award", organisation_of=claims)
def close_link(claim_link_id: str) -> ResponseReturnValue:
    """End a claim link now."""
    found = claims.close_link(current_node(), claim_link_id, actor_id=current_person_id())
    flash(_("The link is closed. Badges that it gave stay."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=found.achievement_id))


@bp.route("/organiser/offers/<offer_id>/send-again", methods=["POST"])
@require("badge.award", organisation_of=offers)
def send_again(offer_id: str) -> ResponseReturnValue:
    """Mail a waiting offer once more."""
    offer = offers.send_again(current_node(), offer_id, actor_id=current_person_id())
    flash(_("Sent again. The older link no longer works."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=offer.achievement_id))


@bp.route("/organiser/offers/<offer_id>/withdraw", methods=["POST"])
@require("badge.award", organisation_of=offers)
def withdraw(offer_id: str) -> ResponseReturnValue:
    """Take an offer back before it is accepted."""
    offer = offers.withdraw(current_node(), offer_id, actor_id=current_person_id())
    flash(_("The offer is taken back."), "success")
    return redirect(url_for("organiser_badges.manage", achievement_id=offer.achievement_id))


@bp.route("/organiser/credentials/<credential_id>/revoke", methods=["GET", "POST"])
@require("badge.revoke", organisation_of=issuing)
def revoke(credential_id: str) -> ResponseReturnValue:
    """Take a badge back; asks for the reason first."""
    node = current_node()
    credential = issuing.get_credential(node, credential_id)
    achievement = achievements.get_achievement(node, credential.achievement_id)
    reason = request.form.get("reason", "")
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            issuing.revoke(node, credential_id, actor_id=current_person_id(), reason=reason)
        except Invalid as error:
            errors = {"reason": error_text(error.message, error.parameters)}
        else:
            flash(_("The badge is taken back. Everybody who checks it sees that now."), "success")
            return redirect(
                url_for("organiser_badges.manage", achievement_id=credential.achievement_id)
            )
    page = render(
        "organiser/revoke.html",
        credential=credential,
        achievement=achievement,
        reason=reason,
        errors=errors,
    )
    return page, 422 if errors else 200


def _link_form(achievement: "Achievement", errors: dict[str, str]) -> str:
    return render(
        "organiser/link_form.html",
        achievement=achievement,
        values=request.form,
        results=result_fields(achievement),
        errors=errors,
    )


def _award_page(
    achievement: "Achievement", typed: dict[str, str], emails: list[str], errors: dict[str, str]
) -> str:
    node = current_node()
    return render(
        "organiser/award.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        typed=typed,
        emails=emails,
        results=result_fields(achievement),
        errors=errors,
        can_mail=node.mail.is_configured,
    )
