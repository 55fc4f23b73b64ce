"""The city's office: health first, then what needs somebody; people, organisations, the trail."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode import audit, jobs
from colnode.errors import ColnodeError, ConfigurationError, Invalid
from colnode.errors import _ as mark
from colnode.host.types import NavItem, NavPlace, Role
from colnode.identity import keys, links, memberships, organisations, people
from colnode.web.addresses import local_path
from colnode.web.auth import current_node, current_person, reads_only, require
from colnode.web.forms import field_errors
from colnode.web.pages import admin_events
from colnode.web.rendering import error_text, links_for, panels_for, render

if TYPE_CHECKING:
    from colnode.identity.models import Person

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("admin", __name__)

NAVIGATION = (
    NavItem("City office", "admin.overview", "landmark", NavPlace.ORGANISER, Role.ADMIN, order=50),
)
_PER_PAGE = 50


def _me() -> "Person":
    person = current_person()
    assert person is not None
    return person


@bp.route("/admin")
@require("city.manage")
def overview() -> ResponseReturnValue:
    """Is everything well, and what waits for the city?"""
    node = current_node()
    return render(
        "admin/overview.html",
        checks=_checks(),
        waiting=organisations.list_organisations(
            node, status=organisations.OrganisationStatus.DRAFT, limit=_PER_PAGE
        ),
        without_owner=memberships.without_owner(node),
        failed=jobs.failed_jobs(node, limit=10),
        organisation_counts=organisations.count_by_status(node),
        person_count=people.count_people(node),
        panels=panels_for("admin", None),
        more_links=links_for("admin", None),
    )


def _checks() -> list[dict[str, str]]:
    """One line for each thing that must work: kind (good, warn, bad) and what to do."""
    node = current_node()
    counts = jobs.count_jobs(node)
    failed, late = counts.get("failed", 0), jobs.count_late(node)
    return [
        {"kind": "good", "text": _("The database answers.")},
        _key_check(),
        {"kind": "good", "text": _("Mail can be sent.")}
        if node.mail.is_configured
        else {
            "kind": "bad",
            "text": _("No mail can be sent: fill in [mail] in the configuration."),
        },
        {"kind": "bad", "text": _("Background work is late: is `colnode run` or a worker running?")}
        if late
        else {"kind": "good", "text": _("Background work is done in time.")},
        {"kind": "warn", "text": _("Some background work failed for good, see below.")}
        if failed
        else {"kind": "good", "text": _("No background work failed.")},
        _plugin_check(),
    ]


def _plugin_check() -> dict[str, str]:
    faults = current_node().host.calls.faults
    if not faults:
        return {"kind": "good", "text": _("Every plugin works.")}
    last = faults[-1]
    text = _(
        "The plugin %(plugin)s failed or was slow (%(hook)s: %(reason)s); see the log.",
        plugin=last.plugin,
        hook=last.hook,
        reason=last.reason,
    )
    return {"kind": "warn", "text": text}


def _key_check() -> dict[str, str]:
    try:
        keys.node_signing_key(current_node())
    except ConfigurationError as error:
        return {"kind": "bad", "text": error_text(error.message, error.parameters)}
    except ColnodeError:
        return {"kind": "warn", "text": _("The node has no key yet: run `colnode init`.")}
    return {"kind": "good", "text": _("The keys can be opened.")}


@bp.route("/admin/jobs/<job_id>/again", methods=["POST"])
@require("city.manage")
def run_again(job_id: str) -> ResponseReturnValue:
    """Try failed background work once more."""
    return _try(
        lambda: jobs.try_again(current_node(), job_id),
        _("It is tried again."),
        url_for("admin.overview"),
    )


@bp.route("/admin/people", methods=["GET", "POST"])
@reads_only
@require("city.manage")
def persons() -> ResponseReturnValue:
    """Find a person; newest first. What is looked for is posted: an address is no part of a URL."""
    return _persons_page()


def _persons_page(error: ColnodeError | None = None) -> ResponseReturnValue:
    wish = request.form.get("q", "").strip()[:200]
    found = people.list_people(
        current_node(), text=wish, after=request.form.get("after"), limit=_PER_PAGE + 1
    )
    page = render(
        "admin/people.html",
        wish=wish,
        people=found[:_PER_PAGE],
        after=found[_PER_PAGE - 1].id if len(found) > _PER_PAGE else None,
        values=request.form if error else {},
        errors=field_errors(error, otherwise="email") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/admin/people/invite", methods=["POST"])
@require("city.manage")
def invite() -> ResponseReturnValue:
    """Mail an invitation to open an account."""
    try:
        links.invite_to_city(current_node(), email=request.form.get("email", ""))
    except ColnodeError as error:
        return _persons_page(error)
    flash(_("The invitation is on its way."), "success")
    return redirect(url_for("admin.persons"))


@bp.route("/admin/people/<person_id>")
@require("city.manage")
def person(person_id: str) -> ResponseReturnValue:
    """One person: roles, and what the city may do."""
    return _person_page(person_id)


def _person_page(person_id: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    node = current_node()
    page = render(
        "admin/person.html",
        subject=people.get_person(node, person_id),
        memberships=memberships.memberships_of(node, person_id),
        events=admin_events.describe(audit.latest_events(node, limit=20, subject_id=person_id)),
        is_me=person_id == _me().id,
        values=request.form if error else {},
        errors=field_errors(error, otherwise="reason") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/admin/people/<person_id>/admin", methods=["POST"])
@require("city.manage")
def set_admin(person_id: str) -> ResponseReturnValue:
    """Make somebody a city admin, or no longer one."""
    is_admin = request.form.get("is_admin") == "1"
    return _try(
        lambda: people.set_admin(current_node(), person_id, is_admin=is_admin, actor_id=_me().id),
        _("Saved."),
        url_for("admin.person", person_id=person_id),
    )


@bp.route("/admin/people/<person_id>/suspend", methods=["POST"])
@require("city.manage")
def suspend_person(person_id: str) -> ResponseReturnValue:
    """Close an account for now, with a reason."""
    try:
        people.suspend(
            current_node(), person_id, actor_id=_me().id, reason=request.form.get("reason", "")
        )
    except ColnodeError as error:
        return _person_page(person_id, error)
    flash(_("The account is suspended and signed out everywhere."), "success")
    return redirect(url_for("admin.person", person_id=person_id))


@bp.route("/admin/people/<person_id>/restore", methods=["POST"])
@require("city.manage")
def restore_person(person_id: str) -> ResponseReturnValue:
    """Open a suspended account again."""
    return _try(
        lambda: people.restore(current_node(), person_id, actor_id=_me().id),
        _("The account is open again."),
        url_for("admin.person", person_id=person_id),
    )


@bp.route("/admin/organisations")
@require("city.manage")
def all_organisations() -> ResponseReturnValue:
    """Organisations by state."""
    node = current_node()
    wish = request.args.get("q", "").strip()[:200]
    status = request.args.get("status", "")
    found = organisations.list_organisations(
        node,
        status=organisations.OrganisationStatus(status)
        if status in set(organisations.OrganisationStatus)
        else None,
        text=wish,
        after=request.args.get("after"),
        limit=_PER_PAGE + 1,
    )
    return render(
        "admin/organisations.html",
        wish=wish,
        status=status,
        counts=organisations.count_by_status(node),
        organisations=found[:_PER_PAGE],
        after=found[_PER_PAGE - 1].slug if len(found) > _PER_PAGE else None,
    )


@bp.route("/admin/organisations/<organisation_id>")
@require("city.manage")
def organisation(organisation_id: str) -> ResponseReturnValue:
    """One organisation: who is behind it, and the city's decision."""
    return _organisation_page(organisation_id)


def _organisation_page(
    organisation_id: str, error: ColnodeError | None = None
) -> ResponseReturnValue:
    node = current_node()
    page = render(
        "admin/organisation.html",
        organisation=organisations.get_organisation(node, organisation_id),
        members=memberships.list_members(node, organisation_id),
        did=keys.did(node, organisation_id),
        events=admin_events.describe(
            audit.latest_events(node, limit=20, subject_id=organisation_id)
        ),
        values=request.form if error else {},
        errors=field_errors(error, otherwise="reason") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/admin/organisations/<organisation_id>/verify", methods=["POST"])
@require("city.manage")
def verify(organisation_id: str) -> ResponseReturnValue:
    """Let an organisation publish and mail."""
    organisations.verify(current_node(), organisation_id, actor_id=_me().id)
    flash(_("Verified. Its owners are told by mail."), "success")
    back = url_for("admin.organisation", organisation_id=organisation_id)
    return redirect(local_path(request.form.get("next", ""), otherwise=back))


@bp.route("/admin/organisations/<organisation_id>/suspend", methods=["POST"])
@require("city.manage")
def suspend(organisation_id: str) -> ResponseReturnValue:
    """Stop an organisation from publishing and mailing, with a reason."""
    try:
        organisations.suspend(
            current_node(),
            organisation_id,
            actor_id=_me().id,
            reason=request.form.get("reason", ""),
        )
    except ColnodeError as error:
        return _organisation_page(organisation_id, error)
    flash(_("Suspended. Its owners are told by mail, with the reason."), "success")
    return redirect(url_for("admin.organisation", organisation_id=organisation_id))


@bp.route("/admin/organisations/<organisation_id>/owner", methods=["POST"])
@require("city.manage")
def add_owner(organisation_id: str) -> ResponseReturnValue:
    """Give an organisation an owner, found by their address."""
    node = current_node()
    found = people.find_by_email(node, request.form.get("email", ""))
    try:
        if found is None:
            message = mark("Nobody with this address has an account. Invite them first.")
            raise Invalid(message, fields={"email": message})
        organisations.add_member(
            node, organisation_id, found.id, role=Role.OWNER, actor_id=_me().id
        )
    except ColnodeError as error:
        return _organisation_page(organisation_id, error)
    flash(_("%(name)s owns it now.", name=found.display_name), "success")
    return redirect(url_for("admin.organisation", organisation_id=organisation_id))


@bp.route("/admin/audit")
@require("city.manage")
def trail() -> ResponseReturnValue:
    """Who did what, newest first."""
    node = current_node()
    before = request.args.get("before", type=int)
    events = audit.latest_events(node, limit=_PER_PAGE + 1, before=before)
    shown = events[:_PER_PAGE]
    return render(
        "admin/audit.html",
        events=admin_events.describe(shown),
        before=shown[-1].seq if len(events) > _PER_PAGE else None,
    )


def _try(action: Callable[[], None], done: str, back: str) -> ResponseReturnValue:
    """Do something; say what came of it on the page that comes next."""
    try:
        action()
    except ColnodeError as error:
        flash(error_text(error.message, error.parameters), "error")
    else:
        flash(done, "success")
    if not _me().is_admin:  # who gave the office up is not let in again
        return redirect(url_for("site.home"))
    return redirect(back)
