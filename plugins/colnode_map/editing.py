"""The form of an activity: new, changed, published; what is typed is kept while it is not saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from colnode.plugin import (
    Conflict,
    Invalid,
    Refused,
    TooLarge,
    catalogue,
    current_node,
    current_person_id,
    error_text,
    gettext,
    media,
    organisations,
    pick_language,
    render,
    require,
    url,
)
from colnode_map import (
    differences,
    files,
    form_drafts,
    forms,
    models,
    service,
    states,
    views,
    words,
)
from colnode_map.content import Content, missing_for_publishing
from colnode_map.organising import activity_owner, actor_id, bp
from colnode_map.pages import base_map

if TYPE_CHECKING:
    from colnode.plugin import ColnodeError, Node

__all__ = ["bp"]


def _say(error: ColnodeError) -> str:
    return error_text(error.message, error.parameters)


@bp.route("/organiser/<organisation_id>/activities/new")
@require("activity.edit")
def new(organisation_id: str) -> ResponseReturnValue:
    """An empty form."""
    node = current_node()
    organisation = organisations.get_organisation(node, organisation_id)
    content = Content(
        title={},
        languages=tuple(node.config.city.languages[:1]),
        address=organisation.address,
        latitude=organisation.latitude,
        longitude=organisation.longitude,
    )
    return _form_or_draft(organisation_id, forms.values_of(node, content))


@bp.route("/organiser/<organisation_id>/activities/new", methods=["POST"])
@require("activity.edit")
def create(organisation_id: str) -> ResponseReturnValue:
    """Save a new activity, and publish it when that button was pressed."""
    node = current_node()

    def save() -> models.Activity:
        content = _content(node, None, None)
        return service.create(
            node,
            organisation_id,
            content=content,
            actor_id=actor_id(),
            is_far_away="is_far_away" in request.form,
        )

    return _save(organisation_id, None, save)


@bp.route("/organiser/activities/<activity_id>/edit")
@require("activity.edit", organisation_of=activity_owner)
def edit(activity_id: str) -> ResponseReturnValue:
    """The form of an activity."""
    node = current_node()
    activity = service.get_activity(node, activity_id)
    values = forms.values_of(node, service.content_of(activity))
    return _form_or_draft(activity.organisation_id, values, activity=activity)


def _form_or_draft(
    organisation_id: str, values: Mapping[str, Any], *, activity: models.Activity | None = None
) -> str:
    """The form as it was saved, or with what the person typed since and did not save."""
    subject = activity.id if activity else form_drafts.subject_of_new(organisation_id)
    draft = form_drafts.find_draft(current_node(), current_person_id(), subject)
    if draft is None:
        return _form(organisation_id, values, activity=activity)
    typed = MultiDict((name, text) for name, texts in draft.fields.items() for text in texts)
    return _form(
        organisation_id,
        forms.typed_values(typed),
        activity=activity,
        draft_at=draft.saved_at,
        revision=typed.get("revision", type=int),
    )


@bp.route("/organiser/<organisation_id>/activities/draft", methods=["POST"])
@require("activity.edit")
def keep_new(organisation_id: str) -> ResponseReturnValue:
    """Keep what is typed into the form of a new activity, or forget it."""
    subject = form_drafts.subject_of_new(organisation_id)
    return _keep(subject, url("map_organising.new", organisation_id=organisation_id))


@bp.route("/organiser/activities/<activity_id>/draft", methods=["POST"])
@require("activity.edit", organisation_of=activity_owner)
def keep(activity_id: str) -> ResponseReturnValue:
    """Keep what is typed into the form of an activity, or forget it. Nobody else sees it."""
    return _keep(activity_id, url("map_organising.edit", activity_id=activity_id))


def _keep(subject: str, form_url: str) -> ResponseReturnValue:
    node, person_id = current_node(), current_person_id()
    if "forget" in request.form:
        form_drafts.forget_draft(node, person_id, subject)
        return redirect(form_url, 303)
    fields = {name: request.form.getlist(name) for name in request.form if name not in _NOT_KEPT}
    form_drafts.keep_draft(node, person_id, subject, fields=fields)
    return Response(status=204)


@bp.route("/organiser/activities/<activity_id>/edit", methods=["POST"])
@require("activity.edit", organisation_of=activity_owner)
def save(activity_id: str) -> ResponseReturnValue:
    """Save what was changed; Conflict keeps what was typed when somebody else was faster."""
    node = current_node()
    activity = service.get_activity(node, activity_id)

    def change() -> models.Activity:
        return service.edit(
            node,
            activity_id,
            content=_content(node, activity.picture, activity.panorama),
            actor_id=actor_id(),
            revision=request.form.get("revision", type=int),
            is_far_away="is_far_away" in request.form,
        )

    return _save(activity.organisation_id, activity, change)


_NOT_KEPT = {"csrf_token", "publish"}


def _content(node: Node, picture: str | None, panorama: str | None) -> Content:
    return forms.read_form(
        node,
        request.form,
        picture=_picture(node, "picture", picture),
        panorama=_picture(node, "panorama", panorama),
    )


def _picture(node: Node, kind: str, before: str | None) -> str | None:
    """The digest of the picture of a kind that was sent, of the one before, or None."""
    sent = request.files.get(kind)
    if sent is None or not sent.filename:
        return None if request.form.get(f"remove_{kind}") else before
    try:
        return media.store(node, sent.read(), kind=kind).digest
    except (Invalid, TooLarge) as error:
        raise Invalid(error.message, fields={kind: _say(error)}) from error


def _save(
    organisation_id: str, activity: models.Activity | None, act: Callable[[], models.Activity]
) -> ResponseReturnValue:
    """Run `act`, then publish if asked; a fault shows the form again with what was typed."""
    node = current_node()
    publishes = "publish" in request.form
    try:
        with node.db.begin_nested():
            saved = act()
            _keep_files(node, saved)
            if publishes and saved.state == states.State.DRAFT:
                service.publish(node, saved.id, actor_id=actor_id())
    except (Invalid, Refused, Conflict) as error:
        node.db.expire_all()
        theirs = isinstance(error, Conflict)
        errors = {name: gettext(text) for name, text in getattr(error, "fields", {}).items()}
        values = forms.typed_values(request.form)
        return _form(
            organisation_id,
            values,
            activity=activity,
            errors=errors,
            reason=_say(error),
            theirs=_theirs(node, activity, values) if theirs else (),
        ), error.status
    subject = activity.id if activity else form_drafts.subject_of_new(organisation_id)
    form_drafts.forget_draft(node, current_person_id(), subject)
    if saved.state == states.State.PUBLISHED:
        flash(gettext("Everybody can see it now."), "success")
    else:
        flash(gettext("Saved as a draft. Only your organisation sees it."), "success")
    return redirect(url("map.activity", activity_id=saved.id), 303)


def _keep_files(node: Node, activity: models.Activity) -> None:
    """Take away the files that were ticked, add those that were sent."""
    files.detach(node, activity.id, request.form.getlist("remove_file"))
    for sent in request.files.getlist("files"):
        if sent.filename:
            try:
                files.attach(node, activity.id, sent.read(), name=sent.filename)
            except (Invalid, TooLarge) as error:
                raise Invalid(error.message, fields={"files": _say(error)}) from error


def _theirs(
    node: Node, activity: models.Activity | None, values: Mapping[str, Any]
) -> list[differences.Difference]:
    """What somebody else saved in between and is not what was typed here."""
    if activity is None:
        return []
    saved = forms.values_of(node, service.content_of(service.get_activity(node, activity.id)))
    return differences.between(saved, values)


def _form(
    organisation_id: str,
    values: Mapping[str, Any],
    *,
    activity: models.Activity | None = None,
    revision: int | None = None,
    **more: Any,
) -> str:
    node = current_node()
    shown = {"errors": {}, "reason": None, "theirs": (), "draft_at": None} | more
    shown["errors"] = shown["errors"] or {}
    return render(
        "map/form.html",
        organisation=organisations.get_organisation(node, organisation_id),
        activity=activity,
        values=values,
        revision=revision or (activity.revision if activity else None),
        files=files.list_files(node, activity.id) if activity else (),
        most_files=files.MOST_FILES,
        badges=_badge_choices(node, organisation_id, values.get("achievements", ())),
        accessibility=words.accessibility_choices(),
        base=base_map(node),
        **shown,
    )


def _badge_choices(node: Node, organisation_id: str, chosen: list[str]) -> list[tuple[str, str]]:
    """Badges of the organisation, then those that are linked already, as references with titles."""
    query = catalogue.Query(types=("achievement",), origin=catalogue.OWN, limit=200)
    found = {
        f"{catalogue.OWN}/achievement/{item.id}": item
        for item in catalogue.search(node, query).items
    }
    linked = {link: view for link in chosen for view in views.earned_badges(node, [link])}
    own = {
        link: item
        for link, item in found.items()
        if item.body.get("organisation") == organisation_id
    }
    shown = own | linked
    return [(link, pick_language(item.title)) for link, item in shown.items()]


@bp.route("/organiser/activities/<activity_id>/publish", methods=["POST"])
@require("activity.edit", organisation_of=activity_owner)
def publish(activity_id: str) -> ResponseReturnValue:
    """Show a draft to everybody; what is missing is shown in the form."""
    node = current_node()
    activity = service.get_activity(node, activity_id)
    missing = missing_for_publishing(service.content_of(activity))
    if missing and activity.state == states.State.DRAFT:
        errors = {name: gettext(text) for name, text in missing.items()}
        values = forms.values_of(node, service.content_of(activity))
        reason = gettext("Before everybody can see it, something is missing.")
        return _form(
            activity.organisation_id, values, activity=activity, errors=errors, reason=reason
        ), Invalid.status
    service.publish(node, activity_id, actor_id=actor_id())
    flash(gettext("Everybody can see it now."), "success")
    return redirect(url("map.activity", activity_id=activity_id), 303)
