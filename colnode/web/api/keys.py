"""Keys of an organisation over the API: list, renew, retire, revoke, and give its badges again."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic import BaseModel

from colnode.badges import giving_again, key_revoking
from colnode.identity import key_changes
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

if TYPE_CHECKING:
    from colnode.identity.models import StoredKey

__all__ = ["bp"]

bp = Blueprint("api_keys", __name__)


class KeyItem(BaseModel):
    """A key: ed25519 or p256; active (signs), retired (signed) or revoked (somebody may have it).

    `badge_count` are badges that stand and that a revoked key signed; null for the others.
    """

    id: str
    kind: str
    multikey: str
    state: str
    created_at: datetime
    ended_at: datetime | None
    badge_count: int | None


class KeyList(BaseModel):
    """Keys, the newest first."""

    items: list[KeyItem]


class KeyReason(BaseModel):
    """Why the key ends; kept for whoever looks into it later."""

    reason: str


def _item(key: "StoredKey") -> KeyItem:
    count = None
    if key.state == "revoked":
        count = key_revoking.count_signed_by(current_node(), key.owner_id, key.multikey)
    return KeyItem(
        id=key.id,
        kind=key.kind,
        multikey=key.multikey,
        state=key.state,
        created_at=key.created_at,
        ended_at=key.retired_at,
        badge_count=count,
    )


@bp.route("/organisations/<organisation_id>/keys")
@require("organisation.edit")
@operation(tag="keys", response=KeyList)
def list_keys(organisation_id: str) -> KeyList:
    """List the keys that the organisation signs with, and signed with before."""
    found = key_changes.list_keys(current_node(), organisation_id)
    return KeyList(items=[_item(key) for key in found])


@bp.route("/organisations/<organisation_id>/keys/rotate", methods=["POST"])
@require("organisation.edit")
@operation(tag="keys", response=KeyList)
def rotate(organisation_id: str) -> KeyList:
    """Make new keys; those in use retire, and what they signed stays valid. Gives the new ones."""
    made = key_changes.rotate(current_node(), organisation_id, actor_id=current_person_id())
    return KeyList(items=[_item(key) for key in made])


@bp.route("/organisations/<organisation_id>/keys/<key_id>/retire", methods=["POST"])
@require("organisation.edit")
@operation(tag="keys", response=KeyItem)
def retire(organisation_id: str, key_id: str) -> KeyItem:
    """Stop signing with one key; what it signed stays valid."""
    return _item(
        key_changes.retire(current_node(), organisation_id, key_id, actor_id=current_person_id())
    )


@bp.route("/organisations/<organisation_id>/keys/<key_id>/revoke", methods=["POST"])
@require("organisation.edit")
@operation(tag="keys", body=KeyReason, response=KeyItem)
def revoke(organisation_id: str, key_id: str, json: KeyReason) -> KeyItem:
    """Say that somebody else may have a key; what it signed is in doubt until it is given again."""
    return _item(
        key_revoking.revoke_key(
            current_node(),
            organisation_id,
            key_id,
            actor_id=current_person_id(),
            reason=json.reason,
        )
    )


@bp.route("/organisations/<organisation_id>/keys/<key_id>/give-again", methods=["POST"])
@require("organisation.edit")
@operation(tag="keys", status=204)
def give_again(organisation_id: str, key_id: str) -> None:
    """Give again, in the background, the badges that a revoked key signed."""
    giving_again.start(current_node(), organisation_id, key_id, actor_id=current_person_id())
