"""How a credential stands beside revocation: its suspension entry, and what took its place.

Reading and keeping only; suspending.py and correcting.py act.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.badges import status
from colnode.badges.models import Correction, Credential, IssuingSetting, SuspensionEntry
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "allocate",
    "corrected",
    "current_of",
    "has_suspension",
    "remember",
    "replacement_of",
    "set_suspension",
    "suspensions",
]


def has_suspension(node: "Node", organisation_id: str) -> bool:
    """Whether badges that the organisation gives from now on can be suspended."""
    setting = node.db.get(IssuingSetting, organisation_id)
    return setting is not None and setting.has_suspension


def set_suspension(node: "Node", organisation_id: str, *, is_on: bool, actor_id: str) -> None:
    """Turn suspension on or off for what is given from now on; given badges keep their entries.

    Raises NotFound.
    """
    organisations.get_organisation(node, organisation_id)
    if has_suspension(node, organisation_id) == is_on:
        return
    node.db.merge(IssuingSetting(organisation_id=organisation_id, has_suspension=is_on))
    node.db.flush()
    audit.record(
        node,
        "organisation.suspension_on" if is_on else "organisation.suspension_off",
        subject_type="organisation",
        subject_id=organisation_id,
        actor_id=actor_id,
    )


def allocate(node: "Node", organisation_id: str) -> tuple[str, int] | None:
    """List and index of a suspension entry, None where the organisation doesn't use it."""
    if not has_suspension(node, organisation_id):
        return None
    return status.allocate(node, organisation_id, purpose="suspension")


def remember(node: "Node", credential_id: str, entry: tuple[str, int]) -> None:
    """Keep which suspension entry the credential, which is stored already, was signed with."""
    status_list_id, position = entry
    node.db.add(
        SuspensionEntry(
            credential_id=credential_id, status_list_id=status_list_id, position=position
        )
    )
    node.db.flush()


def suspensions(node: "Node", credential_ids: Collection[str]) -> Mapping[str, SuspensionEntry]:
    """The suspension entries of those of the credentials that have one."""
    query = select(SuspensionEntry).where(SuspensionEntry.credential_id.in_(credential_ids))
    return {entry.credential_id: entry for entry in node.db.scalars(query)}


def replacement_of(node: "Node", credential_id: str) -> Credential | None:
    """What took the credential's place, None when it was not corrected."""
    correction = node.db.get(Correction, credential_id)
    return node.db.get_one(Credential, correction.new_credential_id) if correction else None


def corrected(node: "Node", credential_ids: Collection[str]) -> set[str]:
    """Those of the credentials that a corrected one took the place of."""
    query = select(Correction.old_credential_id)
    return set(node.db.scalars(query.where(Correction.old_credential_id.in_(credential_ids))))


def current_of(node: "Node", credential: Credential) -> Credential:
    """The credential itself, or the last correction of it."""
    while (newer := replacement_of(node, credential.id)) is not None:
        credential = newer
    return credential
