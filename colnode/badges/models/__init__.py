"""The tables of badges, one module a subject: what can be earned, how, and what was issued.

A credential's row holds nothing about its holder. Person and credential meet in CredentialHolder,
Offer and Claim alone, whose rows can be erased; a status index stays taken for ever.

Indexes over a part of a table (one waiting offer a person, one open status list a purpose, the set
entries) stand in the migration alone: declaring one imports both dialects at every start.
"""

from colnode.badges.models.achievements import (
    Achievement,
    AchievementState,
    AchievementVersion,
)
from colnode.badges.models.bulk import BulkResult, BulkRun
from colnode.badges.models.credentials import (
    Credential,
    CredentialHolder,
    StatusEntry,
    StatusList,
)
from colnode.badges.models.giving import Claim, ClaimLink, Offer, OfferState

__all__ = [
    "Achievement",
    "AchievementState",
    "AchievementVersion",
    "BulkResult",
    "BulkRun",
    "Claim",
    "ClaimLink",
    "Credential",
    "CredentialHolder",
    "Offer",
    "OfferState",
    "StatusEntry",
    "StatusList",
]
