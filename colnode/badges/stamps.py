"""The stamps of a passport: badges given here and badges from elsewhere, seen alike.

What a holder decides about one badge is here: who sees it, and whether they want to see it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import audit
from colnode.badges import brought, passport, proving, states
from colnode.badges.documents import achievement_url
from colnode.badges.models import (
    UNCHECKED,
    BroughtBadge,
    Credential,
    CredentialHolder,
    PublicPage,
)
from colnode.badges.passport import Held
from colnode.badges.proving import Identities, Proof
from colnode.db import LangMap
from colnode.errors import NotFound, Refused, _
from colnode.identity import organisations
from colnode.openbadges.findings import FindingStatus, Outcome

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Stamp",
    "StampState",
    "Visibility",
    "earned_achievements",
    "get_stamp",
    "has_earned",
    "hide",
    "list_stamps",
    "set_visibility",
    "show_again",
    "state_of_brought",
]


class Visibility(StrEnum):
    """Who sees a badge: its holder, whoever has its address, or visitors of the public page too."""

    PRIVATE = "private"
    LINK = "link"
    PUBLIC = "public"


class StampState(StrEnum):
    """What a stamp's band says; a badge that is in order and proven has none."""

    CHECKING = "checking"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    INVALID = "invalid"
    UNCONFIRMED = "unconfirmed"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Stamp:
    """One badge of a person's. `achievement_id` names the badge of this node that it is of.

    `proof` is what shows that a badge from elsewhere is its holder's; one given here needs none.
    """

    id: str
    address: str
    person_id: str
    name: LangMap
    issuer: LangMap
    earned_at: datetime
    state: StampState | None
    is_from_here: bool
    achievement_id: str | None
    has_picture: bool
    proof: Proof | None
    shared_at: datetime | None
    listed_at: datetime | None
    hidden_at: datetime | None

    @property
    def visibility(self) -> Visibility:
        """Who sees it."""
        if self.shared_at is None:
            return Visibility.PRIVATE
        return Visibility.PUBLIC if self.listed_at is not None else Visibility.LINK

    @property
    def is_shared(self) -> bool:
        """Everybody who has the address sees it."""
        return self.shared_at is not None


def list_stamps(node: "Node", person_id: str) -> Sequence[Stamp]:
    """Every badge of a person, those hidden too, the latest earned first.

    Of one that was corrected, the newest version alone.
    """
    identities = proving.identities_of(node, person_id)
    names = _OrganisationNames(node)
    given = passport.list_credentials(node, person_id)
    corrected = states.corrected(node, [held.credential.id for held in given])
    given = [held for held in given if held.credential.id not in corrected]
    suspended = _suspended(node, given)
    found = [_given(node, held, names, suspended) for held in given]
    found += [_brought(node, badge, identities) for badge in brought.list_brought(node, person_id)]
    return sorted(found, key=lambda stamp: (stamp.earned_at, stamp.id), reverse=True)


def get_stamp(node: "Node", address: str, *, person_id: str) -> Stamp:
    """A person's own badge at an address. Raises NotFound."""
    row = _row(node, address, person_id)
    if isinstance(row, BroughtBadge):
        return _brought(node, row, proving.identities_of(node, person_id))
    held = passport.open_credential(node, address, viewer_id=person_id)
    return _given(node, held, _OrganisationNames(node), _suspended(node, [held]))


def earned_achievements(node: "Node", person_id: str) -> set[str]:
    """The ids (addresses) of what a person has earned, for playlists, rules and requests.

    A badge counts while it stands; one from elsewhere only when it was found valid and is proven
    to be the person's own.
    """
    return {
        achievement_id
        for stamp in list_stamps(node, person_id)
        if stamp.state is None and (achievement_id := _achievement_of(node, stamp)) is not None
    }


def has_earned(earned: Iterable[str], address: str) -> bool:
    """Whether the badge at an address is among those earned, in any of its versions."""
    versions = (f"{address}/", f"{address}#", f"{address}?")
    return any(item == address or item.startswith(versions) for item in earned)


def set_visibility(node: "Node", address: str, *, person_id: str, visibility: Visibility) -> Stamp:
    """Decide who sees a badge; one that is shared is hidden no longer.

    Raises NotFound, and Refused for PUBLIC without a public page.
    """
    row = _row(node, address, person_id)
    if visibility is Visibility.PUBLIC and node.db.get(PublicPage, person_id) is None:
        raise Refused(_("Open your public page first; then badges can stand on it."))
    was_shared = row.shared_at is not None
    is_shared = visibility is not Visibility.PRIVATE
    now = node.clock.now()
    row.shared_at = (row.shared_at or now) if is_shared else None
    row.listed_at = (row.listed_at or now) if visibility is Visibility.PUBLIC else None
    row.hidden_at = None if is_shared else row.hidden_at
    node.db.flush()
    if was_shared != is_shared:
        is_brought = isinstance(row, BroughtBadge)
        audit.record(
            node,
            "badge.shared" if is_shared else "badge.unshared",
            subject_type="brought_badge" if is_brought else "credential",
            subject_id=row.id if isinstance(row, BroughtBadge) else row.credential_id,
            actor_id=person_id,
        )
    return get_stamp(node, address, person_id=person_id)


def hide(node: "Node", address: str, *, person_id: str) -> Stamp:
    """Keep a badge out of one's sight, and private with it. Raises NotFound."""
    set_visibility(node, address, person_id=person_id, visibility=Visibility.PRIVATE)
    row = _row(node, address, person_id)
    row.hidden_at = row.hidden_at or node.clock.now()
    node.db.flush()
    return get_stamp(node, address, person_id=person_id)


def show_again(node: "Node", address: str, *, person_id: str) -> Stamp:
    """Take a hidden badge back into the passport. It stays private. Raises NotFound."""
    _row(node, address, person_id).hidden_at = None
    node.db.flush()
    return get_stamp(node, address, person_id=person_id)


def state_of_brought(badge: BroughtBadge, proof: Proof | None, now: datetime) -> StampState | None:
    """What matters most about a badge from elsewhere, the gravest first."""
    if badge.outcome == UNCHECKED:
        return StampState.CHECKING
    failed = {item["id"] for item in badge.findings if item["status"] == FindingStatus.FAILED}
    for state in (StampState.REVOKED, StampState.SUSPENDED):
        if state in failed:
            return state
    if badge.outcome == Outcome.INVALID and failed - {"expired"}:
        return StampState.INVALID
    if "expired" in failed or (badge.expires_at is not None and badge.expires_at <= now):
        return StampState.EXPIRED
    if proof is None:
        return StampState.UNPROVEN
    return StampState.UNCONFIRMED if badge.outcome != Outcome.VALID else None


class _OrganisationNames:
    """Names of organisations, each asked for once."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._names: dict[str, LangMap] = {}

    def of(self, organisation_id: str) -> LangMap:
        """The organisation's name."""
        if organisation_id not in self._names:
            found = organisations.get_organisation(self._node, organisation_id)
            self._names[organisation_id] = found.name
        return self._names[organisation_id]


def _suspended(node: "Node", given: Sequence[Held]) -> set[str]:
    """The ids of those credentials that are suspended now."""
    entries = states.suspensions(node, [held.credential.id for held in given])
    return {credential_id for credential_id, entry in entries.items() if entry.is_suspended}


def _given(node: "Node", held: Held, names: _OrganisationNames, suspended: set[str]) -> Stamp:
    credential = held.credential
    state = None
    if credential.is_revoked:
        state = StampState.REVOKED
    elif credential.id in suspended:
        state = StampState.SUSPENDED
    elif held.is_expired(node.clock.now()):
        state = StampState.EXPIRED
    return Stamp(
        id=credential.id,
        address=credential.address,
        person_id=held.person_id,
        name=held.achievement.name,
        issuer=names.of(credential.organisation_id),
        earned_at=credential.issued_at,
        state=state,
        is_from_here=True,
        achievement_id=held.achievement.id,
        has_picture=True,
        proof=None,
        shared_at=held.shared_at,
        listed_at=held.listed_at,
        hidden_at=held.hidden_at,
    )


def _brought(node: "Node", badge: BroughtBadge, identities: Identities) -> Stamp:
    proof = proving.proof_of(badge, identities)
    return Stamp(
        id=badge.id,
        address=badge.address,
        person_id=badge.person_id,
        name={"und": badge.name} if badge.name else {},
        issuer={"und": badge.issuer_name or badge.issuer_id or ""},
        earned_at=badge.issued_at or badge.received_at,
        state=state_of_brought(badge, proof, node.clock.now()),
        is_from_here=False,
        achievement_id=None,
        has_picture=badge.has_picture,
        proof=proof,
        shared_at=badge.shared_at,
        listed_at=badge.listed_at,
        hidden_at=badge.hidden_at,
    )


def _achievement_of(node: "Node", stamp: Stamp) -> str | None:
    if stamp.achievement_id is not None:
        return achievement_url(node, stamp.achievement_id)
    return node.db.get_one(BroughtBadge, stamp.id).achievement_id


def _row(node: "Node", address: str, person_id: str) -> CredentialHolder | BroughtBadge:
    """What is kept about a badge of the person's at an address. Raises NotFound."""
    holder = node.db.scalar(
        select(CredentialHolder)
        .join(Credential, Credential.id == CredentialHolder.credential_id)
        .where(Credential.address == address, CredentialHolder.person_id == person_id)
    )
    if holder is not None:
        return holder
    query = select(BroughtBadge).where(BroughtBadge.address == address)
    badge = node.db.scalar(query.where(BroughtBadge.person_id == person_id))
    if badge is None:
        raise NotFound(_("There is no such badge among yours."))
    return badge
