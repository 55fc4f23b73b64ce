"""Plain values of this room that plugins are given; importing them imports nothing heavy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.db import LangMap

__all__ = ["EarnedBadge", "SignedEndorsement"]


@dataclass(frozen=True)
class EarnedBadge:
    """An earned badge. `url` is its id, `address` the unguessable end of it."""

    id: str
    address: str
    url: str
    name: LangMap
    holder_id: str
    achievement_id: str
    organisation_id: str
    is_shared: bool
    is_revoked: bool
    document: Mapping[str, Any]


@dataclass(frozen=True)
class SignedEndorsement:
    """A signed EndorsementCredential as it is kept, and the place of its status entry."""

    document: str
    status_list_id: str
    status_position: int
