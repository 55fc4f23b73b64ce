"""My badges: stamps by year, collections, and what waits for an answer in the margin."""

from itertools import groupby
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import (
    achievements,
    applications,
    collections,
    issuing,
    offers,
    public_pages,
    stamps,
)
from colnode.errors import Invalid, NotFound
from colnode.host.types import NavItem, Role
from colnode.identity import organisations, people
from colnode.web.auth import current_node, current_person, current_person_id, require
from colnode.web.forms import field_errors
from colnode.web.rendering import links_for, panels_for, render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.badges.models import Offer
    from colnode.badges.stamps import Stamp

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
    person_id = current_person_id()
    every = stamps.list_stamps(node, person_id)
    shown = [stamp for stamp in every if stamp.hidden_at is None]
    return render(
        "passport/my_badges.html",
        years=[(year, list(group)) for year, group in groupby(shown, key=_year)],
        count=len(shown),
        hidden_count=len(every) - len(shown),
        offers=[_offered(offer) for offer in offers.offers_for(node, person_id)],
        spreads=collections.list_collections(node, person_id),
        public_page=public_pages.find(node, person_id),
        reviews=len(applications.list_for_peer(node, person_id)),
        panels=panels_for("my_badges", None),
        more_links=links_for("my_badges", None),
    )


@bp.route("/my-badges/offers/<offer_id>")
@require("account.use")
def offer(offer_id: str) -> ResponseReturnValue:
    """A badge that waits, with room for a reflection before it is taken."""
    node = current_node()
    found = _own_offer(offer_id)
    node.at_end(lambda: offers.mark_opened(node, found.id))
    return _offer_page(found, {})


@bp.route("/my-badges/hidden")
@require("account.use")
def hidden() -> ResponseReturnValue:
    """Badges that the person keeps out of their sight."""
    every = stamps.list_stamps(current_node(), current_person_id())
    found = [stamp for stamp in every if stamp.hidden_at is not None]
    return render("passport/hidden.html", stamps=found)


@bp.route("/my-badges/<address>/visibility", methods=["POST"])
@require("account.use")
def set_visibility(address: str) -> ResponseReturnValue:
    """Decide who sees a badge."""
    visibility = stamps.Visibility
    wish = request.form.get("visibility", "")
    chosen = visibility(wish) if wish in {item.value for item in visibility} else visibility.PRIVATE
    stamp = stamps.set_visibility(
        current_node(), address, person_id=current_person_id(), visibility=chosen
    )
    flash(
        {
            visibility.PRIVATE: _("Private again. The address shows the badge to you alone."),
            visibility.LINK: _(
                "Shared. Everybody who has the address can see and check the badge now."
            ),
            visibility.PUBLIC: _("The badge is on your public page now."),
        }[stamp.visibility],
        "success",
    )
    return redirect(_page_of(stamp))


@bp.route("/my-badges/<address>/hide", methods=["POST"])
@require("account.use")
def hide(address: str) -> ResponseReturnValue:
    """Keep a badge out of sight; it becomes private."""
    stamps.hide(current_node(), address, person_id=current_person_id())
    flash(_("Hidden and private. You find it under “Hidden badges”."), "success")
    return redirect(url_for("passport.my_badges"))


@bp.route("/my-badges/<address>/show", methods=["POST"])
@require("account.use")
def show_again(address: str) -> ResponseReturnValue:
    """Take a hidden badge back."""
    stamps.show_again(current_node(), address, person_id=current_person_id())
    flash(_("The badge is back among your stamps. Only you see it."), "success")
    return redirect(url_for("passport.my_badges"))


@bp.route("/my-badges/offers/<offer_id>/accept", methods=["POST"])
@require("account.use")
def accept(offer_id: str) -> ResponseReturnValue:
    """Take a badge that waits for one of one's own addresses."""
    node = current_node()
    found = _own_offer(offer_id)
    try:
        credential = issuing.accept(
            node,
            found.id,
            person_id=current_person_id(),
            reflection=request.form.get("reflection"),
            is_named="is_named" in request.form,
        )
    except Invalid as error:
        return _offer_page(found, field_errors(error, otherwise="reflection")), 422
    flash(_("The badge is yours. Only you see it until you share it."), "success")
    return redirect(url_for("credentials.show", address=credential.address, new=1))


@bp.route("/my-badges/offers/<offer_id>/decline", methods=["POST"])
@require("account.use")
def decline(offer_id: str) -> ResponseReturnValue:
    """Say no to a badge that waits."""
    offers.decline(current_node(), _own_offer(offer_id).id, person_id=current_person_id())
    flash(_("The badge was declined."), "success")
    return redirect(url_for("passport.my_badges"))


def _year(stamp: "Stamp") -> int:
    return stamp.earned_at.year


def _page_of(stamp: "Stamp") -> str:
    endpoint = "credentials.show" if stamp.is_from_here else "bringing.show"
    return url_for(endpoint, address=stamp.address)


def _own_offer(offer_id: str) -> "Offer":
    waiting = offers.offers_for(current_node(), current_person_id())
    found = next((offer for offer in waiting if offer.id == offer_id), None)
    if found is None:
        raise NotFound(_("This badge does not wait for you any more."))
    return found


def _offer_page(found: "Offer", errors: "Mapping[str, str]") -> str:
    node = current_node()
    person = current_person()
    achievement = achievements.get_achievement(node, found.achievement_id)
    return render(
        "claims/take.html",
        achievement=achievement,
        organisation=organisations.get_organisation(node, found.organisation_id),
        is_open=achievement.is_published,
        action=url_for("passport.accept", offer_id=found.id),
        here=url_for("passport.offer", offer_id=found.id),
        decline=url_for("passport.decline", offer_id=found.id),
        can_be_named=person is not None and people.is_adult(node, person),
        values=request.form,
        errors=errors,
    )


def _offered(offer: "Offer") -> dict[str, object]:
    node = current_node()
    return {
        "offer": offer,
        "achievement": achievements.get_achievement(node, offer.achievement_id),
        "organisation": organisations.get_organisation(node, offer.organisation_id),
    }
