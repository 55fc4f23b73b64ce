"""Who stands behind something: endorsements of this and other cities that count now, as shown.

One of another city counts when its record is there, the check of its signature, key and status
found it valid, its issuer is a verified organisation of that city, and it is about this very thing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from colnode.plugin import LangMap, Node, catalogue, did_of, organisations
from colnode_endorsement.giving import endorsement_url, stands
from colnode_endorsement.models import Checked, Given, Held
from colnode_endorsement.states import Kind, Outcome, State
from colnode_endorsement.subjects import Subject

__all__ = [
    "Standing",
    "behind",
    "documents_behind",
    "every_public",
    "is_sound",
    "of_given",
    "of_held",
    "of_record",
    "text_digest",
]

RECORD = "endorsement"


@dataclass(frozen=True)
class Standing:
    """One endorsement as pages and programs see it.

    `is_changed`: what it is about says something else now, and the endorser has not confirmed.
    `city` is None for this one. `document` is the signed EndorsementCredential.
    """

    endorser: LangMap
    endorser_id: str
    endorser_did: str
    endorser_url: str
    comment: str
    opportunity: str
    opportunity_url: str
    valid_until: datetime | None
    signed_at: datetime
    url: str
    page_url: str
    about: str
    about_name: LangMap
    kind: str
    document: Mapping[str, Any]
    is_receipt: bool = False
    is_changed: bool = False
    endorsed_digest: str | None = None
    origin: str = catalogue.OWN
    city: LangMap | None = None


def behind(node: Node, subject: Subject) -> list[Standing]:
    """Who stands behind a badge or an organisation, those that still fit first, oldest first."""
    found = [*_own(node, subject), *_foreign(node, subject)]
    return sorted(found, key=lambda item: (item.is_changed, item.signed_at, item.url))


def documents_behind(node: Node, subject: Subject, *, most: int) -> list[Mapping[str, Any]]:
    """The signed documents to embed: those that fit what the subject says now."""
    return [item.document for item in behind(node, subject) if not item.is_changed][:most]


def _own(node: Node, subject: Subject) -> Iterator[Standing]:
    query = select(Given).where(Given.about == subject.reference, Given.state == State.SIGNED)
    for given in node.db.scalars(query):
        shown = of_given(node, given, digest=subject.digest)
        if shown is not None and shown.endorser_did != subject.owner_did:
            yield shown


def _foreign(node: Node, subject: Subject) -> Iterator[Standing]:
    query = select(Checked).where(
        Checked.about == subject.reference, Checked.outcome == Outcome.VALID
    )
    for checked in node.db.scalars(query):
        record = catalogue.get(node, checked.origin, checked.record_id, record_type=RECORD)
        if record is None or text_digest(record.body["document"]) != checked.digest:
            continue
        shown = of_record(node, record, digest=subject.digest)
        if shown is None or shown.endorser_did == subject.owner_did:
            continue
        if record.body["document"]["credentialSubject"]["id"] == subject.id:
            yield shown


def of_given(node: Node, given: Given, *, digest: str | None = None) -> Standing | None:
    """One of this city, None unless it is in force and its endorser is verified."""
    organisation = organisations.get_organisation(node, given.organisation_id)
    if not stands(given, node.clock.now()) or not organisation.is_verified:
        return None
    assert given.document is not None
    assert given.signed_at is not None
    return Standing(
        endorser=organisation.name,
        endorser_id=organisation.id,
        endorser_did=did_of(node, organisation.id),
        endorser_url=f"/organisations/{organisation.slug}",
        comment=given.comment,
        opportunity=given.opportunity,
        opportunity_url=given.opportunity_url,
        valid_until=given.valid_until,
        signed_at=given.signed_at,
        url=endorsement_url(node, given.address),
        page_url=f"/endorsements/{given.address}",
        about=given.about,
        about_name=given.about_name,
        kind=given.kind,
        document=json.loads(given.document),
        is_receipt=given.is_receipt,
        is_changed=digest is not None and digest != given.digest,
        endorsed_digest=given.digest,
    )


def of_record(
    node: Node, record: catalogue.RecordView, *, digest: str | None = None
) -> Standing | None:
    """One of another city, None when it is over or its issuer is nobody whom that city verified.

    Its signature is not looked at here: `Checked` says what the check found.
    """
    body = record.body
    document = body["document"]
    until = _moment(document.get("validUntil"))
    endorser = catalogue.get(
        node, record.origin, body["organisation"], record_type=Kind.ORGANISATION
    )
    if endorser is None or endorser.body["@id"] != document["issuer"]["id"]:
        return None
    if until is not None and until <= node.clock.now():
        return None
    opportunity = body.get("opportunity", {})
    return Standing(
        endorser=endorser.title,
        endorser_id=endorser.id,
        endorser_did=document["issuer"]["id"],
        endorser_url=f"/cities/{record.origin}/organisation/{endorser.id}",
        comment=body.get("comment", ""),
        opportunity=opportunity.get("name", ""),
        opportunity_url=opportunity.get("url", ""),
        valid_until=until,
        signed_at=datetime.fromisoformat(document["validFrom"]),
        url=document["id"],
        page_url=f"/cities/{record.origin}/{RECORD}/{record.id}",
        about=body["about"],
        about_name=body["aboutName"],
        kind=body["about"].split("/")[1],
        document=document,
        is_changed=digest is not None and digest != body["digest"],
        endorsed_digest=body["digest"],
        origin=record.origin,
        city=record.origin_name,
    )


def of_held(node: Node, held: Held) -> Standing | None:
    """One of a person's badge, None while it is not proven to be in force."""
    if held.document is None or held.outcome != Outcome.VALID:
        return None
    given = node.db.get(Given, held.given_id) if held.given_id else None
    if given is not None:
        return of_given(node, given)
    document = json.loads(held.document)
    until = _moment(document.get("validUntil"))
    if until is not None and until <= node.clock.now():
        return None
    main, issuer = node.config.main_language, document["issuer"]
    return Standing(
        endorser={main: issuer.get("name", issuer["id"])},
        endorser_id="",
        endorser_did=issuer["id"],
        endorser_url=issuer.get("url", ""),
        comment=document["credentialSubject"].get("endorsementComment", ""),
        opportunity="",
        opportunity_url="",
        valid_until=until,
        signed_at=datetime.fromisoformat(document["validFrom"]),
        url=held.source_url,
        page_url=held.source_url,
        about=held.about,
        about_name={},
        kind=Kind.CREDENTIAL,
        document=document,
    )


def is_sound(node: Node, record: catalogue.RecordView) -> bool:
    """Whether the check found a record of another city valid as it is now."""
    checked = node.db.get(Checked, (record.origin, record.id))
    return (
        checked is not None
        and checked.outcome == Outcome.VALID
        and checked.digest == text_digest(record.body["document"])
    )


def every_public(node: Node, *, most: int = 1_000) -> list[Standing]:
    """All endorsements of badges and organisations that count, of this and other cities."""
    query = select(Given).where(Given.state == State.SIGNED, Given.kind != Kind.CREDENTIAL)
    own = (of_given(node, given) for given in node.db.scalars(query.limit(most)))
    return [*(item for item in own if item is not None), *_every_foreign(node, most)]


def _every_foreign(node: Node, most: int) -> Iterator[Standing]:
    query = select(Checked).where(Checked.outcome == Outcome.VALID).limit(most)
    for checked in node.db.scalars(query):
        record = catalogue.get(node, checked.origin, checked.record_id, record_type=RECORD)
        if record is None or text_digest(record.body["document"]) != checked.digest:
            continue
        shown = of_record(node, record)
        if shown is not None:
            yield shown


def text_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document as sorted compact JSON: whether it is the one that was checked."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
