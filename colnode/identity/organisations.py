"""Organisations: registering, editing, and the city's decision whether they may publish and mail.

Who works with them is in memberships.py.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from sqlalchemy import func, select

from colnode import audit, catalogue
from colnode.db import LangMap
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.host.types import Role
from colnode.identity import keys, messages, records
from colnode.identity.memberships import (
    Member,
    add_member,
    invite,
    list_members,
    memberships_of,
    owner_addresses,
    remove_member,
    role_of,
    set_role,
)
from colnode.identity.models import Organisation, OrganisationStatus
from colnode.identity.validation import email_address, language_map, line, web_address

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Details",
    "Member",
    "OrganisationStatus",
    "add_member",
    "by_slug",
    "count_by_status",
    "create",
    "edit",
    "get_organisation",
    "invite",
    "list_members",
    "list_organisations",
    "memberships_of",
    "names_of",
    "remove_member",
    "require_verified",
    "role_of",
    "set_picture",
    "set_role",
    "suspend",
    "verify",
]


class Details(TypedDict):
    """What an organisation says about itself, as a form or a program gives it."""

    name: LangMap
    description: LangMap
    url: str
    email: str
    address: str
    latitude: float | None
    longitude: float | None


_RESERVED = {"new", "search", "all", "edit", "members"}


def create(
    node: "Node",
    *,
    name: LangMap,
    actor_id: str,
    description: LangMap | None = None,
    url: str = "",
    email: str = "",
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Organisation:
    """Register an organisation as a draft, with its keys; who does it becomes its owner.

    Raises Invalid.
    """
    now = node.clock.now()
    organisation = Organisation(
        slug="", status_at=now, created_at=now, updated_at=now, name={}, description={}
    )
    _fill(organisation, name, description or {}, url, email, address, latitude, longitude)
    organisation.slug = _free_slug(node, organisation.name, node.config.main_language)
    node.db.add(organisation)
    node.db.flush()
    add_member(node, organisation.id, actor_id, role=Role.OWNER, actor_id=actor_id)
    keys.create_keys(node, organisation.id)
    _record(node, "organisation.created", organisation, actor_id)
    return organisation


def edit(
    node: "Node",
    organisation_id: str,
    *,
    actor_id: str,
    name: LangMap,
    description: LangMap,
    url: str = "",
    email: str = "",
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Organisation:
    """Change the texts and the place. The slug stays, because badges name it. Raises Invalid."""
    organisation = get_organisation(node, organisation_id)
    _fill(organisation, name, description, url, email, address, latitude, longitude)
    organisation.updated_at = node.clock.now()
    node.db.flush()
    records.publish_organisation(node, organisation)
    _record(node, "organisation.edited", organisation, actor_id)
    return organisation


def set_picture(
    node: "Node", organisation_id: str, *, digest: str | None, actor_id: str
) -> Organisation:
    """Show a picture that media keeps under this digest, or none."""
    organisation = get_organisation(node, organisation_id)
    organisation.picture = digest
    organisation.updated_at = node.clock.now()
    node.db.flush()
    records.publish_organisation(node, organisation)
    _record(node, "organisation.edited", organisation, actor_id)
    return organisation


def verify(node: "Node", organisation_id: str, *, actor_id: str) -> Organisation:
    """Let an organisation publish and mail; its record joins the catalogue, its owners are told."""
    organisation = get_organisation(node, organisation_id)
    if organisation.is_verified:
        return organisation
    _set_status(node, organisation, OrganisationStatus.VERIFIED, "")
    records.publish_organisation(node, organisation)
    _record(node, "organisation.verified", organisation, actor_id)
    _tell_owners(node, organisation)
    return organisation


def suspend(node: "Node", organisation_id: str, *, actor_id: str, reason: str) -> Organisation:
    """Stop an organisation from publishing and mailing; its record leaves the catalogue.

    Badges that were earned stay valid. Raises Invalid without a reason.
    """
    organisation = get_organisation(node, organisation_id)
    why = line(reason, field="reason", most=500)
    _set_status(node, organisation, OrganisationStatus.SUSPENDED, why)
    records.withdraw_organisation(node, organisation)
    _record(node, "organisation.suspended", organisation, actor_id, why)
    _tell_owners(node, organisation)
    return organisation


def require_verified(node: "Node", organisation_id: str) -> Organisation:
    """The organisation, if it may publish and mail. Raises Refused otherwise: call it first."""
    organisation = get_organisation(node, organisation_id)
    if organisation.status == OrganisationStatus.SUSPENDED:
        raise Refused(_("The city suspended this organisation. Please write to the city."))
    if not organisation.is_verified:
        raise Refused(
            _(
                "The city has not verified this organisation yet. Until then you can prepare "
                "everything, but not publish it or send mail."
            )
        )
    return organisation


def get_organisation(node: "Node", organisation_id: str) -> Organisation:
    """The organisation, in any state. Raises NotFound."""
    organisation = node.db.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(_("There is no such organisation."))
    return organisation


def by_slug(node: "Node", slug: str) -> Organisation:
    """The organisation with this last part of its address. Raises NotFound."""
    organisation = node.db.scalar(select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        raise NotFound(_("There is no such organisation."))
    return organisation


def list_organisations(
    node: "Node",
    *,
    status: OrganisationStatus | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 100,
) -> Sequence[Organisation]:
    """Organisations whose name contains the text, by slug; `after` is the last slug seen."""
    query = select(Organisation).order_by(Organisation.slug)
    if status is not None:
        query = query.where(Organisation.status == status)
    wanted = catalogue.fold([text])
    if wanted:
        query = query.where(Organisation.folded_name.contains(wanted, autoescape=True))
    if after is not None:
        query = query.where(Organisation.slug > after)
    return node.db.scalars(query.limit(limit)).all()


def names_of(node: "Node", organisation_ids: Iterable[str]) -> dict[str, LangMap]:
    """Names by id."""
    query = select(Organisation.id, Organisation.name).where(
        Organisation.id.in_(list(organisation_ids))
    )
    return {organisation_id: name for organisation_id, name in node.db.execute(query)}


def count_by_status(node: "Node") -> dict[str, int]:
    """How many organisations are drafts, verified and suspended."""
    query = select(Organisation.status, func.count()).group_by(Organisation.status)
    return {status: count for status, count in node.db.execute(query)}


def _fill(
    organisation: Organisation,
    name: LangMap,
    description: LangMap,
    url: str,
    email: str,
    address: str,
    latitude: float | None,
    longitude: float | None,
) -> None:
    organisation.name = language_map(name, field="name", most=120, is_needed=True)
    organisation.folded_name = catalogue.fold(organisation.name.values())
    organisation.description = language_map(description, field="description")
    organisation.url = web_address(url)
    organisation.email = email_address(email) if email.strip() else ""
    organisation.address = line(address, field="address", most=300) if address.strip() else ""
    organisation.latitude, organisation.longitude = _point(latitude, longitude)


def _point(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    if latitude is None and longitude is None:
        return None, None
    if latitude is None or longitude is None:
        message = _("A place needs both latitude and longitude.")
        raise Invalid(message, fields={"latitude": message})
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        message = _("Latitude goes from -90 to 90, longitude from -180 to 180.")
        raise Invalid(message, fields={"latitude": message})
    return latitude, longitude


def _free_slug(node: "Node", name: LangMap, main_language: str) -> str:
    text = name.get(main_language) or next(iter(name.values()))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "organisation"
    query = select(Organisation.slug).where(Organisation.slug.startswith(base, autoescape=True))
    taken = set(node.db.scalars(query)) | _RESERVED
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _set_status(
    node: "Node", organisation: Organisation, status: OrganisationStatus, reason: str
) -> None:
    organisation.status = status
    organisation.status_reason = reason
    organisation.status_at = node.clock.now()
    node.db.flush()


def _record(
    node: "Node",
    action: str,
    organisation: Organisation,
    actor_id: str,
    reason: str | None = None,
    **detail: Any,
) -> None:
    audit.record(
        node,
        action,
        subject_type="organisation",
        subject_id=organisation.id,
        actor_id=actor_id,
        reason=reason,
        detail=detail,
    )


def _tell_owners(node: "Node", organisation: Organisation) -> None:
    for address, language in owner_addresses(node, organisation.id):
        names = organisation.name
        messages.send_organisation_status(
            node,
            to=address,
            language=language,
            organisation=names.get(language) or next(iter(names.values())),
            is_verified=organisation.is_verified,
            reason=organisation.status_reason,
        )
