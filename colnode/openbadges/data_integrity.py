"""Data Integrity proofs: what exactly is signed, making a proof and checking one.

Suites: eddsa-rdfc-2022 and ecdsa-rdfc-2019 (made and checked); eddsa-2022, Ed25519Signature2020,
eddsa-jcs-2022 and ecdsa-jcs-2019 (checked). A P-384 key, which others may sign with, hashes all by
SHA-384 instead of SHA-256.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colnode.clock import format_rfc3339
from colnode.errors import Invalid, _
from colnode.openbadges import multibase
from colnode.openbadges.compact_json import to_text
from colnode.openbadges.contexts import ContextSet, revisions
from colnode.openbadges.dates import is_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.jsonld import canonical_nquads
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey

__all__ = [
    "SUITES",
    "Prover",
    "Suite",
    "add_proof",
    "hash_data",
    "holds",
    "is_usual",
    "suite_of",
]


@dataclass(frozen=True)
class Suite:
    """One cryptographic suite: the key kinds it takes and how it canonicalises."""

    name: str
    key_kinds: tuple[KeyKind, ...]
    is_jcs: bool = False


_EDDSA = (KeyKind.ED25519,)
_ECDSA = (KeyKind.P256, KeyKind.P384)
SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("eddsa-rdfc-2022", _EDDSA),
        Suite("ecdsa-rdfc-2019", _ECDSA),
        Suite("eddsa-2022", _EDDSA),
        Suite("Ed25519Signature2020", _EDDSA),
        Suite("eddsa-jcs-2022", _EDDSA, is_jcs=True),
        Suite("ecdsa-jcs-2019", _ECDSA, is_jcs=True),
    )
}
_ISSUED = {KeyKind.ED25519: SUITES["eddsa-rdfc-2022"], KeyKind.P256: SUITES["ecdsa-rdfc-2019"]}


def suite_of(proof: Mapping[str, Any]) -> Suite | None:
    """The suite of a proof, or None when it is not one that is known here."""
    if proof.get("type") == "DataIntegrityProof":
        name = proof.get("cryptosuite")
        return SUITES.get(name) if isinstance(name, str) else None
    if proof.get("type") == "Ed25519Signature2020" and "cryptosuite" not in proof:
        return SUITES["Ed25519Signature2020"]
    return None


def add_proof(
    document: Mapping[str, Any],
    *,
    key: SigningKey,
    verification_method: str,
    created: datetime,
    contexts: ContextSet,
) -> dict[str, Any]:
    """The document with a proof as a one-element array. Raises what canonical_nquads raises."""
    canonical = canonical_nquads(document, contexts)
    prover = Prover(
        as_list(document["@context"]),
        key=key,
        verification_method=verification_method,
        created=created,
        contexts=contexts,
    )
    return {**document, "proof": [json.loads(prover.proof(canonical))]}


class Prover:
    """Makes proofs for assertionMethod of one moment, by one key, for documents of one @context.

    Ed25519 keys make eddsa-rdfc-2022, P-256 keys ecdsa-rdfc-2019. Source: VC Data Integrity 1.0
    section 4.2, Data Integrity EdDSA Cryptosuites 1.0 section 3.2, Data Integrity ECDSA
    Cryptosuites 1.0 section 3.2.
    """

    __slots__ = ("_hash", "_key", "_moment", "_options")

    def __init__(
        self,
        context: Sequence[str],
        *,
        key: SigningKey,
        verification_method: str,
        created: datetime,
        contexts: ContextSet,
    ) -> None:
        suite = _ISSUED[key.kind].name
        self._key = key
        self._moment = format_rfc3339(created)
        self._options = _usual_options(verification_method, suite, tuple(context), contexts)
        self._hash = self._options.hash(self._moment)

    def proof(self, canonical: str) -> str:
        """The proof as JSON, over a document's canonical N-Quads."""
        signature = self._key.sign(self._hash + _sha256(canonical))
        return self._options.proof(self._moment, multibase.base58_encode(signature))


def hash_data(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    suite: Suite,
    contexts: ContextSet,
    canonical: str | None = None,
    kind: KeyKind = KeyKind.ED25519,
) -> bytes:
    """What is signed: 32 bytes of hash of the proof's options, then of the document; P-384: 48.

    `document` is without its proof, `canonical` its N-Quads where they are known already. Raises
    what canonical_nquads raises.
    Source: Data Integrity EdDSA Cryptosuites 1.0 sections 3.2.3 to 3.2.5 and 3.3, Data Integrity
    ECDSA Cryptosuites 1.0 sections 3.2.3 to 3.2.5 and 3.3.
    """
    if kind is KeyKind.P384:
        return _hash_data_384(document, proof, suite, contexts)
    if suite.is_jcs:
        return _sha256(_jcs(_without_value(proof))) + _sha256(_jcs(document))
    if canonical is None:
        canonical = canonical_nquads(document, contexts)
    return _hash_options(proof, as_list(document.get("@context")), contexts) + _sha256(canonical)


def _hash_data_384(
    document: Mapping[str, Any], proof: Mapping[str, Any], suite: Suite, contexts: ContextSet
) -> bytes:
    """As hash_data, by SHA-384, which RDFC-1.0 then names blank nodes by as well."""
    options = _without_value(proof)
    if suite.is_jcs:
        parts = [_jcs(options), _jcs(document)]
    else:
        options["@context"] = as_list(document.get("@context"))
        texts = (canonical_nquads(each, contexts, hash_bits=384) for each in (options, document))
        parts = [text.encode() for text in texts]
    return b"".join(hashlib.sha384(part).digest() for part in parts)


def _without_value(proof: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in proof.items() if name != "proofValue"}


def _hash_options(proof: Mapping[str, Any], context: list[Any], contexts: ContextSet) -> bytes:
    """SHA-256 of the canonical form of a proof's options, for a document with this @context."""
    if is_usual(proof) and all(url in contexts for url in context):
        method, suite = proof["verificationMethod"], proof["cryptosuite"]
        return _usual_options(method, suite, tuple(context), contexts).hash(proof["created"])
    return _sha256(canonical_nquads({**_without_value(proof), "@context": context}, contexts))


def is_usual(proof: object) -> bool:
    """Whether a proof has what this module writes and nothing else, each a plain text."""
    return (
        isinstance(proof, dict)
        and proof.keys() == _USUAL_MEMBERS
        and {*map(type, proof.values())} == _TEXT
        and proof["type"] == "DataIntegrityProof"
        and proof["proofPurpose"] == "assertionMethod"
        and len(proof["verificationMethod"]) <= _USUAL_LENGTH
        and is_datetime(proof["created"])
    )


_USUAL_MEMBERS = frozenset(
    {"type", "created", "verificationMethod", "cryptosuite", "proofPurpose", "proofValue"}
)
_TEXT = {str}
_USUAL_LENGTH = 2048


@dataclass(frozen=True)
class _UsualOptions:
    """The options of one key's proofs, in which only the time of signing is left open."""

    json: tuple[str, str]
    nquads: tuple[str, str]

    def hash(self, created: str) -> bytes:
        """SHA-256 of the canonical form."""
        return _sha256(created.join(self.nquads))

    def proof(self, created: str, value: str) -> str:
        """The proof as JSON."""
        return f'{created.join(self.json)},"proofValue":"z{value}"}}'


@functools.lru_cache(maxsize=256)
def _usual_options(
    method: str, cryptosuite: str, context: tuple[str, ...], contexts: ContextSet
) -> _UsualOptions:
    """The options of a proof for assertionMethod; `context` is the document's.

    All five lines are about one blank node and have each a predicate of their own, so their order
    is the same at all times. Raises what canonical_nquads raises.
    """
    options = {
        "type": "DataIntegrityProof",
        "created": _SOME_TIME,
        "verificationMethod": method,
        "cryptosuite": cryptosuite,
        "proofPurpose": "assertionMethod",
    }
    canonical = canonical_nquads({**options, "@context": [*context]}, contexts)
    return _UsualOptions(_around(to_text(options)[:-1]), _around(canonical))


_SOME_TIME = "2001-02-03T04:05:06Z"


def _around(text: str) -> tuple[str, str]:
    """What stands before and after the one time in a text, which is no part of an address."""
    before, after = text.split(f'"{_SOME_TIME}"')
    return f'{before}"', f'"{after}'


def holds(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    suite: Suite,
    key: VerifyingKey,
    canonical: str | None = None,
) -> bool:
    """Whether the proof's value is this key's signature over `document` (without its proof).

    `canonical` is the document's N-Quads with the newest contexts. A context that was changed in
    place is tried in its older revisions too. Raises Invalid for a malformed proofValue and what
    canonical_nquads raises.
    """
    if key.kind not in suite.key_kinds:
        return False
    signature = _proof_value(proof, key.kind)
    newest, *older = revisions()
    if key.verify(signature, hash_data(document, proof, suite, newest, canonical, key.kind)):
        return True
    used = [url for url in as_list(document.get("@context")) if isinstance(url, str)]
    return any(
        key.verify(signature, hash_data(document, proof, suite, revision, kind=key.kind))
        for revision in older
        if any(revision.documents.get(url) is not newest.documents.get(url) for url in used)
    )


def _proof_value(proof: Mapping[str, Any], kind: KeyKind) -> bytes:
    text = proof.get("proofValue")
    if not isinstance(text, str) or not text.startswith("z"):
        raise Invalid(_("The proof has no readable signature."))
    signature = multibase.decode(text)
    if len(signature) != (96 if kind is KeyKind.P384 else 64):
        raise Invalid(_("The proof has no readable signature."))
    return signature


def _jcs(value: Mapping[str, Any]) -> bytes:
    """The RFC 8785 form (PyLD brings the canonicaliser with it)."""
    from c14n.Canonicalize import canonicalize

    data: bytes = canonicalize(dict(value))
    return data


def _sha256(data: str | bytes) -> bytes:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()
