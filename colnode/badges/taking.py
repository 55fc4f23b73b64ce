"""Taking badges along: one as a JWT, all as a ZIP, all as learner records that this city signs.

Source: Comprehensive Learner Record 2.0 appendix B (ClrCredential, ClrSubject).
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from colnode.badges import baked, brought, passport, proving, stamps
from colnode.badges.documents import text_in
from colnode.badges.models import BroughtBadge
from colnode.badges.passport import Held
from colnode.badges.stamps import StampState
from colnode.clock import format_rfc3339
from colnode.errors import Invalid, NotFound, Refused, _
from colnode.identity import keys
from colnode.openbadges import issuing as signer
from colnode.openbadges import resolver
from colnode.openbadges.contexts import CLR_CONTEXTS, CREDENTIALS_V2, OB_3_0_3, OB_CONTEXTS
from colnode.openbadges.credential_types import Kind

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["as_jwt", "as_zip", "count_records", "learner_record"]

_IN_ONE_RECORD = 40
_ALIKE_IN_ONE_RECORD = 5
_MOST_ALIKE = 15
_KEPT_FOR_THE_RECORD = 4
_MOST_EMBEDDED_BYTES = 12_000
_PLAIN_CONTEXTS = OB_CONTEXTS | {CREDENTIALS_V2}
_UNSAFE_IN_NAMES = re.compile(r"[^\w. -]+")
_SUFFIXES = {"json": "json", "jwt": "jwt", "png": "png", "svg": "svg"}
_README = _(
    "Your badges from {city}.\n\n"
    "given: badges that were given to you here, each as a signed document (.json) and as a picture "
    "with the document inside (.png).\n"
    "brought: badges from elsewhere, exactly as you brought them in.\n"
    "learner-record: the badges that are in order, together in one document that {city} has "
    "signed.\n\n"
    "Every file can be checked anywhere that Open Badges are read, for as long as you keep it.\n"
)


def as_jwt(node: "Node", held: Held) -> str:
    """The same credential as a VC-JWT (ES256), signed now by the issuer's active key.

    Raises Refused when it was taken back, and when the issuer has no key for it here.
    Source: Open Badges 3.0 section 8.2 (JSON Web Token proof).
    """
    if held.credential.is_revoked:
        raise Refused(_("The badge was taken back, so it is not signed anew."))
    document = json.loads(held.credential.document)
    document.pop("proof", None)
    try:
        key, method = keys.signing_key(node, held.credential.organisation_id, kind="p256")
    except NotFound:
        raise Refused(
            _("This badge cannot be signed as a JWT here: its issuer has no key of that kind.")
        ) from None
    return signer.issue_jwt(document, key=key, verification_method=method)


def count_records(node: "Node", person_id: str) -> int:
    """How many learner records it takes to hold a person's badges that are in order."""
    return len(_chunks(_documents(node, person_id)))


def learner_record(node: "Node", person_id: str, *, part: int = 1) -> bytes:
    """A ClrCredential, signed by this city, with up to 40 of a person's badges that are in order.

    A badge from elsewhere is in it when it was found valid, is proven to be the person's own and
    is an Open Badge 3.0 in JSON. Raises NotFound when there is no such part.
    """
    chunks = _chunks(_documents(node, person_id))
    if not 1 <= part <= len(chunks):
        raise NotFound(_("There is no badge yet that could stand in a learner record."))
    return _signed_record(node, chunks[part - 1])


def as_zip(node: "Node", person_id: str, *, language: str) -> IO[bytes]:
    """Everything that a person holds as one archive, open at its start."""
    out: IO[bytes] = SpooledTemporaryFile(max_size=8_000_000)  # noqa: SIM115 - the caller's
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        readme = node.translate(_README, language).format(city=node.config.city.name)
        archive.writestr("README.txt", readme)
        for name, data in _files(node, person_id, language):
            archive.writestr(name, data)
    out.seek(0)
    return out


def _files(node: "Node", person_id: str, language: str) -> Iterator[tuple[str, bytes]]:
    for number, held in enumerate(passport.list_credentials(node, person_id), start=1):
        title = text_in(held.achievement.name, language, held.achievement.main_language)
        name = f"given/{number:03} {_file_name(title)}"
        yield f"{name}.json", held.credential.document.encode("utf-8")
        if held.achievement.image is not None:
            yield f"{name}.png", baked.as_png(node, held)
    for number, badge in enumerate(brought.list_brought(node, person_id), start=1):
        suffix = _SUFFIXES.get(badge.format, "bin")
        name = f"brought/{number:03} {_file_name(badge.name)}.{suffix}"
        yield name, brought.read_document(node, badge)
    for number, chunk in enumerate(_chunks(_documents(node, person_id)), start=1):
        with suppress(Invalid):  # one that cannot be signed must not keep the rest back
            yield f"learner-record-{number}.json", _signed_record(node, chunk)


def _file_name(title: str) -> str:
    return _UNSAFE_IN_NAMES.sub("", title).strip(" .")[:60] or "badge"


def _documents(node: "Node", person_id: str) -> Iterator[dict[str, Any]]:
    """The signed documents of a person's badges that are in order, the first earned first."""
    now = node.clock.now()
    for held in reversed(passport.list_credentials(node, person_id)):
        if not held.credential.is_revoked and not held.is_expired(now):
            yield json.loads(held.credential.document)
    identities = proving.identities_of(node, person_id)
    query = select(BroughtBadge).where(
        BroughtBadge.person_id == person_id,
        BroughtBadge.format == "json",
        BroughtBadge.kind == Kind.BADGE,
        BroughtBadge.byte_count <= _MOST_EMBEDDED_BYTES,
    )
    for badge in node.db.scalars(query.order_by(BroughtBadge.received_at, BroughtBadge.id)):
        proof = proving.proof_of(badge, identities)
        state: StampState | None = stamps.state_of_brought(badge, proof, now)
        document = json.loads(brought.read_document(node, badge)) if state is None else {}
        if document and _is_plain(document):
            yield document


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Whether its terms mean the same inside another document: it names the usual contexts only."""
    used = document.get("@context")
    return isinstance(used, list) and all(
        isinstance(url, str) and url in _PLAIN_CONTEXTS for url in used
    )


def _chunks(documents: Iterator[dict[str, Any]]) -> Sequence[Sequence[dict[str, Any]]]:
    """Documents in portions that a verifier still takes, in as few as they fit.

    Badges of one achievement look alike to canonicalisation, so few of them go into one portion;
    and a verifier asks at a bounded number of addresses for keys, status lists and endorsers.
    """
    portions: list[_Portion] = []
    for document in documents:
        of = str(document["credentialSubject"].get("achievement", {}).get("id"))
        asked = set(_addresses(document))
        portion = next((each for each in portions if each.has_room(of, asked)), None)
        if portion is None:
            portion = _Portion()
            portions.append(portion)
        portion.documents.append(document)
        portion.counts[of] += 1
        portion.addresses |= asked
    return [portion.documents for portion in portions]


@dataclass
class _Portion:
    """What goes into one record: how often each achievement, and what a verifier will ask for."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    addresses: set[str] = field(default_factory=set)

    def has_room(self, of: str, asked: set[str]) -> bool:
        """Whether one more of this achievement, with these addresses, still fits."""
        alike = sum(number for number in (self.counts + Counter([of])).values() if number > 1)
        return (
            len(self.documents) < _IN_ONE_RECORD
            and self.counts[of] < _ALIKE_IN_ONE_RECORD
            and (self.counts[of] == 0 or alike <= _MOST_ALIKE)
            and len(self.addresses | asked) <= resolver.FETCH_LIMIT - _KEPT_FOR_THE_RECORD
        )


def _addresses(value: Any) -> Iterator[str]:
    """What a verifier has to ask for about a credential: issuers, status lists, newer versions."""
    if isinstance(value, list):
        for item in value:
            yield from _addresses(item)
    elif isinstance(value, dict):
        for name in ("issuer", "refreshService"):
            if name in value:
                yield str(value[name].get("id") if isinstance(value[name], dict) else value[name])
        if "statusListCredential" in value:
            yield str(value["statusListCredential"])
        for inner in value.values():
            yield from _addresses(inner)


def _signed_record(node: "Node", documents: Sequence[dict[str, Any]]) -> bytes:
    """A ClrCredential about a subject of its own, so that it tells nobody whose it is."""
    now = node.clock.now().replace(microsecond=0)
    key, method = keys.signing_key(node, keys.NODE)
    record = {
        "@context": [CREDENTIALS_V2, *sorted(CLR_CONTEXTS), OB_3_0_3],
        "id": uuid4().urn,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": node.config.city.name,
        "issuer": {
            "id": keys.did(node, keys.NODE),
            "type": ["Profile"],
            "name": node.config.city.name,
            "url": node.config.server.base_url,
        },
        "validFrom": format_rfc3339(now),
        "credentialSubject": {
            "id": uuid4().urn,
            "type": ["ClrSubject"],
            "verifiableCredential": list(documents),
        },
    }
    return signer.issue(record, key=key, verification_method=method, created=now)
