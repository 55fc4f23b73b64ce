"""Copying a badge: for which organisation, then a draft to change."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import achievements, copying
from colnode.catalogue import OWN, get
from colnode.errors import NotFound
from colnode.errors import _ as mark
from colnode.identity import memberships
from colnode.web.auth import current_node, current_person_id, may, require
from colnode.web.rendering import pick_language, render

__all__ = ["bp"]

bp = Blueprint("organiser_copies", __name__)


@bp.route("/organiser/copy-badge")
@require("account.use")
def choose() -> ResponseReturnValue:
    """For which of the person's organisations is the copy?"""
    node = current_node()
    origin, source_id = request.args.get("origin", OWN), request.args.get("source", "")
    held = memberships.memberships_of(node, current_person_id())
    return render(
        "organiser/copy.html",
        origin=origin,
        source_id=source_id,
        title=_title(origin, source_id),
        organisations=[item for item, _role in held if may("badge.edit", item.id)],
    )


def _title(origin: str, source_id: str) -> str:
    node = current_node()
    if origin != OWN:
        record = get(node, origin, source_id, record_type="achievement")
        if record is None:
            raise NotFound(mark("There is no such badge."))
        return pick_language(record.title)
    found = achievements.get_achievement(node, source_id)
    if not found.is_public and not may("badge.edit", found.organisation_id):
        raise NotFound(mark("There is no such badge."))
    return pick_language(found.name)


@bp.route("/organiser/<organisation_id>/copy-badge", methods=["POST"])
@require("badge.edit")
def copy(organisation_id: str) -> ResponseReturnValue:
    """Make the draft."""
    made = copying.copy(
        current_node(),
        organisation_id,
        origin=request.form.get("origin", OWN),
        source_id=request.form.get("source", ""),
        actor_id=current_person_id(),
    )
    flash(_("Here is your copy. Nobody else sees it until you publish it."), "success")
    return redirect(url_for("organiser_badges.edit", achievement_id=made.id))
