"""What waits for a city admin, over the API: work that failed, organisations that nobody owns."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode import jobs
from colnode.errors import Invalid, _
from colnode.host.types import Role
from colnode.identity import memberships, organisations, people
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_office", __name__)


class FailedJob(BaseModel):
    """Background work that used up its attempts, and what it said last."""

    id: str
    kind: str
    ran_at: datetime
    error: str | None


class Office(BaseModel):
    """What needs an admin. `late_count` is work that nobody took for five minutes."""

    can_mail: bool
    late_count: int
    failed_jobs: list[FailedJob]
    organisations_without_owner: list[str]


class NewOwner(BaseModel):
    """An address of the account that shall own the organisation."""

    email: str = Field(min_length=3, max_length=254)


@bp.route("/office")
@require("city.manage")
@operation(tag="office", response=Office)
def show() -> Office:
    """Say what waits for the city's admins."""
    node = current_node()
    return Office(
        can_mail=node.mail.is_configured,
        late_count=jobs.count_late(node),
        failed_jobs=[
            FailedJob(id=job.id, kind=job.kind, ran_at=job.run_at, error=job.last_error)
            for job in jobs.failed_jobs(node)
        ],
        organisations_without_owner=[item.id for item in memberships.without_owner(node)],
    )


@bp.route("/office/jobs/<job_id>/again", methods=["POST"])
@require("city.manage")
@operation(tag="office", status=204)
def run_again(job_id: str) -> None:
    """Try work that failed for good once more."""
    jobs.try_again(current_node(), job_id)


@bp.route("/organisations/<organisation_id>/owner", methods=["POST"])
@require("city.manage")
@operation(tag="office", body=NewOwner, status=204)
def add_owner(organisation_id: str, json: NewOwner) -> None:
    """Give an organisation an owner, found by their address."""
    node = current_node()
    found = people.find_by_email(node, json.email)
    if found is None:
        message = _("Nobody with this address has an account. Invite them first.")
        raise Invalid(message, fields={"email": message})
    organisations.add_member(
        node, organisation_id, found.id, role=Role.OWNER, actor_id=current_person_id()
    )
