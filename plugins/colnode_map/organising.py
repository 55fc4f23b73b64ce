"""Organisers' pages: an organisation's activities, the form, importing a spreadsheet."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    Conflict,
    Invalid,
    Refused,
    TooLarge,
    catalogue,
    current_node,
    current_person,
    enqueue,
    error_text,
    gettext,
    media,
    ngettext,
    organisations,
    pick_language,
    render,
    require,
    url,
)
from colnode_map import forms, importing, service, views
from colnode_map.content import Content, missing_for_publishing
from colnode_map.models import Activity, ImportState, State
from colnode_map.pages import base_map
from colnode_map.words import accessibility_choices

if TYPE_CHECKING:
    from colnode.plugin import ColnodeError, Node

__all__ = ["bp"]

bp = Blueprint("map_organising", __name__)

_PER_PAGE = 50


def _activity_owner(node: "Node", activity_id: str) -> str:
    return service.organisation_of(node, activity_id)


def _actor_id() -> str | None:
    person = current_person()
    return person.id if person else None


def _say(error: "ColnodeError") -> str:
    return error_text(error.message, error.parameters)


@bp.route("/organiser/activities")
@require("account.use")
def mine() -> ResponseReturnValue:
    """The organisations whose activities the person may edit; straight there when it is one."""
    node, person = current_node(), current_person()
    found = organisations.memberships_of(node, person.id) if person else ()
    editable = [organisation for organisation, role in found if role in {"editor", "owner"}]
    if len(editable) == 1:
        return redirect(url("map_organising.listing", organisation_id=editable[0].id))
    return render("map/mine.html", organisations=editable)


@bp.route("/organiser/<organisation_id>/activities")
@require("activity.edit")
def listing(organisation_id: str) -> ResponseReturnValue:
    """Everything that the organisation offers, drafts too."""
    node = current_node()
    page = max(1, request.args.get("page", 1, type=int))
    found, total = service.list_of_organisation(
        node, organisation_id, page=page, per_page=_PER_PAGE
    )
    return render(
        "map/listing.html",
        organisation=organisations.get_organisation(node, organisation_id),
        activities=[views.of_activity(node, item) for item in found],
        total=total,
        page=page,
        pages=max(1, -(-total // _PER_PAGE)),
    )


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
    return _form(organisation_id, forms.values_of(node, content))


@bp.route("/organiser/<organisation_id>/activities/new", methods=["POST"])
@require("activity.edit")
def create(organisation_id: str) -> ResponseReturnValue:
    """Save a new activity, and publish it when that button was pressed."""
    node = current_node()

    def save() -> Activity:
        content = _content(node, None)
        return service.create(node, organisation_id, content=content, actor_id=_actor_id())

    return _save(organisation_id, None, save)


@bp.route("/organiser/activities/<activity_id>/edit")
@require("activity.edit", organisation_of=_activity_owner)
def edit(activity_id: str) -> ResponseReturnValue:
    """The form of an activity."""
    node = current_node()
    activity = service.get_activity(node, activity_id)
    values = forms.values_of(node, service.content_of(activity))
    return _form(activity.organisation_id, values, activity=activity)


@bp.route("/organiser/activities/<activity_id>/edit", methods=["POST"])
@require("activity.edit", organisation_of=_activity_owner)
def save(activity_id: str) -> ResponseReturnValue:
    """Save what was changed; Conflict keeps what was typed when somebody else was faster."""
    node = current_node()
    activity = service.get_activity(node, activity_id)

    def change() -> Activity:
        return service.edit(
            node,
            activity_id,
            content=_content(node, activity.picture),
            actor_id=_actor_id(),
            revision=request.form.get("revision", type=int),
        )

    return _save(activity.organisation_id, activity, change)


def _content(node: "Node", picture: str | None) -> Content:
    sent = request.files.get("picture")
    if sent is not None and sent.filename:
        try:
            picture = media.store(node, sent.read()).digest
        except (Invalid, TooLarge) as error:
            raise Invalid(error.message, fields={"picture": _say(error)}) from error
    elif request.form.get("remove_picture"):
        picture = None
    return forms.read_form(node, request.form, picture=picture)


def _save(organisation_id: str, activity: Activity | None, act: Any) -> ResponseReturnValue:
    """Run `act`, then publish if asked; a fault shows the form again with what was typed."""
    node = current_node()
    publishes = "publish" in request.form
    try:
        with node.db.begin_nested():
            saved = act()
            if publishes and saved.state == State.DRAFT:
                service.publish(node, saved.id, actor_id=_actor_id())
    except (Invalid, Refused, Conflict) as error:
        node.db.expire_all()
        errors = {name: gettext(text) for name, text in getattr(error, "fields", {}).items()}
        values = forms.typed_values(request.form)
        return _form(
            organisation_id, values, activity=activity, errors=errors, reason=_say(error)
        ), error.status
    if saved.state == State.PUBLISHED:
        flash(gettext("Everybody can see it now."), "success")
    else:
        flash(gettext("Saved as a draft. Only your organisation sees it."), "success")
    return redirect(url("map.activity", activity_id=saved.id), 303)


def _form(
    organisation_id: str,
    values: Mapping[str, Any],
    *,
    activity: Activity | None = None,
    errors: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> str:
    node = current_node()
    return render(
        "map/form.html",
        organisation=organisations.get_organisation(node, organisation_id),
        activity=activity,
        values=values,
        errors=errors or {},
        reason=reason,
        badges=_badge_choices(node, organisation_id, values.get("achievements", ())),
        accessibility=accessibility_choices(),
        base=base_map(node),
    )


def _badge_choices(node: "Node", organisation_id: str, chosen: list[str]) -> list[tuple[str, str]]:
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
@require("activity.edit", organisation_of=_activity_owner)
def publish(activity_id: str) -> ResponseReturnValue:
    """Show a draft to everybody; what is missing is shown in the form."""
    node = current_node()
    activity = service.get_activity(node, activity_id)
    missing = missing_for_publishing(service.content_of(activity))
    if missing and activity.state == State.DRAFT:
        errors = {name: gettext(text) for name, text in missing.items()}
        values = forms.values_of(node, service.content_of(activity))
        reason = gettext("Before everybody can see it, something is missing.")
        return _form(
            activity.organisation_id, values, activity=activity, errors=errors, reason=reason
        ), Invalid.status
    service.publish(node, activity_id, actor_id=_actor_id())
    flash(gettext("Everybody can see it now."), "success")
    return redirect(url("map.activity", activity_id=activity_id), 303)


@bp.route("/organiser/activities/<activity_id>/cancel")
@require("activity.edit", organisation_of=_activity_owner)
def ask_cancel(activity_id: str) -> ResponseReturnValue:
    """Ask before it is called off or deleted."""
    node = current_node()
    view = views.of_activity(node, service.get_activity(node, activity_id))
    return render("map/cancel.html", activity=view)


@bp.route("/organiser/activities/<activity_id>/cancel", methods=["POST"])
@require("activity.edit", organisation_of=_activity_owner)
def cancel(activity_id: str) -> ResponseReturnValue:
    """Call it off."""
    service.cancel(current_node(), activity_id, actor_id=_actor_id())
    flash(gettext("The activity is cancelled. Its page says so."), "success")
    return redirect(url("map.activity", activity_id=activity_id), 303)


@bp.route("/organiser/activities/<activity_id>/delete", methods=["POST"])
@require("activity.edit", organisation_of=_activity_owner)
def delete(activity_id: str) -> ResponseReturnValue:
    """Remove it and its page."""
    node = current_node()
    organisation_id = service.organisation_of(node, activity_id)
    service.delete(node, activity_id, actor_id=_actor_id())
    flash(gettext("The activity is deleted."), "success")
    return redirect(url("map_organising.listing", organisation_id=organisation_id), 303)


@bp.route("/organiser/<organisation_id>/activities/import")
@require("activity.edit")
def ask_file(organisation_id: str) -> ResponseReturnValue:
    """Choose a spreadsheet."""
    return _import_page(organisation_id)


@bp.route("/organiser/<organisation_id>/activities/import", methods=["POST"])
@require("activity.edit")
def send_file(organisation_id: str) -> ResponseReturnValue:
    """Look at the spreadsheet; nothing is imported yet."""
    node, sent, person_id = current_node(), request.files.get("file"), _actor_id()
    if sent is None or not sent.filename:
        return _import_page(organisation_id, error=gettext("Choose a file.")), Invalid.status
    try:
        run = importing.upload(
            node, organisation_id, sent.read(), file_name=sent.filename, person_id=person_id or ""
        )
    except (Invalid, TooLarge) as error:
        return _import_page(organisation_id, error=_say(error)), error.status
    return redirect(
        url("map_organising.show_import", organisation_id=organisation_id, run_id=run.id), 303
    )


def _import_page(organisation_id: str, *, error: str | None = None) -> str:
    node = current_node()
    organisation = organisations.get_organisation(node, organisation_id)
    return render("map/import.html", organisation=organisation, error=error)


@bp.route("/organiser/<organisation_id>/activities/import/<run_id>")
@require("activity.edit")
def show_import(organisation_id: str, run_id: str) -> ResponseReturnValue:
    """What importing would do, how far it is, or what it did."""
    node = current_node()
    run = importing.get_run(node, organisation_id, run_id)
    faults = [
        {
            "row": fault["row"],
            "column": fault["column"],
            "text": error_text(fault["message"], fault["parameters"]),
        }
        for fault in run.result["faults"]
    ]
    return render(
        "map/import_run.html",
        organisation=organisations.get_organisation(node, organisation_id),
        run=run,
        faults=faults,
        is_running=run.state == ImportState.RUNNING,
    )


@bp.route("/organiser/<organisation_id>/activities/import/<run_id>", methods=["POST"])
@require("activity.edit")
def start_import(organisation_id: str, run_id: str) -> ResponseReturnValue:
    """Import in the background; the page shows how far it is."""
    node = current_node()
    run = importing.start_run(
        node,
        organisation_id,
        run_id,
        publishes="publish" in request.form,
        skips_wrong="skip_wrong" in request.form,
    )
    if run.state == ImportState.RUNNING:
        enqueue(
            node, importing.IMPORT_JOB, {"run_id": run.id}, key=f"{importing.IMPORT_JOB}:{run.id}"
        )
    flash(
        ngettext("One row is being imported.", "%(num)s rows are being imported.", run.total),
        "success",
    )
    return redirect(
        url("map_organising.show_import", organisation_id=organisation_id, run_id=run.id), 303
    )
