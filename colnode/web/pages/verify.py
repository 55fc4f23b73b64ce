"""Checking a badge: a file, pasted text or an address; one verdict; nothing is remembered."""

from typing import TYPE_CHECKING

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from colnode.badges import verifying
from colnode.errors import ColnodeError
from colnode.host.types import NavItem, NavPlace
from colnode.web.auth import current_node, reads_only, require
from colnode.web.rendering import error_text, links_for, panels_for, render
from colnode.web.results import shown_results

if TYPE_CHECKING:
    from colnode.openbadges.findings import Verdict

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("verify", __name__)

NAVIGATION = (NavItem("Check a badge", "verify.form", "shield-check", NavPlace.FOOT, order=10),)


@bp.route("/verify")
@require("public.read")
def form() -> ResponseReturnValue:
    """One drop zone, one field."""
    return render("verify/form.html", typed=request.args.get("address", "")[:2000], error=None)


@bp.route("/verify", methods=["POST"])
@require("public.read")
@reads_only
def check() -> ResponseReturnValue:
    """The verdict sentence, then every check as a line."""
    from colnode.web import verdicts

    try:
        verdict = _verdict()
    except ColnodeError as error:
        message = error_text(error.message, error.parameters)
        page = render("verify/form.html", typed=request.form.get("text", ""), error=message)
        return page, error.status
    return render(
        "verify/result.html",
        verdict=verdict,
        results=shown_results(verdict.summary.results),
        word=verdicts.word_of(verdict),
        headline=verdicts.headline(verdict),
        lines=verdicts.lines_of(verdict),
        panels=panels_for("verify", verdict),
        more_links=links_for("verify", verdict),
        endorsements=[
            (inner, verdicts.word_of(inner), verdicts.headline(inner), verdicts.lines_of(inner))
            for inner in verdict.endorsements
        ],
    )


def _verdict() -> "Verdict":
    node = current_node()
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        verdict = verifying.verify_bytes(node, upload.read(verifying.MOST_BYTES + 1))
    else:
        verdict = verifying.verify_text(node, request.form.get("text", ""))
    return verifying.with_plugins(node, verdict)
