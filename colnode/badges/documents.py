"""What this node's documents say: issuer profile, achievement, unsigned credential, addresses.

The shapes are the kernel's (colnode.openbadges.building). Texts are in one language, which
`inLanguage` names; nothing here is about a person beyond what the awarder wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colnode.badges.models import Achievement
from colnode.db import LangMap
from colnode.identity import keys
from colnode.openbadges.building import (
    AchievementData,
    Evidence,
    IssuerProfile,
    StatusEntry,
    Subject,
    achievement_document,
    build_credential,
    profile_document,
)
from colnode.openbadges.contexts import CREDENTIALS_V2, OB_3_0_3

if TYPE_CHECKING:
    from colnode.identity.models import Organisation
    from colnode.node import Node

__all__ = [
    "CONTEXTS",
    "REFLECTION",
    "CredentialParts",
    "achievement_data",
    "achievement_url",
    "build",
    "credential_url",
    "image_url",
    "issuer_profile",
    "public_achievement",
    "public_profile",
    "status_list_url",
    "text_in",
]

CONTEXTS = (CREDENTIALS_V2, OB_3_0_3)
REFLECTION = "Reflection"
"""The genre of an evidence's narrative that the learner wrote (Open Badges 3.0 section B.1.6)."""


@dataclass(frozen=True)
class CredentialParts:
    """What one credential says beyond its achievement and issuer.

    `reflection` is the learner's own text, `name` an adult's who chose to be named, `suspension`
    the list and index of the second status entry, `awarded_at` when it was earned if not now.
    """

    address: str
    subject_id: str
    issued_at: datetime
    valid_until: datetime | None
    status_list_id: str
    status_position: int
    language: str
    narrative: str | None = None
    evidence: Sequence[str] = ()
    reflection: str | None = None
    name: str | None = None
    suspension: tuple[str, int] | None = None
    awarded_at: datetime | None = None


def text_in(texts: LangMap, language: str, main_language: str) -> str:
    """The text in the language, else in the main one, else in any, else nothing."""
    return texts.get(language) or texts.get(main_language) or next(iter(texts.values()), "")


def achievement_url(node: "Node", achievement_id: str) -> str:
    """The address that is the achievement's id."""
    return f"{node.config.server.base_url}/badges/{achievement_id}"


def image_url(node: "Node", achievement_id: str) -> str:
    """Where the achievement's image is served as a PNG."""
    return f"{achievement_url(node, achievement_id)}/image.png"


def credential_url(node: "Node", address: str) -> str:
    """The unguessable address that is the credential's id."""
    return f"{node.config.server.base_url}/credentials/{address}"


def status_list_url(node: "Node", status_list_id: str) -> str:
    """The address of a status list credential."""
    return f"{node.config.server.base_url}/status/{status_list_id}"


def issuer_profile(node: "Node", organisation: "Organisation") -> IssuerProfile:
    """The organisation as an issuer, without its e-mail address: a small club's is a person's."""
    main = node.config.main_language
    return IssuerProfile(
        id=keys.did(node, organisation.id),
        name=text_in(organisation.name, main, main),
        url=organisation.url or None,
        description=text_in(organisation.description, main, main) or None,
    )


def achievement_data(
    node: "Node", achievement: Achievement, organisation: "Organisation", *, language: str
) -> AchievementData:
    """The achievement in one language; in its main one when it lacks that."""
    main = achievement.main_language
    chosen = language if language in achievement.name else main
    return AchievementData(
        id=achievement_url(node, achievement.id),
        name=text_in(achievement.name, chosen, main),
        description=text_in(achievement.description, chosen, main),
        criteria_narrative=text_in(achievement.criteria, chosen, main),
        image_url=image_url(node, achievement.id),
        image_caption=text_in(achievement.name, chosen, main),
        achievement_type=achievement.kind,
        tags=tuple(achievement.tags),
        language=chosen,
        creator=issuer_profile(node, organisation),
    )


def public_profile(node: "Node", organisation: "Organisation") -> dict[str, Any]:
    """The Profile document of an issuer (Open Badges 3.0 section B.1.15)."""
    profile = profile_document(issuer_profile(node, organisation))
    return {"@context": list(CONTEXTS), **profile}


def public_achievement(
    node: "Node", achievement: Achievement, organisation: "Organisation", *, language: str
) -> dict[str, Any]:
    """The Achievement document in one language (Open Badges 3.0 section B.1.1)."""
    data = achievement_data(node, achievement, organisation, language=language)
    return {"@context": list(CONTEXTS), **achievement_document(data)}


def build(
    node: "Node", achievement: Achievement, organisation: "Organisation", parts: CredentialParts
) -> dict[str, Any]:
    """The OpenBadgeCredential (section B.1.2) before it is signed."""
    evidence = [Evidence(url=url) for url in parts.evidence]
    if parts.reflection:
        evidence.append(Evidence(narrative=parts.reflection, genre=REFLECTION))
    return build_credential(
        id=credential_url(node, parts.address),
        achievement=achievement_data(node, achievement, organisation, language=parts.language),
        issuer=issuer_profile(node, organisation),
        subject=Subject(parts.subject_id, name=parts.name),
        valid_from=parts.issued_at,
        valid_until=parts.valid_until,
        awarded_at=parts.awarded_at or parts.issued_at,
        narrative=parts.narrative,
        evidence=tuple(evidence),
        status=_status_entries(node, parts),
    )


def _status_entries(node: "Node", parts: CredentialParts) -> tuple[StatusEntry, ...]:
    """Revocation first; suspension beside it where the organisation uses it."""
    entry = StatusEntry(status_list_url(node, parts.status_list_id), parts.status_position)
    if parts.suspension is None:
        return (entry,)
    list_id, position = parts.suspension
    return (entry, StatusEntry(status_list_url(node, list_id), position, purpose="suspension"))
