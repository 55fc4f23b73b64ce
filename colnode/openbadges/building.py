"""What goes into a badge, as plain frozen data, and the documents made from it.

Nothing here signs or checks; issuing.issue does both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colnode.clock import format_rfc3339
from colnode.openbadges.contexts import CREDENTIALS_V2, OB_3_0_3, OB_EXTENSIONS

__all__ = [
    "AchievementData",
    "Alignment",
    "Evidence",
    "IssuerProfile",
    "Related",
    "Result",
    "ResultDescription",
    "RubricLevel",
    "StatusEntry",
    "Subject",
    "build_credential",
    "build_endorsement",
    "profile_document",
]

Document = dict[str, Any]


@dataclass(frozen=True)
class Alignment:
    """What an achievement corresponds to elsewhere, for example an ESCO skill (OB 3.0 B.1.4)."""

    name: str
    url: str
    framework: str | None = None
    code: str | None = None
    description: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class RubricLevel:
    """One level of a rubric (OB 3.0 B.1.19)."""

    id: str
    name: str
    level: str | None = None
    description: str | None = None
    points: str | None = None


@dataclass(frozen=True)
class ResultDescription:
    """A result that earners can have (OB 3.0 B.1.18). `type` is for example LetterGrade."""

    id: str
    name: str
    type: str
    allowed_values: tuple[str, ...] = ()
    required_value: str | None = None
    required_level: str | None = None
    value_min: str | None = None
    value_max: str | None = None
    levels: tuple[RubricLevel, ...] = ()


@dataclass(frozen=True)
class Result:
    """What this earner reached (OB 3.0 B.1.17); addresses name the description and the level."""

    description_id: str | None = None
    value: str | None = None
    status: str | None = None
    level_id: str | None = None


@dataclass(frozen=True)
class Related:
    """Another achievement that belongs to this one: a version or an edition (OB 3.0 B.1.16)."""

    id: str
    language: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class AchievementData:
    """What can be earned (OB 3.0 B.1.1). Addresses are full ones; texts are in `language`.

    An endorsement is a signed EndorsementCredential: a document, or a VC-JWT as text.
    """

    id: str
    name: str
    description: str
    criteria_narrative: str | None = None
    criteria_url: str | None = None
    image_url: str | None = None
    image_caption: str | None = None
    achievement_type: str | None = None
    tags: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    language: str | None = None
    version: str | None = None
    credits: float | None = None
    field_of_study: str | None = None
    specialization: str | None = None
    human_code: str | None = None
    related: tuple[Related, ...] = ()
    results: tuple[ResultDescription, ...] = ()
    creator: "IssuerProfile | None" = None
    endorsements: tuple[Mapping[str, Any] | str, ...] = ()


@dataclass(frozen=True)
class IssuerProfile:
    """Who issues (OB 3.0 B.1.15). `id` is the did:web."""

    id: str
    name: str
    url: str | None = None
    email: str | None = None
    image_url: str | None = None
    description: str | None = None
    endorsements: tuple[Mapping[str, Any] | str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Who earned it: `id` is a urn:uuid or a DID, never an e-mail address. `name` is optional."""

    id: str
    name: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What shows that it was earned (OB 3.0 B.1.6)."""

    url: str | None = None
    narrative: str | None = None
    name: str | None = None
    description: str | None = None
    genre: str | None = None
    audience: str | None = None


@dataclass(frozen=True)
class StatusEntry:
    """One entry of a bit string status list (Bitstring Status List 1.0 section 2.1)."""

    list_url: str
    index: int
    purpose: str = "revocation"


def build_credential(
    *,
    id: str,
    achievement: AchievementData,
    issuer: IssuerProfile,
    subject: Subject,
    valid_from: datetime,
    valid_until: datetime | None = None,
    awarded_at: datetime | None = None,
    evidence: tuple[Evidence, ...] = (),
    narrative: str | None = None,
    results: tuple[Result, ...] = (),
    credits_earned: float | None = None,
    status: tuple[StatusEntry, ...] = (),
    refresh_url: str | None = None,
    terms_of_use: Mapping[str, Any] | None = None,
    endorsements: tuple[Mapping[str, Any] | str, ...] = (),
) -> Document:
    """The unsigned OpenBadgeCredential; `id` is its address or urn:uuid.

    Source: Open Badges 3.0 appendix B.1.2 (AchievementCredential).
    """
    earned = _some(
        id=subject.id,
        type=["AchievementSubject"],
        identifier=[_identity(subject.name)] if subject.name else None,
        achievement=achievement_document(achievement),
        narrative=narrative,
        result=[_result(result) for result in results],
        creditsEarned=credits_earned,
    )
    envelope = _envelope(id, "OpenBadgeCredential", issuer, valid_from, valid_until)
    if refresh_url is not None:
        envelope["@context"].append(OB_EXTENSIONS)
    return _some(
        **envelope,
        name=achievement.name,
        awardedDate=format_rfc3339(awarded_at) if awarded_at else None,
        credentialSubject=earned,
        evidence=[_evidence(item) for item in evidence],
        **_endorsements(endorsements),
        credentialStatus=_one_or_many([_status(entry) for entry in status]),
        refreshService=_refresh(refresh_url),
        termsOfUse=dict(terms_of_use) if terms_of_use else None,
    )


def build_endorsement(
    *,
    id: str,
    issuer: IssuerProfile,
    subject_id: str,
    comment: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status: tuple[StatusEntry, ...] = (),
) -> Document:
    """The unsigned EndorsementCredential about `subject_id` (OB 3.0 B.1.5)."""
    return _some(
        **_envelope(id, "EndorsementCredential", issuer, valid_from, valid_until),
        credentialSubject={
            "id": subject_id,
            "type": ["EndorsementSubject"],
            "endorsementComment": comment,
        },
        credentialStatus=_one_or_many([_status(entry) for entry in status]),
    )


def achievement_document(achievement: AchievementData) -> Document:
    """The Achievement object."""
    return _some(
        id=achievement.id,
        type=["Achievement"],
        achievementType=achievement.achievement_type,
        name=achievement.name,
        description=achievement.description,
        criteria=_some(id=achievement.criteria_url, narrative=achievement.criteria_narrative),
        image=_image(achievement.image_url, achievement.image_caption),
        alignment=[_alignment(item) for item in achievement.alignments],
        creator=profile_document(achievement.creator) if achievement.creator else None,
        creditsAvailable=achievement.credits,
        fieldOfStudy=achievement.field_of_study,
        humanCode=achievement.human_code,
        inLanguage=achievement.language,
        related=[_related(item) for item in achievement.related],
        resultDescription=[_result_description(item) for item in achievement.results],
        specialization=achievement.specialization,
        tag=list(achievement.tags),
        version=achievement.version,
        **_endorsements(achievement.endorsements),
    )


def profile_document(profile: IssuerProfile) -> Document:
    """The Profile object."""
    return _some(
        id=profile.id,
        type=["Profile"],
        name=profile.name,
        url=profile.url,
        email=profile.email,
        description=profile.description,
        image=_image(profile.image_url, None),
        **_endorsements(profile.endorsements),
    )


def _envelope(
    id: str, kind: str, issuer: IssuerProfile, valid_from: datetime, valid_until: datetime | None
) -> Document:
    return {
        "@context": [CREDENTIALS_V2, OB_3_0_3],
        "id": id,
        "type": ["VerifiableCredential", kind],
        "issuer": profile_document(issuer),
        "validFrom": format_rfc3339(valid_from),
        "validUntil": format_rfc3339(valid_until) if valid_until else None,
    }


def _some(**members: Any) -> Document:
    """The members that say something: no nulls and no empty lists or objects."""
    return {
        name: value
        for name, value in members.items()
        if value is not None and value not in ([], {})
    }


def _endorsements(items: Sequence[Mapping[str, Any] | str]) -> Document:
    """Documents are embedded, tokens stand beside them (OB 3.0 B.1.1 endorsementJwt)."""
    return {
        "endorsement": [dict(item) for item in items if not isinstance(item, str)],
        "endorsementJwt": [item for item in items if isinstance(item, str)],
    }


def _one_or_many(items: list[Document]) -> Document | list[Document] | None:
    return items[0] if len(items) == 1 else items or None


def _image(url: str | None, caption: str | None) -> Document | None:
    return _some(id=url, type="Image", caption=caption) if url else None


def _identity(name: str) -> Document:
    return {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}


def _alignment(item: Alignment) -> Document:
    return _some(
        type=["Alignment"],
        targetName=item.name,
        targetUrl=item.url,
        targetFramework=item.framework,
        targetCode=item.code,
        targetDescription=item.description,
        targetType=item.type,
    )


def _related(item: Related) -> Document:
    return _some(id=item.id, type=["Related"], inLanguage=item.language, version=item.version)


def _result_description(item: ResultDescription) -> Document:
    return _some(
        id=item.id,
        type=["ResultDescription"],
        name=item.name,
        resultType=item.type,
        allowedValue=list(item.allowed_values),
        requiredValue=item.required_value,
        requiredLevel=item.required_level,
        valueMin=item.value_min,
        valueMax=item.value_max,
        rubricCriterionLevel=[
            _some(
                id=level.id,
                type=["RubricCriterionLevel"],
                name=level.name,
                level=level.level,
                description=level.description,
                points=level.points,
            )
            for level in item.levels
        ],
    )


def _result(item: Result) -> Document:
    return _some(
        type=["Result"],
        resultDescription=item.description_id,
        value=item.value,
        status=item.status,
        achievedLevel=item.level_id,
    )


def _evidence(item: Evidence) -> Document:
    return _some(
        id=item.url,
        type=["Evidence"],
        name=item.name,
        narrative=item.narrative,
        description=item.description,
        genre=item.genre,
        audience=item.audience,
    )


def _status(entry: StatusEntry) -> Document:
    return {
        "id": f"{entry.list_url}#{entry.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": entry.purpose,
        "statusListIndex": str(entry.index),
        "statusListCredential": entry.list_url,
    }


def _refresh(url: str | None) -> Document | None:
    return {"id": url, "type": "1EdTechCredentialRefresh"} if url else None
