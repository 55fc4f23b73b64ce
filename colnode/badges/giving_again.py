"""Giving badges again that a stolen key signed: each is signed anew, and its holder is told."""

from typing import TYPE_CHECKING

from colnode import jobs
from colnode.badges import correcting, key_revoking
from colnode.badges.models import Credential
from colnode.errors import NotFound, Refused, _
from colnode.identity import key_changes

if TYPE_CHECKING:
    from colnode.identity.models import StoredKey
    from colnode.node import Node

__all__ = ["GIVE_AGAIN", "give_again", "start"]

GIVE_AGAIN = "badges.give_again"
_AT_ONCE = 100


def start(node: "Node", organisation_id: str, key_id: str, *, actor_id: str) -> None:
    """Let a job give again what a revoked key signed. Raises NotFound, Refused (not revoked)."""
    key = _key(node, organisation_id, key_id)
    if key.state != "revoked":
        raise Refused(_("This key is not revoked: its badges are valid as they are."))
    payload = {"organisation_id": organisation_id, "key_id": key_id, "actor_id": actor_id}
    jobs.enqueue(node, GIVE_AGAIN, payload, key=f"{GIVE_AGAIN}:{key_id}")


def give_again(node: "Node", organisation_id: str, key_id: str, *, actor_id: str) -> None:
    """The job: correct each badge that the key signed, each in a unit of its own.

    Badges of people who left stay as they are. Run again after a kill, it finds those left.
    """
    with node.reading():
        key = _key(node, organisation_id, key_id)
        multikey = key.multikey
    after = ""
    while True:
        with node.reading():
            found = key_revoking.list_signed_by(
                node, organisation_id, multikey, after=after, limit=_AT_ONCE
            )
        for credential_id in found:
            _give_one(node, credential_id, actor_id)
        if not found:
            return
        after = found[-1]


def _give_one(node: "Node", credential_id: str, actor_id: str) -> None:
    try:
        with node.unit():
            told = correcting.told_by(node.db.get_one(Credential, credential_id))
            correcting.correct(
                node,
                credential_id,
                actor_id=actor_id,
                reason=node.translate(
                    _("The key that signed it was stolen."), node.config.main_language
                ),
                narrative=told.narrative,
                evidence=told.evidence,
            )
    except Refused:  # nobody holds it any more, or it was taken back meanwhile
        return


def _key(node: "Node", organisation_id: str, key_id: str) -> "StoredKey":
    for key in key_changes.list_keys(node, organisation_id):
        if key.id == key_id:
            return key
    raise NotFound(_("There is no such key."))
