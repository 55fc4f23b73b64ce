"""Requests for a badge: asking with what shows it, and answering as a peer or an organiser."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, applications, issuing, request_files, rules
from colnode.errors import Invalid, NotFound
from colnode.host.types import NavItem, NavPlace, Role
from colnode.identity import organisations, people
from colnode.web.auth import current_node, current_person, current_person_id, may, require
from colnode.web.documents import picture, unlisted
from colnode.web.forms import field_errors
from colnode.web.rendering import render
from colnode.web.results import read_results, result_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.badges.models import Application

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("requests", __name__)

NAVIGATION = (
    NavItem(
        "Requests", "requests.mine", "message-circle-question-mark", NavPlace.ACCOUNT,
        audience=Role.PERSON, order=20,
    ),
)  # fmt: skip


@bp.route("/requests")
@require("account.use")
def mine() -> ResponseReturnValue:
    """One's own requests, and those of others that one may answer."""
    node = current_node()
    return render(
        "requests/mine.html",
        own=[_listed(item) for item in applications.list_own(node, current_person_id())],
        others=[_listed(item) for item in applications.list_for_peer(node, current_person_id())],
    )


@bp.route("/badges/<achievement_id>/request", methods=["GET", "POST"])
@require("account.use")
def ask(achievement_id: str) -> ResponseReturnValue:
    """Ask for a badge: what one did, what shows it."""
    node = current_node()
    achievement = achievements.get_public(node, achievement_id)
    waiting = applications.find_waiting(node, achievement_id, current_person_id())
    if waiting is not None and request.method == "GET":
        return redirect(url_for("requests.show", application_id=waiting.id))
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            made = applications.apply_for(
                node,
                achievement_id,
                person_id=current_person_id(),
                narrative=request.form.get("narrative", ""),
                evidence=request.form.get("evidence", "").splitlines(),
                is_named="is_named" in request.form,
                files=[
                    request_files.Upload(upload.filename or "", upload.read())
                    for upload in request.files.getlist("files")
                    if upload.filename
                ],
            )
        except Invalid as error:
            errors = field_errors(error, otherwise="narrative")
        else:
            return _made(made)
    page = render(
        "requests/ask.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        reviewer=applications.reviewer_of(node, achievement_id),
        has_it=rules.has_badge(node, current_person_id(), achievement_id),
        can_be_named=_can_be_named(),
        values=request.form,
        errors=errors,
    )
    return page, 422 if errors else 200


@bp.route("/requests/<application_id>")
@require("account.use")
def show(application_id: str) -> ResponseReturnValue:
    """One request: for who made it, and for who may answer it."""
    return _page(_visible(application_id), {})


@bp.route("/requests/<application_id>/files/<file_id>")
@require("account.use")
def file(application_id: str, file_id: str) -> Response:
    """A file of a request, for who sent it and for who may answer."""
    found = _visible(application_id)
    view, data = request_files.get_file(current_node(), found.id, file_id)
    response = picture(data, view.media_type, is_public=False)
    if not view.is_picture:
        response.headers.set("Content-Disposition", "attachment", filename=view.name)
    return unlisted(response)


@bp.route("/requests/<application_id>/answer", methods=["POST"])
@require("account.use")
def answer(application_id: str) -> ResponseReturnValue:
    """Grant or decline a request."""
    node = current_node()
    found = _visible(application_id)
    try:
        done = applications.review(
            node,
            application_id,
            reviewer_id=current_person_id(),
            is_organiser=may("badge.award", found.organisation_id),
            is_granted=request.form.get("answer") == "yes",
            comment=request.form.get("comment"),
            results=read_results(achievements.get_achievement(node, found.achievement_id)),
        )
    except Invalid as error:
        return _page(found, field_errors(error, otherwise="comment")), 422
    words = _("The badge is theirs now. They get a mail.") if done.credential_id else (
        _("They get a mail with what you wrote, and can ask again.")
    )  # fmt: skip
    flash(words, "success")
    if may("badge.award", found.organisation_id):
        return redirect(url_for("requests.manage", achievement_id=found.achievement_id))
    return redirect(url_for("requests.mine"))


@bp.route("/requests/<application_id>/withdraw", methods=["POST"])
@require("account.use")
def withdraw(application_id: str) -> ResponseReturnValue:
    """Take one's own request back."""
    applications.withdraw(current_node(), application_id, person_id=current_person_id())
    flash(_("Your request is taken back."), "success")
    return redirect(url_for("requests.mine"))


@bp.route("/organiser/badges/<achievement_id>/requests", methods=["GET", "POST"])
@require("badge.award", organisation_of=achievements)
def manage(achievement_id: str) -> ResponseReturnValue:
    """Requests for a badge, and who answers them."""
    node = current_node()
    achievement = achievements.get_achievement(node, achievement_id)
    if request.method == "POST":
        chosen = request.form.get("reviewer", "")
        applications.set_reviewer(
            node,
            achievement_id,
            reviewer=applications.Reviewer(chosen)
            if chosen in set(applications.Reviewer)
            else None,
            actor_id=current_person_id(),
        )
        flash(_("Saved."), "success")
        return redirect(url_for("requests.manage", achievement_id=achievement_id))
    found = applications.list_for_organiser(node, achievement_id)
    names = people.names_of(node, {item.person_id for item in found})
    return render(
        "requests/manage.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, achievement.organisation_id),
        reviewer=applications.reviewer_of(node, achievement_id) or "",
        items=[(item, names.get(item.person_id, "")) for item in found],
    )


@bp.route("/organiser/<organisation_id>/requests")
@require("badge.award")
def of_organisation(organisation_id: str) -> ResponseReturnValue:
    """Every request that waits for somebody of an organisation."""
    node = current_node()
    found = applications.list_waiting(node, organisation_id)
    names = people.names_of(node, {item.person_id for item in found})
    return render(
        "requests/of_organisation.html",
        organisation=organisations.get_organisation(node, organisation_id),
        items=[_listed(item) | {"name": names.get(item.person_id, "")} for item in found],
    )


def _made(made: "Application") -> ResponseReturnValue:
    if made.credential_id is None:
        flash(_("Sent. You get a mail with the answer."), "success")
        return redirect(url_for("requests.show", application_id=made.id))
    credential = issuing.get_credential(current_node(), made.credential_id)
    flash(_("The badge is yours. Only you see it until you share it."), "success")
    return redirect(url_for("credentials.show", address=credential.address, new=1))


def _visible(application_id: str) -> "Application":
    found = applications.get_application(current_node(), application_id)
    if found.person_id != current_person_id() and not _may_review(found):
        raise NotFound(_("There is no such request."))
    return found


def _may_review(found: "Application") -> bool:
    return applications.may_review(
        current_node(),
        found,
        reviewer_id=current_person_id(),
        is_organiser=may("badge.award", found.organisation_id),
    )


def _can_be_named() -> bool:
    person = current_person()
    return person is not None and people.is_adult(current_node(), person)


def _page(found: "Application", errors: "Mapping[str, str]") -> str:
    node = current_node()
    achievement = achievements.get_achievement(node, found.achievement_id)
    credential = issuing.get_credential(node, found.credential_id) if found.credential_id else None
    is_own = found.person_id == current_person_id()
    return render(
        "requests/show.html",
        application=found,
        achievement=achievement,
        organisation=organisations.get_organisation(node, found.organisation_id),
        files=request_files.list_files(node, found.id),
        applicant=people.names_of(node, [found.person_id]).get(found.person_id, ""),
        address=credential.address if credential and is_own else None,
        is_own=is_own,
        can_answer=found.is_waiting and _may_review(found),
        can_manage=may("badge.award", found.organisation_id),
        comment=request.form.get("comment", ""),
        results=result_fields(achievement),
        errors=errors,
    )


def _listed(found: "Application") -> dict[str, Any]:
    achievement = achievements.get_achievement(current_node(), found.achievement_id)
    return {"application": found, "achievement": achievement}
