"""One badge that was given: what it says, correcting, suspending and resuming it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, correcting, issuing, passport, states, suspending
from colnode.errors import Invalid
from colnode.identity import people
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.forms import field_errors, read_end_of_day
from colnode.web.rendering import render
from colnode.web.results import read_results, result_fields, shown_results, typed_results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.badges.models import Credential

__all__ = ["bp"]

bp = Blueprint("organiser_standing", __name__)


@bp.route("/organiser/credentials/<credential_id>")
@require("badge.award", organisation_of=issuing)
def show(credential_id: str) -> ResponseReturnValue:
    """One badge that was given, with what can be done about it."""
    node = current_node()
    credential = issuing.get_credential(node, credential_id)
    newer = states.replacement_of(node, credential_id)
    about = _about(credential)
    return render(
        "organiser/given.html",
        **about,
        results=shown_results(about["told"].results) if about["told"] else (),
        suspension=states.suspensions(node, [credential_id]).get(credential_id),
        newer=newer,
        now=node.clock.now(),
    )


@bp.route("/organiser/credentials/<credential_id>/correct", methods=["GET", "POST"])
@require("badge.revoke", organisation_of=issuing)
def correct(credential_id: str) -> ResponseReturnValue:
    """Give a badge anew with other words; the old one is taken back."""
    node = current_node()
    credential = issuing.get_credential(node, credential_id)
    about = _about(credential)
    values: Mapping[str, Any] = request.form
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            new = correcting.correct(
                node,
                credential_id,
                actor_id=current_person_id(),
                reason=request.form.get("reason", ""),
                narrative=request.form.get("narrative"),
                evidence=request.form.get("evidence", "").splitlines(),
                valid_until=read_end_of_day("valid_until"),
                results=read_results(about["achievement"]),
            )
        except Invalid as error:
            errors = field_errors(error, otherwise="narrative")
        else:
            flash(_("Corrected. The person gets a mail with the new badge."), "success")
            return redirect(url_for("organiser_standing.show", credential_id=new.id))
    elif about["told"] is not None:
        values = {
            "narrative": about["told"].narrative or "",
            "evidence": "\n".join(about["told"].evidence),
            "valid_until": _last_day(credential),
            **typed_results(about["achievement"], about["told"].results),
        }
    page = render(
        "organiser/correct.html",
        **about,
        values=values,
        results=result_fields(about["achievement"], values),
        errors=errors,
    )
    return page, 422 if errors else 200


@bp.route("/organiser/credentials/<credential_id>/suspend", methods=["GET", "POST"])
@require("badge.revoke", organisation_of=issuing)
def suspend(credential_id: str) -> ResponseReturnValue:
    """Let a badge not count for a while; asks for the reason first."""
    node = current_node()
    credential = issuing.get_credential(node, credential_id)
    errors: Mapping[str, str] = {}
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            suspending.suspend(node, credential_id, actor_id=current_person_id(), reason=reason)
        except Invalid as error:
            errors = field_errors(error, otherwise="reason")
        else:
            flash(_("Suspended. Everybody who checks the badge sees that now."), "success")
            return redirect(url_for("organiser_standing.show", credential_id=credential_id))
    page = render("organiser/suspend.html", **_about(credential), reason=reason, errors=errors)
    return page, 422 if errors else 200


@bp.route("/organiser/credentials/<credential_id>/resume", methods=["POST"])
@require("badge.revoke", organisation_of=issuing)
def resume(credential_id: str) -> ResponseReturnValue:
    """Let a suspended badge count again."""
    suspending.resume(current_node(), credential_id, actor_id=current_person_id())
    flash(_("The badge counts again."), "success")
    return redirect(url_for("organiser_standing.show", credential_id=credential_id))


@bp.route("/organiser/<organisation_id>/suspension", methods=["POST"])
@require("organisation.edit")
def set_suspension(organisation_id: str) -> ResponseReturnValue:
    """Turn suspension on or off for the badges that are given from now on."""
    is_on = request.form.get("is_on") == "1"
    states.set_suspension(
        current_node(), organisation_id, is_on=is_on, actor_id=current_person_id()
    )
    flash(
        _("Badges that you give from now on can be suspended.")
        if is_on
        else _("Badges that you give from now on cannot be suspended."),
        "success",
    )
    return redirect(url_for("organiser.organisation", organisation_id=organisation_id))


def _about(credential: "Credential") -> dict[str, Any]:
    """What every page here shows: the badge, whose it is and what it says."""
    node = current_node()
    holder_id = passport.holder_of(node, credential.id)
    return {
        "credential": credential,
        "achievement": achievements.get_achievement(node, credential.achievement_id),
        "holder": people.names_of(node, [holder_id]).get(holder_id) if holder_id else None,
        "told": correcting.told_by(credential) if holder_id else None,
    }


def _last_day(credential: "Credential") -> str:
    """The day on which it is still valid, as a date field takes it."""
    if credential.valid_until is None:
        return ""
    zone = ZoneInfo(current_node().config.city.time_zone)
    last = credential.valid_until.astimezone(zone) - timedelta(seconds=1)
    return last.date().isoformat()
