"""What can be endorsed: a badge or an organisation of any city, and one person's earned badge."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.plugin import EarnedBadge, LangMap, Node, NotFound, _, catalogue, did_of, find_earned
from colnode_endorsement.states import Kind

__all__ = ["Subject", "digest_of", "find_subject", "of_earned", "of_record", "reference_of"]

# How it looks, where it is and how its issuer is described may change without a new judgement.
_MEMBERS = {
    Kind.ACHIEVEMENT: (
        "name",
        "description",
        "criteria",
        "achievementType",
        "translations",
        "alignment",
        "resultDescription",
        "creditsAvailable",
        "fieldOfStudy",
        "specialization",
    ),
    Kind.ORGANISATION: ("name", "description", "url"),
}


@dataclass(frozen=True)
class Subject:
    """Something to endorse. `id` is what an endorsement names, `reference` what this site uses.

    `owner_did` is who must not endorse it, `owner_id` the same as an organisation of this city.
    """

    kind: Kind
    reference: str
    id: str
    name: LangMap
    owner_did: str
    owner_id: str | None = None
    holder_id: str | None = None
    credential_id: str | None = None
    digest: str | None = None
    page_url: str = ""
    city: LangMap | None = None


def reference_of(node: Node, origin: str, kind: str, record_id: str) -> str:
    """How an organisation's or badge's record is named, with a node id and never `self`."""
    return f"{node.id if origin == catalogue.OWN else origin}/{kind}/{record_id}"


def find_subject(node: Node, about: str, *, viewer_id: str | None = None) -> Subject:
    """What a reference `NODE/type/ID` or the address of an earned badge means.

    Raises NotFound for what is not published, or not shown to the viewer.
    """
    about = _as_reference(node, about)
    if "://" in about:
        return of_earned(node, find_earned(node, about, viewer_id=viewer_id))
    origin, _slash, rest = about.partition("/")
    kind, _slash, record_id = rest.partition("/")
    if kind in (Kind.ACHIEVEMENT, Kind.ORGANISATION):
        where = catalogue.OWN if origin == node.id else origin
        record = catalogue.get(node, where, record_id, record_type=kind)
        if record is not None:
            return of_record(node, record)
    raise NotFound(_("This is not offered, or not any more."))


def _as_reference(node: Node, about: str) -> str:
    """The reference of a badge or an organisation that is given by its address in this city."""
    base = node.config.server.base_url
    for path, kind in (
        (f"{base}/badges/", Kind.ACHIEVEMENT),
        (f"{base}/organisations/id/", Kind.ORGANISATION),
    ):
        if about.startswith(path):
            return f"{node.id}/{kind}/{about.removeprefix(path)}"
    return about


def of_record(node: Node, record: catalogue.RecordView) -> Subject:
    """A published badge or organisation."""
    kind, body = Kind(record.type), record.body
    is_badge = kind is Kind.ACHIEVEMENT
    organisation_id = body["organisation"] if is_badge else record.id
    page = f"/cities/{record.origin}/{record.type}/{record.id}"
    if record.is_own:
        page = f"/badges/{record.id}" if is_badge else f"/organisations/id/{record.id}"
    return Subject(
        kind=kind,
        reference=reference_of(node, record.origin, record.type, record.id),
        id=body["id"] if is_badge else body["@id"],
        name=record.title,
        owner_did=body["creator"]["id"] if is_badge else body["@id"],
        owner_id=organisation_id if record.is_own else None,
        digest=digest_of(kind, body),
        page_url=page,
        city=None if record.is_own else record.origin_name,
    )


def of_earned(node: Node, badge: EarnedBadge) -> Subject:
    """One person's badge of this city."""
    return Subject(
        kind=Kind.CREDENTIAL,
        reference=badge.url,
        id=badge.url,
        name=badge.name,
        owner_did=did_of(node, badge.organisation_id),
        owner_id=badge.organisation_id,
        holder_id=badge.holder_id,
        credential_id=badge.id,
        page_url=f"/credentials/{badge.address}",
    )


def digest_of(kind: Kind, body: Mapping[str, Any]) -> str:
    """SHA-256 over the members of a record that an endorser judges, as sorted compact JSON."""
    judged = {name: body[name] for name in _MEMBERS[kind] if name in body}
    text = json.dumps(judged, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
