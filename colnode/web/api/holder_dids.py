"""Proving over the API that one controls a DID, for badges that were given to it."""

import json as json_text
from datetime import datetime
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field, RootModel

from colnode.badges import holder_dids
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, reads_only, require

__all__ = ["bp"]

bp = Blueprint("api_holder_dids", __name__)


class DidRequest(BaseModel):
    """A DID: did:key, did:jwk or did:web."""

    did: str = Field(min_length=5, max_length=500, pattern="^did:")


class ToSign(RootModel[dict[str, Any]]):
    """A presentation for the controller of the DID to sign, good for half an hour."""


class SignedRequest(BaseModel):
    """The signed presentation, as JSON or as a JWT."""

    presentation: dict[str, Any] | str


class DidItem(BaseModel):
    """A DID of the account."""

    did: str
    proven_at: datetime


class ProvenItem(BaseModel):
    """The DID that was proven; it is on the account when the answer is there."""

    did: str


class DidList(BaseModel):
    """One's DIDs, the first proven first."""

    items: list[DidItem]


@bp.route("/me/dids")
@require("account.use")
@operation(tag="my badges", response=DidList)
def list_dids() -> DidList:
    """List the DIDs that one has proven."""
    found = holder_dids.list_dids(current_node(), current_person_id())
    return DidList(items=[DidItem(did=item.did, proven_at=item.proven_at) for item in found])


@bp.route("/me/dids/to-sign", methods=["POST"])
@require("account.use")
@reads_only
@operation(tag="my badges", body=DidRequest, response=ToSign)
def to_sign(json: DidRequest) -> ToSign:
    """Ask for what the controller of a DID has to sign."""
    return ToSign(holder_dids.to_sign(current_node(), current_person_id(), holder=json.did))


@bp.route("/me/dids", methods=["POST"])
@require("account.use")
@reads_only
@operation(tag="my badges", body=SignedRequest, response=ProvenItem, status=201)
def prove(json: SignedRequest) -> ProvenItem:
    """Prove a DID. A did:web is asked, so nothing is locked while it is."""
    node, person_id = current_node(), current_person_id()
    given = json.presentation
    text = given if isinstance(given, str) else json_text.dumps(given, ensure_ascii=False)
    did = holder_dids.check(node, text.encode("utf-8", "surrogatepass"), person_id=person_id)
    node.at_end(lambda: holder_dids.remember(node, did, person_id=person_id))
    return ProvenItem(did=did)


@bp.route("/me/dids/remove", methods=["POST"])
@require("account.use")
@operation(tag="my badges", body=DidRequest)
def remove(json: DidRequest) -> None:
    """Take a DID off the account."""
    holder_dids.forget(current_node(), json.did, person_id=current_person_id())
