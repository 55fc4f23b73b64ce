"""Organisations: finding, registering, the public page, editing, members, DID documents."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from colnode import catalogue, media
from colnode.badges import achievements
from colnode.errors import ColnodeError, Invalid, NotFound
from colnode.errors import _ as mark
from colnode.host.types import NavItem, NavPlace, Role
from colnode.identity import memberships, organisations
from colnode.web import structured
from colnode.web.auth import current_node, current_person, may, require
from colnode.web.forms import field_errors, read_language_map, read_number
from colnode.web.rendering import error_text, links_for, panels_for, render

if TYPE_CHECKING:
    from colnode.identity.models import Organisation

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("organisations", __name__)

NAVIGATION = (
    NavItem("Organisations", "organisations.index", "building-2", NavPlace.MAIN, order=60),
    NavItem(
        "Register an organisation",
        "organisations.new",
        "building-2",
        NavPlace.ACCOUNT,
        Role.PERSON,
        order=90,
    ),
)
_ROLES = (Role.AWARDER, Role.EDITOR, Role.OWNER)


@bp.route("/organisations")
@require("public.read")
def index() -> ResponseReturnValue:
    """Find an organisation of this city or of another one."""
    node, person = current_node(), current_person()
    wish = request.args.get("q", "").strip()[:200]
    try:
        results = catalogue.search(
            node,
            catalogue.Query(
                text=wish,
                types=("organisation",),
                own_first=True,
                cursor=request.args.get("after"),
            ),
        )
    except Invalid as error:
        flash(error_text(error.message, error.parameters), "error")
        return redirect(url_for("organisations.index", q=wish))
    mine = memberships.memberships_of(node, person.id) if person else ()
    return render("organisations/index.html", wish=wish, results=results, mine=mine)


@bp.route("/organisations/new", methods=["GET", "POST"])
@require("organisation.create")
def new() -> ResponseReturnValue:
    """Register an organisation; it is a draft until the city verifies it."""
    person = current_person()
    assert person is not None
    if request.method != "POST":
        return _form(None)
    try:
        made = organisations.create(current_node(), actor_id=person.id, **_details())
        _read_picture(made, person.id)
    except ColnodeError as error:
        return _form(None, error)
    flash(_("Registered. The city will look at it soon; until then you can prepare."), "success")
    return redirect(url_for("organisations.show", slug=made.slug))


@bp.route("/organisations/<organisation_id>/edit", methods=["GET", "POST"])
@require("organisation.edit")
def edit(organisation_id: str) -> ResponseReturnValue:
    """Change texts, place and picture."""
    node, person = current_node(), current_person()
    assert person is not None
    organisation = organisations.get_organisation(node, organisation_id)
    if request.method != "POST":
        return _form(organisation)
    try:
        _read_picture(organisation, person.id)
        organisations.edit(node, organisation_id, actor_id=person.id, **_details())
    except ColnodeError as error:
        return _form(organisation, error)
    flash(_("Saved."), "success")
    return redirect(url_for("organisations.show", slug=organisation.slug))


def _details() -> "organisations.Details":
    form = request.form
    return {
        "name": read_language_map("name"),
        "description": read_language_map("description"),
        "url": form.get("url", ""),
        "email": form.get("email", ""),
        "address": form.get("address", ""),
        "latitude": read_number("latitude"),
        "longitude": read_number("longitude"),
    }


def _read_picture(organisation: "Organisation", actor_id: str) -> None:
    node, upload = current_node(), request.files.get("picture")
    if upload is not None and upload.filename:
        try:
            kept = media.store(node, upload.read(), kind=media.PictureKind.PICTURE)
        except Invalid as error:
            raise Invalid(error.message, {"picture": error.message}, **error.parameters) from error
        organisations.set_picture(node, organisation.id, digest=kept.digest, actor_id=actor_id)
    elif request.form.get("remove_picture") and organisation.picture:
        organisations.set_picture(node, organisation.id, digest=None, actor_id=actor_id)


def _form(
    organisation: "Organisation | None", error: ColnodeError | None = None
) -> ResponseReturnValue:
    values = {name: getattr(organisation, name, None) or {} for name in ("name", "description")} | {
        name: getattr(organisation, name, None) or ""
        for name in ("url", "email", "address", "latitude", "longitude")
    }
    if request.method == "POST":
        values = {"name": read_language_map("name"), **_typed()}
    page = render(
        "organisations/edit.html",
        organisation=organisation,
        values=values,
        errors=field_errors(error, otherwise="name") if error else {},
    )
    return page, error.status if error else 200


def _typed() -> dict[str, object]:
    fields = ("url", "email", "address", "latitude", "longitude")
    return {
        "description": read_language_map("description"),
        **{name: request.form.get(name, "") for name in fields},
    }


@bp.route("/organisations/id/<organisation_id>")
@require("public.read")
def by_id(organisation_id: str) -> ResponseReturnValue:
    """The lasting address of an organisation, which its record in the catalogue names."""
    organisation = organisations.get_organisation(current_node(), organisation_id)
    return redirect(url_for("organisations.show", slug=_visible(organisation).slug))


@bp.route("/organisations/<slug>")
@require("public.read")
def show(slug: str) -> ResponseReturnValue:
    """Who they are, the badges that they award, and what plugins show."""
    node = current_node()
    organisation = _visible(organisations.by_slug(node, slug))
    return render(
        "organisations/show.html",
        organisation=organisation,
        structured=structured.organisation(organisation),
        badges=[
            badge
            for badge in achievements.list_of_organisation(node, organisation.id)
            if badge.state == "published"
        ],
        panels=panels_for("organisation", organisation),
        more_links=links_for("organisation", organisation),
        can_edit=may("organisation.edit", organisation.id),
        can_invite=may("organisation.members", organisation.id),
        desk_url=_desk_url(organisation.id),
    )


def _desk_url(organisation_id: str) -> str | None:
    if not may("badge.award", organisation_id):
        return None
    return url_for("organiser.organisation", organisation_id=organisation_id)


def _visible(organisation: "Organisation") -> "Organisation":
    """Drafts and suspended ones are for their members and the city alone."""
    if organisation.is_verified:
        return organisation
    if may("badge.award", organisation.id) or may("city.manage"):
        return organisation
    raise NotFound(mark("There is no such organisation."))


@bp.route("/organisations/<organisation_id>/members")
@require("organisation.members")
def members(organisation_id: str) -> ResponseReturnValue:
    """Who works with the organisation, and who is invited."""
    return _members_page(organisation_id)


def _members_page(organisation_id: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    node = current_node()
    page = render(
        "organisations/members.html",
        organisation=organisations.get_organisation(node, organisation_id),
        members=memberships.list_members(node, organisation_id),
        invitations=memberships.list_invitations(node, organisation_id),
        values=request.form if error else {},
        errors=field_errors(error, otherwise="email") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/organisations/<organisation_id>/members/invite", methods=["POST"])
@require("organisation.members")
def invite(organisation_id: str) -> ResponseReturnValue:
    """Mail an invitation."""
    person = current_person()
    assert person is not None
    try:
        organisations.invite(
            current_node(),
            organisation_id,
            email=request.form.get("email", ""),
            role=_role(request.form.get("role", "")),
            actor_id=person.id,
            language=str(get_locale()),
        )
    except ColnodeError as error:
        return _members_page(organisation_id, error)
    flash(_("The invitation is on its way."), "success")
    return redirect(url_for("organisations.members", organisation_id=organisation_id))


def _role(text: str) -> Role:
    if text not in _ROLES:
        message = mark("Choose owner, editor or awarder.")
        raise Invalid(message, fields={"role": message})
    return Role(text)


@bp.route("/organisations/<organisation_id>/members/<person_id>", methods=["POST"])
@require("organisation.members")
def change_member(organisation_id: str, person_id: str) -> ResponseReturnValue:
    """Change a member's role, or take them out."""
    node, actor = current_node(), current_person()
    assert actor is not None
    try:
        if request.form.get("role") == "none":
            organisations.remove_member(node, organisation_id, person_id, actor_id=actor.id)
        else:
            role = _role(request.form.get("role", ""))
            organisations.set_role(node, organisation_id, person_id, role=role, actor_id=actor.id)
    except ColnodeError as error:
        flash(error_text(error.message, error.parameters), "error")
    else:
        flash(_("Saved."), "success")
    if not may("organisation.members", organisation_id):
        return redirect(url_for("organisations.index"))
    return redirect(url_for("organisations.members", organisation_id=organisation_id))


@bp.route(
    "/organisations/<organisation_id>/members/invitations/<invitation_id>/cancel",
    methods=["POST"],
)
@require("organisation.members")
def cancel_invitation(organisation_id: str, invitation_id: str) -> ResponseReturnValue:
    """Make an invitation's link useless."""
    memberships.cancel_invitation(current_node(), organisation_id, invitation_id)
    flash(_("The invitation no longer works."), "success")
    return redirect(url_for("organisations.members", organisation_id=organisation_id))
