"""Proving that one controls a DID, for badges that were given to it."""

import json

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import holder_dids
from colnode.errors import ColnodeError
from colnode.web.auth import current_node, current_person_id, reads_only, require
from colnode.web.rendering import error_text, render

__all__ = ["bp"]

bp = Blueprint("holder_dids", __name__)


@bp.route("/my-badges/identities")
@require("account.use")
def show() -> ResponseReturnValue:
    """What to sign, and the DIDs that were proven."""
    return _page()


@bp.route("/my-badges/identities", methods=["POST"])
@require("account.use")
@reads_only
def prove() -> ResponseReturnValue:
    """Check a signed presentation. A did:web is asked, so nothing is locked while it is."""
    node, person_id = current_node(), current_person_id()
    signed = request.form.get("presentation", "").encode("utf-8", "surrogatepass")
    try:
        did = holder_dids.check(node, signed, person_id=person_id)
    except ColnodeError as error:
        return _page(error)
    node.at_end(lambda: holder_dids.remember(node, did, person_id=person_id))
    flash(_("It is proven: badges that were given to this identity are yours now."), "success")
    return redirect(url_for("holder_dids.show"))


@bp.route("/my-badges/identities/remove", methods=["POST"])
@require("account.use")
def remove() -> ResponseReturnValue:
    """Take a DID off the account."""
    did = request.form.get("did", "")
    holder_dids.forget(current_node(), did, person_id=current_person_id())
    flash(_("The identity is removed."), "success")
    return redirect(url_for("holder_dids.show"))


def _page(error: ColnodeError | None = None) -> ResponseReturnValue:
    node, person_id = current_node(), current_person_id()
    holder = request.args.get("did", "")[:500]
    to_sign = holder_dids.to_sign(node, person_id, holder=holder or "did:...")
    page = render(
        "passport/identities.html",
        dids=holder_dids.list_dids(node, person_id),
        to_sign=json.dumps(to_sign, indent=2, ensure_ascii=False),
        typed=request.form.get("presentation", ""),
        error=error_text(error.message, error.parameters) if error else None,
    )
    return page, error.status if error else 200
