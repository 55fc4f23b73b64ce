"""Organisations over the API: finding, registering, editing, members, the city's decision."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from flask import Blueprint, request, url_for
from pydantic import BaseModel, Field

from colnode import media
from colnode.errors import Forbidden, NotFound, _
from colnode.host.types import Role
from colnode.identity import keys, memberships, organisations
from colnode.identity.organisations import OrganisationStatus
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person, may, require

if TYPE_CHECKING:
    from colnode.identity.models import Organisation

__all__ = ["bp"]

bp = Blueprint("api_organisations", __name__)

RoleName = Literal["owner", "editor", "awarder"]


class OrganisationQuery(BaseModel):
    """What to look for. Drafts and suspended ones are for the city's admins; `after` is a slug."""

    q: str = Field(default="", max_length=200)
    status: OrganisationStatus = OrganisationStatus.VERIFIED
    after: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=50, ge=1, le=200)


class OrganisationDetails(BaseModel):
    """What an organisation says about itself; texts by language."""

    name: dict[str, str] = Field(min_length=1, max_length=50)
    description: dict[str, str] = Field(default={}, max_length=50)
    url: str = Field(default="", max_length=500)
    email: str = Field(default="", max_length=254)
    address: str = Field(default="", max_length=300)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)


class OrganisationItem(OrganisationDetails):
    """An organisation. `did` names it in its badges, `page` is where people read about it."""

    id: str
    slug: str
    did: str
    page: str
    picture: str | None
    status: OrganisationStatus
    created_at: datetime
    updated_at: datetime


class OrganisationList(BaseModel):
    """Organisations by slug; `after` continues where this list ends."""

    items: list[OrganisationItem]
    after: str | None


class MemberItem(BaseModel):
    """A person who works with the organisation."""

    person_id: str
    display_name: str
    role: RoleName
    created_at: datetime


class InvitationItem(BaseModel):
    """An invitation that nobody has used yet."""

    id: str
    email: str
    role: RoleName
    expires_at: datetime


class MemberList(BaseModel):
    """Members and open invitations."""

    items: list[MemberItem]
    invitations: list[InvitationItem]


class NewInvitation(BaseModel):
    """Whom to invite, as what."""

    email: str = Field(min_length=3, max_length=254)
    role: RoleName
    language: str | None = Field(default=None, max_length=20)


class RoleChange(BaseModel):
    """The role that a member has from now on."""

    role: RoleName


class Reason(BaseModel):
    """Why; those whom it concerns read it."""

    reason: str = Field(min_length=1, max_length=500)


def _my_id() -> str:
    person = current_person()
    assert person is not None
    return person.id


def _item(organisation: "Organisation") -> OrganisationItem:
    return OrganisationItem(
        id=organisation.id,
        slug=organisation.slug,
        name=organisation.name,
        description=organisation.description,
        url=organisation.url,
        email=organisation.email,
        address=organisation.address,
        latitude=organisation.latitude,
        longitude=organisation.longitude,
        did=keys.did(current_node(), organisation.id),
        page=url_for("organisations.show", slug=organisation.slug),
        picture=organisation.picture,
        status=OrganisationStatus(organisation.status),
        created_at=organisation.created_at,
        updated_at=organisation.updated_at,
    )


@bp.route("/organisations")
@require("public.read")
@operation(tag="organisations", query=OrganisationQuery, response=OrganisationList)
def list_organisations(query: OrganisationQuery) -> OrganisationList:
    """Find organisations of this city."""
    if query.status != OrganisationStatus.VERIFIED and not may("city.manage"):
        raise Forbidden(_("Only the city's admins see organisations that are not verified."))
    found = organisations.list_organisations(
        current_node(), status=query.status, text=query.q, after=query.after, limit=query.limit + 1
    )
    shown = found[: query.limit]
    return OrganisationList(
        items=[_item(organisation) for organisation in shown],
        after=shown[-1].slug if len(found) > query.limit else None,
    )


@bp.route("/organisations", methods=["POST"])
@require("organisation.create")
@operation(tag="organisations", body=OrganisationDetails, response=OrganisationItem, status=201)
def create(json: OrganisationDetails) -> OrganisationItem:
    """Register an organisation; it is a draft until the city verifies it."""
    made = organisations.create(current_node(), actor_id=_my_id(), **json.model_dump())
    return _item(made)


@bp.route("/organisations/<organisation_id>")
@require("public.read")
@operation(tag="organisations", response=OrganisationItem)
def show(organisation_id: str) -> OrganisationItem:
    """Show an organisation; drafts and suspended ones to their members and the city alone."""
    organisation = organisations.get_organisation(current_node(), organisation_id)
    if not (organisation.is_verified or _is_member(organisation_id) or may("city.manage")):
        raise NotFound(_("There is no such organisation."))
    return _item(organisation)


def _is_member(organisation_id: str) -> bool:
    person = current_person()
    if person is None:
        return False
    return memberships.role_of(current_node(), organisation_id, person.id) is not None


@bp.route("/organisations/<organisation_id>", methods=["PUT"])
@require("organisation.edit")
@operation(tag="organisations", body=OrganisationDetails, response=OrganisationItem)
def edit(organisation_id: str, json: OrganisationDetails) -> OrganisationItem:
    """Replace what an organisation says about itself."""
    edited = organisations.edit(
        current_node(), organisation_id, actor_id=_my_id(), **json.model_dump()
    )
    return _item(edited)


@bp.route("/organisations/<organisation_id>/picture", methods=["PUT"])
@require("organisation.edit")
@operation(tag="organisations", response=OrganisationItem)
def set_picture(organisation_id: str) -> OrganisationItem:
    """Show a picture: the bytes of a PNG, JPEG, WebP or SVG are the body of the request."""
    node = current_node()
    kept = media.store(node, request.get_data(), kind=media.PictureKind.PICTURE)
    changed = organisations.set_picture(
        node, organisation_id, digest=kept.digest, actor_id=_my_id()
    )
    return _item(changed)


@bp.route("/organisations/<organisation_id>/picture", methods=["DELETE"])
@require("organisation.edit")
@operation(tag="organisations")
def remove_picture(organisation_id: str) -> None:
    """Show no picture any more."""
    organisations.set_picture(current_node(), organisation_id, digest=None, actor_id=_my_id())


@bp.route("/organisations/<organisation_id>/members")
@require("organisation.members")
@operation(tag="organisations", response=MemberList)
def members(organisation_id: str) -> MemberList:
    """List members and open invitations."""
    node = current_node()
    return MemberList(
        items=[
            MemberItem.model_validate(item, from_attributes=True)
            for item in memberships.list_members(node, organisation_id)
        ],
        invitations=[
            InvitationItem.model_validate(item, from_attributes=True)
            for item in memberships.list_invitations(node, organisation_id)
        ],
    )


@bp.route("/organisations/<organisation_id>/invitations", methods=["POST"])
@require("organisation.members")
@operation(tag="organisations", body=NewInvitation)
def invite(organisation_id: str, json: NewInvitation) -> None:
    """Mail an invitation."""
    organisations.invite(
        current_node(),
        organisation_id,
        email=json.email,
        role=Role(json.role),
        actor_id=_my_id(),
        language=json.language,
    )


@bp.route("/organisations/<organisation_id>/invitations/<invitation_id>", methods=["DELETE"])
@require("organisation.members")
@operation(tag="organisations")
def cancel_invitation(organisation_id: str, invitation_id: str) -> None:
    """Make an invitation's link useless."""
    memberships.cancel_invitation(current_node(), organisation_id, invitation_id)


@bp.route("/organisations/<organisation_id>/members/<person_id>", methods=["PUT"])
@require("organisation.members")
@operation(tag="organisations", body=RoleChange)
def change_role(organisation_id: str, person_id: str, json: RoleChange) -> None:
    """Change a member's role."""
    organisations.set_role(
        current_node(), organisation_id, person_id, role=Role(json.role), actor_id=_my_id()
    )


@bp.route("/organisations/<organisation_id>/members/<person_id>", methods=["DELETE"])
@require("organisation.members")
@operation(tag="organisations")
def remove_member(organisation_id: str, person_id: str) -> None:
    """Take a person out."""
    organisations.remove_member(current_node(), organisation_id, person_id, actor_id=_my_id())


@bp.route("/organisations/<organisation_id>/verify", methods=["POST"])
@require("city.manage")
@operation(tag="organisations", response=OrganisationItem)
def verify(organisation_id: str) -> OrganisationItem:
    """Let an organisation publish and mail."""
    return _item(organisations.verify(current_node(), organisation_id, actor_id=_my_id()))


@bp.route("/organisations/<organisation_id>/suspend", methods=["POST"])
@require("city.manage")
@operation(tag="organisations", body=Reason, response=OrganisationItem)
def suspend(organisation_id: str, json: Reason) -> OrganisationItem:
    """Stop an organisation from publishing and mailing."""
    return _item(
        organisations.suspend(
            current_node(), organisation_id, actor_id=_my_id(), reason=json.reason
        )
    )
