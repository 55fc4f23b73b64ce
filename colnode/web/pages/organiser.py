"""The organiser's desk: what needs you today, then the badges of each organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint
from flask.typing import ResponseReturnValue

from colnode.badges import achievements, applications, measuring, offers, states
from colnode.host.types import NavItem, NavPlace, Role
from colnode.identity import memberships, organisations
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.rendering import links_for, panels_for, render

if TYPE_CHECKING:
    from colnode.badges.models import Achievement
    from colnode.identity.models import Organisation

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("organiser", __name__)

NAVIGATION = (
    NavItem(
        "Organiser's desk",
        "organiser.desk",
        "layout-dashboard",
        NavPlace.ORGANISER,
        order=10,
        audience=Role.AWARDER,
    ),
)


@dataclass(frozen=True)
class _Desk:
    """One organisation on the desk with what needs somebody."""

    organisation: "Organisation"
    role: Role
    badges: "Sequence[Achievement]"
    drafts: "Sequence[Achievement]"
    waiting: int
    issued: int
    requests: int


@bp.route("/organiser")
@require("account.use")
def desk() -> ResponseReturnValue:
    """Every organisation that the person works with."""
    node = current_node()
    found = memberships.memberships_of(node, current_person_id())
    return render(
        "organiser/desk.html",
        desks=[_desk(organisation, role) for organisation, role in found],
        panels=panels_for("organiser", None),
        more_links=links_for("organiser", None),
    )


@bp.route("/organiser/<organisation_id>")
@require("badge.award")
def organisation(organisation_id: str) -> ResponseReturnValue:
    """All badges of one organisation."""
    node = current_node()
    found = organisations.get_organisation(node, organisation_id)
    role = memberships.role_of(node, organisation_id, current_person_id()) or Role.AWARDER
    return render(
        "organiser/organisation.html",
        desk=_desk(found, role),
        rate=measuring.claim_rate(node, organisation_id=organisation_id),
        has_suspension=states.has_suspension(node, organisation_id),
        panels=panels_for("organiser", found),
        more_links=links_for("organiser", found),
    )


def _desk(organisation: "Organisation", role: Role) -> _Desk:
    node = current_node()
    badges = achievements.list_of_organisation(node, organisation.id)
    return _Desk(
        organisation=organisation,
        role=role,
        badges=badges,
        drafts=[badge for badge in badges if badge.is_draft],
        waiting=offers.count_waiting(node, organisation.id),
        issued=achievements.count_issued(node, organisation_id=organisation.id),
        requests=applications.count_waiting(node, organisation_id=organisation.id),
    )
