"""Bringing badges in from elsewhere: one document or a whole ZIP, kept byte for byte.

What is brought in is read at once and checked by a job, because a check asks other machines.
"""

import hashlib
import secrets
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError

from colnode import audit, jobs
from colnode.badges.brought_reading import Read, details_of, payload_of, read_badge
from colnode.badges.documents import credential_url
from colnode.badges.models import UNCHECKED, BroughtBadge, Credential, CredentialHolder
from colnode.badges.proving import Proof
from colnode.badges.verifying import MOST_BYTES
from colnode.errors import ColnodeError, Conflict, Invalid, Refused, TooLarge, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "CHECK",
    "MOST_BADGES",
    "MOST_MEMBERS",
    "Arrival",
    "ArrivalOutcome",
    "bring_in",
    "bring_in_zip",
    "looks_like_zip",
    "refuse_too_many",
    "renew",
]

CHECK = "badges.check_brought"
MOST_MEMBERS = 200
_MOST_UNPACKED = 50_000_000
MOST_BADGES = 1_000
_MOST_KEPT_BYTES = 200_000_000
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class ArrivalOutcome(StrEnum):
    """What became of one file: kept, known (it was there already) or refused."""

    KEPT = "kept"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Arrival:
    """One file that somebody brought: its name, what became of it, the badge or the reason."""

    label: str
    outcome: ArrivalOutcome
    badge: BroughtBadge | None = None
    reason: ColnodeError | None = None


def bring_in(
    node: "Node",
    *,
    person_id: str,
    document: bytes,
    proof: Proof | None = None,
    source_url: str | None = None,
) -> BroughtBadge:
    """Keep a badge of a person's, byte for byte, and have it checked; twice gives the same one.

    `document` is JSON, a JWT, or a PNG or SVG with a badge in it. `proof` is what the caller knows
    about whose it is (Proof.OAUTH); e-mail addresses and DIDs are compared whenever it is read.
    Raises Invalid for what is no badge, Conflict for one that the person was given here, TooLarge
    and Refused (too many).
    """
    if len(document) > MOST_BYTES:
        raise TooLarge(_("The file is larger than 10 MB. A badge is much smaller than that."))
    found = read_badge(document)
    _refuse_own(node, found, person_id)
    digest = hashlib.sha256(payload_of(document)).hexdigest()
    badge = node.db.scalar(_same(person_id, digest))
    if badge is None:
        badge = _keep(node, person_id, document, digest, found, source_url)
    if proof is Proof.OAUTH:
        badge.given_proof = proof
    jobs.enqueue(node, CHECK, {"badge_id": badge.id}, key=f"check brought badge {badge.id}")
    node.db.flush()
    return badge


def renew(
    node: "Node", badge: BroughtBadge, *, document: bytes, proof: Proof | None = None
) -> BroughtBadge:
    """Put a newer version in the place of a badge; how it is shown stays. A proof is never lost.

    Raises Invalid for what is no badge, and TooLarge.
    """
    if len(document) > MOST_BYTES:
        raise TooLarge(_("The file is larger than 10 MB. A badge is much smaller than that."))
    found = read_badge(document)
    badge.document, badge.byte_count = document, len(document)
    badge.digest = hashlib.sha256(payload_of(document)).hexdigest()
    badge.format, badge.kind = found.format, str(found.kind)
    badge.recipients = _storable(found.recipients)
    badge.picture, badge.has_picture = None, False
    badge.outcome, badge.findings, badge.checked_at = UNCHECKED, [], None
    badge.received_at = node.clock.now()
    for name, value in details_of(found.summary).items():
        setattr(badge, name, value)
    if proof is Proof.OAUTH:
        badge.given_proof = proof
    jobs.enqueue(node, CHECK, {"badge_id": badge.id}, key=f"check brought badge {badge.id}")
    node.db.flush()
    return badge


def looks_like_zip(document: bytes) -> bool:
    """Whether the file is a ZIP archive."""
    return document.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def bring_in_zip(node: "Node", *, person_id: str, archive: bytes) -> Sequence[Arrival]:
    """Bring in every badge of a ZIP; one result for each file in it, in order.

    At most 200 files and 50 MB unpacked are looked at, whatever the archive says of itself; what
    is beyond is refused file by file. Raises Invalid for a broken archive, TooLarge for more files.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            members = [item for item in opened.infolist() if not _is_chaff(item)]
            if len(members) > MOST_MEMBERS:
                raise TooLarge(
                    _("There are more than {most} files in the archive. Bring it in in parts."),
                    most=MOST_MEMBERS,
                )
            return list(_arrivals(node, person_id, opened, members))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise Invalid(_("The archive is damaged. Make it again and try once more.")) from error


def _is_chaff(item: zipfile.ZipInfo) -> bool:
    """Folders, and what computers put beside files unasked."""
    name = item.filename.rpartition("/")[2]
    return item.is_dir() or name.startswith(".") or item.filename.startswith("__MACOSX/")


def _arrivals(
    node: "Node", person_id: str, opened: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]
) -> Iterator[Arrival]:
    left = _MOST_UNPACKED
    query = select(BroughtBadge.id).where(BroughtBadge.person_id == person_id)
    known = set(node.db.scalars(query))
    for item in members:
        label = item.filename[-120:]
        try:
            document = _unpack(opened, item, min(left, MOST_BYTES))
            left -= len(document)
            badge = bring_in(node, person_id=person_id, document=document)
        except ColnodeError as error:
            yield Arrival(label, ArrivalOutcome.REFUSED, reason=error)
            continue
        is_new = badge.id not in known
        known.add(badge.id)
        yield Arrival(label, ArrivalOutcome.KEPT if is_new else ArrivalOutcome.KNOWN, badge)


def _unpack(opened: zipfile.ZipFile, item: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member, counted as they come: what the archive says of its size is not asked.

    Raises TooLarge and Invalid.
    """
    if item.flag_bits & _ENCRYPTED:
        raise Invalid(_("This file is locked with a password."))
    if item.compress_type not in _PLAIN_METHODS:
        raise Invalid(_("This file is packed in an unusual way. Make the archive again as a ZIP."))
    try:
        with opened.open(item) as stream:
            data = stream.read(most + 1)
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, _zlib_error()) as error:
        raise Invalid(_("This file is damaged.")) from error
    if len(data) > most:
        raise TooLarge(_("This file is too large to be a badge."))
    return data


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error


def _refuse_own(node: "Node", found: Read, person_id: str) -> None:
    """A badge that this node gave to the person is in their passport as it is."""
    own = credential_url(node, "")
    badge_id = found.summary.id or ""
    if not badge_id.startswith(own):
        return
    query = (
        select(CredentialHolder.person_id)
        .join(Credential, Credential.id == CredentialHolder.credential_id)
        .where(Credential.address == badge_id.removeprefix(own))
    )
    if node.db.scalar(query) == person_id:
        raise Conflict(_("This badge is among your badges already: you were given it here."))


def _keep(
    node: "Node",
    person_id: str,
    document: bytes,
    digest: str,
    found: Read,
    source_url: str | None,
) -> BroughtBadge:
    refuse_too_many(node, person_id, len(document))
    badge = BroughtBadge(
        person_id=person_id,
        address=secrets.token_urlsafe(24),
        document=document,
        byte_count=len(document),
        digest=digest,
        format=found.format,
        kind=str(found.kind),
        source_url=source_url,
        recipients=_storable(found.recipients),
        findings=[],
        received_at=node.clock.now(),
        **details_of(found.summary),
    )
    try:
        with node.db.begin_nested():
            node.db.add(badge)
            node.db.flush()
    except IntegrityError:  # another request brought it in at the same moment
        return node.db.scalars(_same(person_id, digest)).one()
    audit.record(
        node,
        "badge.brought",
        subject_type="brought_badge",
        subject_id=badge.id,
        actor_id=person_id,
    )
    return badge


def _same(person_id: str, digest: str) -> Select[BroughtBadge]:
    return select(BroughtBadge).where(
        BroughtBadge.person_id == person_id, BroughtBadge.digest == digest
    )


def refuse_too_many(node: "Node", person_id: str, byte_count: int) -> None:
    """Raise Refused when the person has no room for a badge of that many bytes."""
    query = select(func.count(), func.coalesce(func.sum(BroughtBadge.byte_count), 0)).where(
        BroughtBadge.person_id == person_id
    )
    count, kept = node.db.execute(query).one()
    if count >= MOST_BADGES or int(kept) + byte_count > _MOST_KEPT_BYTES:
        raise Refused(_("You have brought in as much as there is room for. Remove some first."))


def _storable(recipients: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value.replace("\x00", "") if isinstance(value, str) else value
         for name, value in recipient.items()}
        for recipient in recipients
    ]  # fmt: skip
