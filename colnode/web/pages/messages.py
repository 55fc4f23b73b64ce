"""A person's messages, and which kinds of them go to the page and by mail."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.identity import notifications
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.rendering import render

__all__ = ["bp"]

bp = Blueprint("messages", __name__)

_PER_PAGE = 30


@bp.route("/account/messages")
@require("account.use")
def show() -> ResponseReturnValue:
    """What plugins of the city told the person, newest first, with a switch for each kind."""
    node, person_id = current_node(), current_person_id()
    found = notifications.list_notifications(
        node, person_id, before=request.args.get("before"), limit=_PER_PAGE + 1
    )
    return render(
        "account/messages.html",
        messages=found[:_PER_PAGE],
        before=found[_PER_PAGE - 1].id if len(found) > _PER_PAGE else None,
        unread=notifications.count_unread(node, person_id),
        choices=notifications.choices_of(node, person_id),
    )


@bp.route("/account/messages/read", methods=["POST"])
@require("account.use")
def mark_read() -> ResponseReturnValue:
    """Mark everything as read."""
    notifications.mark_read(current_node(), current_person_id())
    return redirect(url_for("messages.show"))


@bp.route("/account/messages/choices", methods=["POST"])
@require("account.use")
def choose() -> ResponseReturnValue:
    """Switch kinds of messages on and off."""
    node, person_id = current_node(), current_person_id()
    for choice in notifications.choices_of(node, person_id):
        notifications.choose(
            node,
            person_id,
            choice.kind.name,
            on_page=f"page.{choice.kind.name}" in request.form,
            by_mail=f"mail.{choice.kind.name}" in request.form,
        )
    flash(_("Saved."), "success")
    return redirect(url_for("messages.show"))
