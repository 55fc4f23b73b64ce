"""A learner's page about the endorsements of one of their badges: ask, add, show, hide."""

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from colnode.plugin import (
    ColnodeError,
    NotFound,
    _,
    current_node,
    find_earned,
    gettext,
    pick_language,
    render,
    require,
    url,
)
from colnode_endorsement import asking, forms, holding, standing
from colnode_endorsement.organising import endorser_choices

if TYPE_CHECKING:
    from colnode.plugin import EarnedBadge, Node

__all__ = ["bp"]

bp = Blueprint("endorsement_mine", __name__)


def _own(node: "Node", address: str) -> "EarnedBadge":
    badge = find_earned(node, address, viewer_id=forms.actor_id())
    if badge.holder_id != forms.actor_id():
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return badge


@bp.route("/my-badges/<address>/endorsements")
@require("account.use")
def show(address: str) -> ResponseReturnValue:
    """What the person has, whom they asked, and the forms to ask and to add."""
    return _page(address)


def _page(address: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    node = current_node()
    badge = _own(node, address)
    held = holding.list_held(node, badge.holder_id, badge.url)
    page = render(
        "endorsement/my_badge.html",
        badge=badge,
        name=pick_language(badge.name),
        held=[(item, standing.of_held(node, item)) for item in held],
        asked=asking.list_asked(node, person_id=badge.holder_id, about=badge.url),
        choices=endorser_choices(node, without=badge.organisation_id),
        post_url=url("endorsement_mine.ask", address=address),
        values=forms.typed(),
        errors=forms.errors_of(error) if error else {},
        reason=forms.say(error) if error else None,
    )
    return (page, error.status) if error else page


@bp.route("/my-badges/<address>/endorsements/ask", methods=["POST"])
@require("account.use")
def ask(address: str) -> ResponseReturnValue:
    """Ask somebody to stand behind one's badge."""
    node = current_node()
    badge = _own(node, address)
    try:
        asking.ask(
            node,
            badge.url,
            actor_id=badge.holder_id,
            endorser_id=request.form.get("endorser_id") or None,
            email=request.form.get("email", ""),
            message=request.form.get("message", ""),
        )
    except ColnodeError as error:
        return _page(address, error)
    flash(gettext("Asked. You get a mail when there is an answer."), "success")
    return redirect(url("endorsement_mine.show", address=address))


@bp.route("/my-badges/<address>/endorsements/add", methods=["POST"])
@require("account.use")
def add(address: str) -> ResponseReturnValue:
    """Add an endorsement that somebody in another city gave."""
    node, source = current_node(), request.form.get("source_url", "")
    try:
        holding.bring(node, forms.actor_id(), address, source)
    except ColnodeError as error:
        return _page(address, error)
    flash(gettext("Added. We check it now; that takes a moment."), "success")
    return redirect(url("endorsement_mine.show", address=address))


@bp.route("/my-badges/<address>/endorsements/<held_id>/<what>", methods=["POST"])
@require("account.use")
def change(address: str, held_id: str, what: str) -> ResponseReturnValue:
    """Show an endorsement to everybody, hide it again, or forget it."""
    node, person_id = current_node(), forms.actor_id()
    words = {
        "show": gettext("Shown. The badge carries it now, also in files that you take from here."),
        "hide": gettext("Hidden. The badge no longer carries it."),
        "remove": gettext("Removed."),
    }
    if what not in words:
        raise NotFound(_("There is no such endorsement."))
    try:
        if what == "remove":
            holding.remove(node, held_id, person_id=person_id)
        else:
            holding.set_shown(node, held_id, person_id=person_id, is_shown=what == "show")
    except NotFound:
        raise
    except ColnodeError as error:
        return _page(address, error)
    flash(words[what], "success")
    return redirect(url("endorsement_mine.show", address=address))
