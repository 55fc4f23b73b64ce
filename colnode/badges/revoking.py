"""Taking many badges back at once: every credential is marked, each status list signed once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import defer

from colnode import audit
from colnode.badges import messages, status
from colnode.badges.issuing import check_reason
from colnode.badges.models import Credential
from colnode.badges.telling import tell_holder

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Revoked", "revoke_many"]

_AT_ONCE = 1_000


@dataclass(frozen=True)
class Revoked:
    """What became of the addresses; those already taken back keep their first reason."""

    revoked: tuple[str, ...]
    revoked_before: tuple[str, ...]
    unknown: tuple[str, ...]


def revoke_many(
    node: "Node", addresses: Sequence[str], *, reason: str, actor_id: str | None
) -> Revoked:
    """Take back the badges at these addresses (the unguessable ends), all of them in this unit.

    Holders are told by mail. Twice is the same as once. Raises Invalid without a reason.
    """
    checked = check_reason(reason)
    now = node.clock.now()
    places: list[tuple[str, int]] = []
    revoked: list[str] = []
    before: list[str] = []
    for credential in _locked(node, sorted(set(addresses))):
        if credential.is_revoked:
            before.append(credential.address)
            continue
        revoked.append(credential.address)
        places.append((credential.status_list_id, credential.status_position))
        node.db.execute(
            update(Credential)
            .where(Credential.id == credential.id)
            .values(revoked_at=now, revoked_reason=checked)
        )
        tell_holder(node, credential, messages.send_revoked, reason=checked)
        _note(node, credential, checked, actor_id)
    status.mark_many(node, places)
    unknown = set(addresses) - set(revoked) - set(before)
    return Revoked(tuple(revoked), tuple(before), tuple(sorted(unknown)))


def _locked(node: "Node", addresses: Sequence[str]) -> Iterator[Credential]:
    """The credentials without their documents, locked, some at a time."""
    for start in range(0, len(addresses), _AT_ONCE):
        query = (
            select(Credential)
            .where(Credential.address.in_(addresses[start : start + _AT_ONCE]))
            .order_by(Credential.id)
            .with_for_update()
            .options(defer(Credential.document))
            .execution_options(populate_existing=True)
        )
        yield from node.db.scalars(query).all()


def _note(node: "Node", credential: Credential, reason: str, actor_id: str | None) -> None:
    audit.record(
        node,
        "badge.revoked",
        subject_type="credential",
        subject_id=credential.id,
        actor_id=actor_id,
        reason=reason,
        detail={
            "achievement_id": credential.achievement_id,
            "organisation_id": credential.organisation_id,
        },
    )
    after = node.host.calls.after
    node.after_commit(partial(after, "credential_revoked", node=node, credential_id=credential.id))
