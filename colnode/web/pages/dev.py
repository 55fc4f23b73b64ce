"""The mail that a demonstration city writes instead of sending it. Registered only there."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from colnode import jobs
from colnode import mail as post
from colnode.web.auth import current_node, require
from colnode.web.rendering import render

__all__ = ["bp"]

bp = Blueprint("dev", __name__)


@bp.route("/dev/mail")
@require("public.read")
def mail() -> ResponseReturnValue:
    """The mails, newest first."""
    node = current_node()
    waiting = jobs.count_jobs(node).get("waiting", 0)
    return render("dev/mail.html", mails=post.list_development_mail(node), waiting=waiting)


@bp.route("/dev/mail/<mail_id>")
@require("public.read")
def one_mail(mail_id: str) -> ResponseReturnValue:
    """One mail as its reader sees it."""
    return render("dev/mail_one.html", mail=post.read_development_mail(current_node(), mail_id))
