"""Whom the rows of a bulk run mean, and the credentials that are signed for them.

Nothing here stores anything; bulk.py does.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from colnode.badges import endorsing, issuing
from colnode.badges.checking import check_evidence, check_text
from colnode.badges.documents import (
    CredentialParts,
    build,
    places_that_vary,
    texts_that_vary,
)
from colnode.badges.models import Achievement
from colnode.db import new_id, random_id
from colnode.errors import Invalid
from colnode.identity import keys, organisations, people
from colnode.openbadges import issuing as signer
from colnode.openbadges.alike import Alike

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["BulkRow", "Recipient", "Signer", "find_recipients"]

_SUBJECT = re.compile(r"(?:urn|did):[a-z0-9]+:[A-Za-z0-9._~:%/-]{1,500}")


@dataclass(frozen=True)
class BulkRow:
    """One recipient: a person's id, the proven e-mail address of an account, or a urn: or did:."""

    recipient: str
    narrative: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipient:
    """Who a row means, or what is wrong with it: unknown, narrative or evidence."""

    row: BulkRow
    subject_id: str = ""
    person_id: str | None = None
    language: str = ""
    problem: str | None = None


def find_recipients(node: "Node", chunk: Sequence[BulkRow]) -> list[Recipient]:
    """Who the rows mean and what they say, or what is wrong with them."""
    words = [_word(row) for row in chunk]
    named = [word for word in words if not word.startswith(("urn:", "did:"))]
    known = people.find_recipients(node, named) if named else {}
    return [_recipient(row, word, known) for row, word in zip(chunk, words, strict=True)]


def _word(row: BulkRow) -> str:
    word = row.recipient.strip()
    return word.lower() if "@" in word else word


def _recipient(row: BulkRow, word: str, known: dict[str, tuple[str, str]]) -> Recipient:
    if row.narrative or row.evidence:
        try:
            row = _checked(row)
        except Invalid as error:
            return Recipient(row, problem=min(error.fields))
    if word in known:
        person_id, language = known[word]
        return Recipient(row, f"urn:uuid:{random_id()}", person_id, language)
    if _SUBJECT.fullmatch(word):
        return Recipient(row, word)
    return Recipient(row, problem="unknown")


def _checked(row: BulkRow) -> BulkRow:
    try:
        narrative = check_text(row.narrative, longest=2_000)
    except Invalid as error:
        raise Invalid(str(error), fields={"narrative": str(error)}) from error
    return replace(row, narrative=narrative, evidence=tuple(check_evidence(row.evidence)))


class Signer:
    """Signs credentials of one achievement that share the moment, the key and most of their text.

    Plugins with a gate are asked about each, in a savepoint of its own.
    """

    def __init__(self, node: "Node", achievement: Achievement) -> None:
        self._node = node
        self._achievement = achievement
        self._organisation = organisations.get_organisation(node, achievement.organisation_id)
        self._key, self._method = keys.signing_key(node, self._organisation.id, kind="ed25519")
        self._is_asked = any(
            node.host.calls.has(gate) for gate in ("credential_issuing", "credential_document")
        )
        self._issued_at = node.clock.now().replace(microsecond=0)
        days = achievement.valid_days
        self._valid_until = self._issued_at + timedelta(days=days) if days else None
        self._endorsements = endorsing.gathered(node, achievement.id, self._organisation.id)
        self._alike: dict[str, Alike] = {}

    def __call__(
        self,
        recipient: Recipient,
        place: tuple[str, int],
        suspension: tuple[str, int] | None = None,
    ) -> dict[str, Any]:
        """The credential as a row of its table. Raises Refused when a plugin says no."""
        address = secrets.token_urlsafe(24)
        entries = (place, suspension) if suspension else (place,)
        signed = self._signed(recipient, address, entries)
        return {
            "id": new_id(),
            "address": address,
            "achievement_id": self._achievement.id,
            "organisation_id": self._organisation.id,
            "document": signed.decode(),
            "digest": hashlib.sha256(signed).hexdigest(),
            "status_list_id": place[0],
            "status_position": place[1],
            "issued_at": self._issued_at,
            "valid_until": self._valid_until,
        }

    def _signed(
        self, recipient: Recipient, address: str, entries: Sequence[tuple[str, int]]
    ) -> bytes:
        row = recipient.row
        if row.narrative or row.evidence:
            document = self._document(recipient, address, entries)
            return self._asked_and_signed(recipient, document)
        alike = self._alike.get(recipient.language)
        if alike is None:
            model = self._document(recipient, address, entries)
            alike = self._alike[recipient.language] = Alike(
                model,
                places_that_vary(model),
                key=self._key,
                verification_method=self._method,
                created=self._issued_at,
            )
        texts = texts_that_vary(
            self._node, address=address, subject_id=recipient.subject_id, entries=entries
        )
        if self._is_asked:
            return self._asked_and_signed(recipient, alike.document(texts))
        return alike.issue(texts)

    def _asked_and_signed(self, recipient: Recipient, document: dict[str, Any]) -> bytes:
        if self._is_asked:
            with self._node.db.begin_nested():
                document = issuing.pass_gates(
                    self._node, self._achievement.id, recipient.person_id, document
                )
        return signer.issue(
            document, key=self._key, verification_method=self._method, created=self._issued_at
        )

    def _document(
        self, recipient: Recipient, address: str, entries: Sequence[tuple[str, int]]
    ) -> dict[str, Any]:
        (list_id, position), *suspensions = entries
        parts = CredentialParts(
            address=address,
            subject_id=recipient.subject_id,
            issued_at=self._issued_at,
            valid_until=self._valid_until,
            status_list_id=list_id,
            status_position=position,
            language=recipient.language,
            narrative=recipient.row.narrative,
            evidence=recipient.row.evidence,
            suspension=suspensions[0] if suspensions else None,
            endorsements=self._endorsements,
        )
        return build(self._node, self._achievement, self._organisation, parts)
