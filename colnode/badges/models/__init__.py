"""The tables of badges, one module a subject: what can be earned, how, and what was issued.

A credential's row holds nothing about its holder. Person and credential meet in CredentialHolder,
Offer, Claim and Application alone, whose rows can be erased; a status index stays taken for ever.
What people bring in and how they show it is in tables of their own (passport.py).

Indexes over a part of a table (one waiting offer a person, one open status list a purpose, the set
entries) stand in the migration alone: declaring one imports both dialects at every start.
"""

from colnode.badges.models.achievements import (
    Achievement,
    AchievementState,
    AchievementVersion,
)
from colnode.badges.models.applications import (
    Application,
    ApplicationFile,
    ApplicationState,
    Reviewer,
    ReviewRule,
)
from colnode.badges.models.bulk import BulkResult, BulkRun
from colnode.badges.models.codes import CodeSheet, PrintedCode
from colnode.badges.models.completing import CompletedRecord
from colnode.badges.models.credentials import (
    Credential,
    CredentialHolder,
    StatusEntry,
    StatusList,
)
from colnode.badges.models.giving import Claim, ClaimLink, Offer, OfferState
from colnode.badges.models.old_copies import OldCopy
from colnode.badges.models.passport import (
    UNCHECKED,
    BroughtBadge,
    Collection,
    CollectionItem,
    HolderDid,
    PublicPage,
)
from colnode.badges.models.repeats import KeyedCall
from colnode.badges.models.rules import GivingRule, RuleAward
from colnode.badges.models.standing import Correction, IssuingSetting, SuspensionEntry

__all__ = [
    "UNCHECKED",
    "Achievement",
    "AchievementState",
    "AchievementVersion",
    "Application",
    "ApplicationFile",
    "ApplicationState",
    "BroughtBadge",
    "BulkResult",
    "BulkRun",
    "Claim",
    "ClaimLink",
    "CodeSheet",
    "Collection",
    "CollectionItem",
    "CompletedRecord",
    "Correction",
    "Credential",
    "CredentialHolder",
    "GivingRule",
    "HolderDid",
    "IssuingSetting",
    "KeyedCall",
    "Offer",
    "OfferState",
    "OldCopy",
    "PrintedCode",
    "PublicPage",
    "ReviewRule",
    "Reviewer",
    "RuleAward",
    "StatusEntry",
    "StatusList",
    "SuspensionEntry",
]
