"""Which kind of credential a document is, and whether it names the contexts that kind must have."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from colnode.openbadges import contexts
from colnode.openbadges.did import as_list

__all__ = ["ContextProblem", "Kind", "context_problem", "is_v1", "kind_of", "schema_name"]


class Kind(StrEnum):
    """What a document is."""

    BADGE = "badge"
    ENDORSEMENT = "endorsement"
    RECORD = "clr"
    STATUS_LIST = "status_list"
    OTHER = "other"
    BADGE_2 = "badge_2"


class ContextProblem(StrEnum):
    """Why the contexts do not do."""

    MISSING = "context_missing"
    UNKNOWN = "context_unknown"


_TYPES = {
    "OpenBadgeCredential": Kind.BADGE,
    "AchievementCredential": Kind.BADGE,
    "EndorsementCredential": Kind.ENDORSEMENT,
    "ClrCredential": Kind.RECORD,
    "BitstringStatusListCredential": Kind.STATUS_LIST,
}
_SCHEMAS = {
    Kind.BADGE: "AchievementCredential",
    Kind.ENDORSEMENT: "EndorsementCredential",
    Kind.RECORD: "ClrCredential",
    Kind.STATUS_LIST: "BitstringStatusListCredential",
    Kind.OTHER: "VerifiableCredential",
}


def kind_of(credential: Mapping[str, Any]) -> Kind:
    """The kind by the credential's type; OTHER when it has none of ours."""
    types = as_list(credential.get("type"))
    for name, kind in _TYPES.items():
        if name in types:
            return kind
    return Kind.OTHER


def schema_name(credential: Mapping[str, Any]) -> str:
    """The name of the schema for this kind of credential."""
    return _SCHEMAS[kind_of(credential)]


def is_v1(credential: Mapping[str, Any]) -> bool:
    """Whether it follows the VC Data Model 1.1 rather than 2.0."""
    return as_list(credential.get("@context"))[:1] == [contexts.CREDENTIALS_V1]


def context_problem(credential: Mapping[str, Any]) -> ContextProblem | None:
    """MISSING when a required context is absent or out of order, UNKNOWN when it is a draft's.

    First the Verifiable Credentials context, then that of the kind: Open Badges, or Comprehensive
    Learner Record and Open Badges, which issuers write in either order. A status list and another
    credential need only the first. Source: Open Badges 3.0 appendix A.2 and B.1.2, VC Data Model
    2.0 section 4.3.
    """
    used = [url if isinstance(url, str) else "" for url in as_list(credential.get("@context"))]
    if used[:1] not in ([contexts.CREDENTIALS_V2], [contexts.CREDENTIALS_V1]):
        return ContextProblem.MISSING
    kind = kind_of(credential)
    rest = used[1:]
    if kind is Kind.RECORD:
        if contexts.CLR_CONTEXTS.isdisjoint(rest[:2]):
            return ContextProblem.MISSING
        rest = [url for url in rest[:2] if url not in contexts.CLR_CONTEXTS]
    if kind in (Kind.STATUS_LIST, Kind.OTHER):
        return None
    if rest and rest[0] in contexts.DRAFT_OB_CONTEXTS:
        return ContextProblem.UNKNOWN
    if not rest or rest[0] not in contexts.OB_CONTEXTS:
        return ContextProblem.MISSING
    return None
