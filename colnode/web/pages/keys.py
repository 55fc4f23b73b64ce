"""Keys: the documents that list them for everybody, and the page on which owners change them."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.badges import giving_again, key_revoking
from colnode.errors import Invalid, NotFound
from colnode.errors import _ as mark
from colnode.identity import key_changes, keys, organisations
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.documents import document
from colnode.web.forms import field_errors
from colnode.web.rendering import render

if TYPE_CHECKING:
    from colnode.identity.models import StoredKey

__all__ = ["bp"]

bp = Blueprint("keys", __name__)

_DID_TYPE = "application/did+json"
_SET_TYPE = "application/jwk-set+json"
_SECONDS = 300


@bp.route("/.well-known/did.json")
@require("public.read")
def node_did() -> Response:
    """The DID document of the city's node (did:web method, section 3.2)."""
    body = keys.did_document(current_node(), keys.NODE)
    return document(body, _DID_TYPE, max_age=_SECONDS)


@bp.route("/.well-known/jwks.json")
@require("public.read")
def node_key_set() -> Response:
    """The city's own keys as a JWK Set (RFC 7517 section 5)."""
    return document(keys.key_set(current_node(), keys.NODE), _SET_TYPE, max_age=_SECONDS)


@bp.route("/organisations/<slug>/did.json")
@require("public.read")
def organisation_did(slug: str) -> Response:
    """The DID document of an organisation; a suspended one's stays, so that its badges do."""
    body = keys.did_document(current_node(), _listed(slug))
    return document(body, _DID_TYPE, max_age=_SECONDS)


@bp.route("/organisations/<slug>/jwks.json")
@require("public.read")
def organisation_key_set(slug: str) -> Response:
    """An organisation's keys as a JWK Set (RFC 7517 section 5)."""
    return document(keys.key_set(current_node(), _listed(slug)), _SET_TYPE, max_age=_SECONDS)


def _listed(slug: str) -> str:
    organisation = organisations.by_slug(current_node(), slug)
    if organisation.status == organisations.OrganisationStatus.DRAFT:
        raise NotFound(mark("There is no such organisation."))
    return organisation.id


@bp.route("/organisations/<organisation_id>/keys")
@require("organisation.edit")
def show(organisation_id: str) -> ResponseReturnValue:
    """The keys that the organisation signs with, and signed with before."""
    node = current_node()
    keys = key_changes.list_keys(node, organisation_id)
    return render(
        "organisations/keys.html",
        organisation=organisations.get_organisation(node, organisation_id),
        keys=keys,
        doubtful={
            key.id: key_revoking.count_signed_by(node, organisation_id, key.multikey)
            for key in keys
            if key.state == "revoked"
        },
    )


@bp.route("/organisations/<organisation_id>/keys/rotate", methods=["GET", "POST"])
@require("organisation.edit")
def rotate(organisation_id: str) -> ResponseReturnValue:
    """Make new keys; the ones in use retire."""
    node = current_node()
    if request.method != "POST":
        organisation = organisations.get_organisation(node, organisation_id)
        return render("organisations/keys_rotate.html", organisation=organisation)
    key_changes.rotate(node, organisation_id, actor_id=current_person_id())
    flash(_("New keys sign from now on. Badges that were given before stay valid."), "success")
    return redirect(url_for("keys.show", organisation_id=organisation_id))


@bp.route("/organisations/<organisation_id>/keys/<key_id>/revoke", methods=["GET", "POST"])
@require("organisation.edit")
def revoke(organisation_id: str, key_id: str) -> ResponseReturnValue:
    """Say that somebody may have copied a key."""
    node = current_node()
    key = _key(organisation_id, key_id)
    error = None
    if request.method == "POST":
        reason = request.form.get("reason", "")
        try:
            key_revoking.revoke_key(
                node, organisation_id, key.id, actor_id=current_person_id(), reason=reason
            )
        except Invalid as refusal:
            error = refusal
        else:
            flash(_("The key is revoked. Whoever checks its badges is told so."), "success")
            return redirect(url_for("keys.show", organisation_id=organisation_id))
    page = render(
        "organisations/keys_revoke.html",
        organisation=organisations.get_organisation(node, organisation_id),
        key=key,
        count=key_revoking.count_signed_by(node, organisation_id, key.multikey),
        errors=field_errors(error, otherwise="reason") if error else {},
    )
    return page, error.status if error else 200


@bp.route("/organisations/<organisation_id>/keys/<key_id>/give-again", methods=["POST"])
@require("organisation.edit")
def give_again(organisation_id: str, key_id: str) -> ResponseReturnValue:
    """Give the badges again that a stolen key signed."""
    giving_again.start(current_node(), organisation_id, key_id, actor_id=current_person_id())
    flash(
        _("The badges are being given again. Each holder gets a mail with the new one."), "success"
    )
    return redirect(url_for("keys.show", organisation_id=organisation_id))


def _key(organisation_id: str, key_id: str) -> "StoredKey":
    for key in key_changes.list_keys(current_node(), organisation_id):
        if key.id == key_id and key.state != "revoked":
            return key
    raise NotFound(mark("There is no such key."))
