"""The tables of badges, one module a subject: what can be earned, how, and what was issued.

A credential's row holds nothing about its holder. Person and credential meet in CredentialHolder,
Offer and Claim alone, whose rows can be erased; a status index stays taken for ever. What people
bring in and how they show it is in tables of their own (passport.py).

Indexes over a part of a table (one waiting offer a person, one open status list a purpose, the set
entries) stand in the migration alone: declaring one imports both dialects at every start.
"""

from colnode.badges.models.achievements import Achievement, AchievementState
from colnode.badges.models.credentials import (
    Credential,
    CredentialHolder,
    StatusEntry,
    StatusList,
)
from colnode.badges.models.giving import Claim, ClaimLink, Offer, OfferState
from colnode.badges.models.passport import (
    UNCHECKED,
    BroughtBadge,
    Collection,
    CollectionItem,
    HolderDid,
    PublicPage,
)

__all__ = [
    "UNCHECKED",
    "Achievement",
    "AchievementState",
    "BroughtBadge",
    "Claim",
    "ClaimLink",
    "Collection",
    "CollectionItem",
    "Credential",
    "CredentialHolder",
    "HolderDid",
    "Offer",
    "OfferState",
    "PublicPage",
    "StatusEntry",
    "StatusList",
]
