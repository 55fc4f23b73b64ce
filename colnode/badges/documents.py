"""What this node's documents say: issuer profile, achievement, unsigned credential, addresses.

The shapes are the kernel's (colnode.openbadges.building). Texts are in one language, which
`inLanguage` names; nothing here is about a person beyond what the awarder wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colnode.badges.models import Achievement
from colnode.badges.more import from_json
from colnode.badges.more_documents import alignments_of, result_descriptions
from colnode.db import LangMap
from colnode.identity import keys
from colnode.openbadges.alike import Place
from colnode.openbadges.building import (
    AchievementData,
    Evidence,
    IssuerProfile,
    Related,
    Result,
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
    "edition_url",
    "image_url",
    "issuer_profile",
    "places_that_vary",
    "public_achievement",
    "public_profile",
    "status_list_url",
    "text_in",
    "texts_that_vary",
    "version_url",
]

CONTEXTS = (CREDENTIALS_V2, OB_3_0_3)
REFLECTION = "Reflection"
"""The genre of an evidence's narrative that the learner wrote (Open Badges 3.0 section B.1.6)."""


@dataclass(frozen=True)
class CredentialParts:
    """What one credential says beyond its achievement and issuer.

    `reflection` is the learner's own text, `name` an adult's who chose to be named, `suspension`
    the list and index of the second status entry, `awarded_at` when it was earned if not now,
    `endorsements` signed ones of the achievement or its issuer.
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
    results: Sequence[Result] = ()
    endorsements: Sequence[Mapping[str, Any]] = ()


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
    more = from_json(achievement.more)
    url = achievement_url(node, achievement.id)
    return AchievementData(
        id=url,
        name=text_in(achievement.name, chosen, main),
        description=text_in(achievement.description, chosen, main),
        criteria_narrative=text_in(achievement.criteria, chosen, main),
        image_url=image_url(node, achievement.id),
        image_caption=text_in(achievement.name, chosen, main),
        achievement_type=achievement.kind,
        tags=tuple(achievement.tags),
        language=chosen,
        version=str(achievement.version),
        alignments=alignments_of(more),
        results=result_descriptions(more, url),
        credits=more.credits,
        field_of_study=more.field_of_study,
        specialization=more.specialization,
        human_code=more.human_code,
        related=_related(achievement, url, chosen),
        creator=issuer_profile(node, organisation),
    )


def edition_url(url: str, language: str) -> str:
    """The address of an achievement's document in one language; `url` is the achievement's."""
    return f"{url}.json?language={language}"


def version_url(url: str, number: int) -> str:
    """The address of one version of an achievement; `url` is the achievement's."""
    return f"{url}/versions/{number}"


def _related(achievement: Achievement, url: str, language: str) -> tuple[Related, ...]:
    """Its editions in other languages, the version before, and what the organiser named."""
    editions = [
        Related(edition_url(url, other), language=other)
        for other in sorted(achievement.name)
        if other != language
    ]
    if achievement.version > 1:
        before = achievement.version - 1
        editions.append(Related(version_url(url, before), version=str(before)))
    more = from_json(achievement.more)
    named = [*more.related, *([more.source.url] if more.source else ())]
    return (*editions, *(Related(other) for other in named))


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
    about = achievement_data(node, achievement, organisation, language=parts.language)
    issuer = issuer_profile(node, organisation)
    if parts.endorsements:
        about = replace(about, endorsements=_about(parts.endorsements, about.id))
        issuer = replace(issuer, endorsements=_about(parts.endorsements, issuer.id))
    return build_credential(
        id=credential_url(node, parts.address),
        achievement=about,
        issuer=issuer,
        subject=Subject(parts.subject_id, name=parts.name),
        valid_from=parts.issued_at,
        valid_until=parts.valid_until,
        awarded_at=parts.awarded_at or parts.issued_at,
        narrative=parts.narrative,
        results=tuple(parts.results),
        evidence=tuple(evidence),
        status=_status_entries(node, parts),
    )


def _about(endorsements: Sequence[Mapping[str, Any]], id: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(item for item in endorsements if item["credentialSubject"]["id"] == id)


def _status_entries(node: "Node", parts: CredentialParts) -> tuple[StatusEntry, ...]:
    """Revocation first; suspension beside it where the organisation uses it."""
    entry = StatusEntry(status_list_url(node, parts.status_list_id), parts.status_position)
    if parts.suspension is None:
        return (entry,)
    list_id, position = parts.suspension
    return (entry, StatusEntry(status_list_url(node, list_id), position, purpose="suspension"))


def places_that_vary(document: Mapping[str, Any]) -> list[Place]:
    """Where documents of `build` differ from holder to holder, if all else in them is the same."""
    entries = document["credentialStatus"]
    count = len(entries) if isinstance(entries, list) else 0
    within: list[Place] = [(number,) for number in range(count)] or [()]
    return [
        ("id",),
        ("credentialSubject", "id"),
        *(
            ("credentialStatus", *place, name)
            for place in within
            for name in ("id", "statusListIndex", "statusListCredential")
        ),
    ]


def texts_that_vary(
    node: "Node", *, address: str, subject_id: str, entries: Sequence[tuple[str, int]]
) -> list[str]:
    """The texts at `places_that_vary`; `entries` are list id and index of each status entry."""
    texts = [credential_url(node, address), subject_id]
    for list_id, position in entries:
        url = status_list_url(node, list_id)
        texts += [f"{url}#{position}", str(position), url]
    return texts
