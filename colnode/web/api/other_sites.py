"""Visits to other sites over the API: where the person says yes, and what came of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.exchange import visits
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, reads_only, require
from colnode.web.rendering import error_text

if TYPE_CHECKING:
    from colnode.exchange.models import OutsideVisit

__all__ = ["bp"]

bp = Blueprint("api_other_sites", __name__)


class VisitRequest(BaseModel):
    """The other site's address; with `badge` that badge of one's own is sent there.

    Without it all of one's badges there are fetched.
    """

    address: str = Field(max_length=2_000)
    badge: str | None = Field(default=None, max_length=100)


class StartItem(BaseModel):
    """Where the person says yes, in the browser in which they are signed in here.

    From there they come back to this site, which then fetches or sends by itself.
    """

    authorisation_url: str


class VisitItem(BaseModel):
    """A visit that came back: how many badges were kept, known and refused.

    `state` is fetching, done or failed.
    """

    id: str
    site_url: str
    site_name: str
    badge: str | None
    state: str
    total: int | None
    kept: int
    known: int
    refused: int
    problem: str | None
    created_at: datetime
    ended_at: datetime | None


class VisitList(BaseModel):
    """Visits that came back, newest first."""

    items: list[VisitItem]


@bp.route("/me/visits", methods=["POST"])
@require("account.use")
@reads_only
@operation(tag="my badges", body=VisitRequest, response=StartItem, status=201)
def start(json: VisitRequest) -> StartItem:
    """Prepare a visit to another site. It is asked, so nothing is locked while it is."""
    url = visits.leave(
        current_node(), json.address, person_id=current_person_id(), badge_address=json.badge
    )
    return StartItem(authorisation_url=url)


@bp.route("/me/visits")
@require("account.use")
@operation(tag="my badges", response=VisitList)
def list_visits() -> VisitList:
    """List one's visits to other sites."""
    found = visits.list_visits(current_node(), current_person_id())
    return VisitList(items=[_item(visit) for visit in found])


@bp.route("/me/visits/<visit_id>")
@require("account.use")
@operation(tag="my badges", response=VisitItem)
def show(visit_id: str) -> VisitItem:
    """Show how far a visit is."""
    return _item(visits.get_visit(current_node(), visit_id, person_id=current_person_id()))


def _item(visit: "OutsideVisit") -> VisitItem:
    problem = visit.problem
    return VisitItem(
        id=visit.id,
        site_url=visit.site_url,
        site_name=visit.site_name,
        badge=visit.badge_address,
        state=visit.state,
        total=visit.total,
        kept=visit.kept,
        known=visit.known,
        refused=visit.refused,
        problem=error_text(problem["message"], problem["parameters"]) if problem else None,
        created_at=visit.created_at,
        ended_at=visit.ended_at,
    )
