"""My badges: stamps by year, with what waits for an answer in the margin."""

from itertools import groupby
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, awards, issuing, passport
from colnode.errors import NotFound
from colnode.host.types import NavItem, Role
from colnode.identity import organisations
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.rendering import panels_for, render

if TYPE_CHECKING:
    from colnode.badges.models import Offer
    from colnode.badges.passport import Held

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("passport", __name__)

NAVIGATION = (
    NavItem("My badges", "passport.my_badges", "book-open-check", order=40, audience=Role.PERSON),
)


@bp.route("/my-badges")
@require("account.use")
def my_badges() -> ResponseReturnValue:
    """The passport of the person who is signed in."""
    node = current_node()
    held = passport.list_credentials(node, current_person_id())
    return render(
        "passport/my_badges.html",
        years=[(year, list(group)) for year, group in groupby(held, key=_year)],
        count=len(held),
        shared_count=sum(badge.is_shared for badge in held),
        offers=[_offered(offer) for offer in awards.offers_for(node, current_person_id())],
        now=node.clock.now(),
        organisation_names={
            organisation_id: organisations.get_organisation(node, organisation_id).name
            for organisation_id in {badge.credential.organisation_id for badge in held}
        },
        panels=panels_for("my_badges", None),
    )


@bp.route("/my-badges/offers/<offer_id>/accept", methods=["POST"])
@require("account.use")
def accept(offer_id: str) -> ResponseReturnValue:
    """Take a badge that waits for one of one's own addresses."""
    node = current_node()
    credential = issuing.accept(node, _own_offer(offer_id).id, person_id=current_person_id())
    flash(_("The badge is yours. Only you see it until you share it."), "success")
    return redirect(url_for("credentials.show", address=credential.address, new=1))


@bp.route("/my-badges/offers/<offer_id>/decline", methods=["POST"])
@require("account.use")
def decline(offer_id: str) -> ResponseReturnValue:
    """Say no to a badge that waits."""
    awards.decline(current_node(), _own_offer(offer_id).id, person_id=current_person_id())
    flash(_("The badge was declined."), "success")
    return redirect(url_for("passport.my_badges"))


def _year(held: "Held") -> int:
    return held.credential.issued_at.year


def _own_offer(offer_id: str) -> "Offer":
    waiting = awards.offers_for(current_node(), current_person_id())
    found = next((offer for offer in waiting if offer.id == offer_id), None)
    if found is None:
        raise NotFound(_("This badge does not wait for you any more."))
    return found


def _offered(offer: "Offer") -> dict[str, object]:
    node = current_node()
    return {
        "offer": offer,
        "achievement": achievements.get_achievement(node, offer.achievement_id),
        "organisation": organisations.get_organisation(node, offer.organisation_id),
    }
