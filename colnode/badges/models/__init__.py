"""The tables of badges, one module a subject: what can be earned, how, and what was issued.

A credential's row holds nothing about its holder. Person and credential meet in CredentialHolder,
Offer, Claim and Application alone, whose rows can be erased; a status index stays taken for ever.

Indexes over a part of a table (one waiting offer a person, one open status list a purpose, the set
entries) stand in the migration alone: declaring one imports both dialects at every start.
"""

from colnode.badges.models.achievements import Achievement, AchievementState
from colnode.badges.models.applications import (
    Application,
    ApplicationState,
    Reviewer,
    ReviewRule,
)
from colnode.badges.models.codes import CodeSheet, PrintedCode
from colnode.badges.models.credentials import (
    Credential,
    CredentialHolder,
    StatusEntry,
    StatusList,
)
from colnode.badges.models.giving import Claim, ClaimLink, Offer, OfferState
from colnode.badges.models.old_copies import OldCopy
from colnode.badges.models.repeats import KeyedCall
from colnode.badges.models.rules import GivingRule, RuleAward
from colnode.badges.models.standing import Correction, IssuingSetting, SuspensionEntry

__all__ = [
    "Achievement",
    "AchievementState",
    "Application",
    "ApplicationState",
    "Claim",
    "ClaimLink",
    "CodeSheet",
    "Correction",
    "Credential",
    "CredentialHolder",
    "GivingRule",
    "IssuingSetting",
    "KeyedCall",
    "Offer",
    "OfferState",
    "OldCopy",
    "PrintedCode",
    "ReviewRule",
    "Reviewer",
    "RuleAward",
    "StatusEntry",
    "StatusList",
    "SuspensionEntry",
]
