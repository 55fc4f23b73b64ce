"""A small signed presentation that shows who controls a DID: holder, challenge, signature.

Source: VC Data Model 2.0 section 4.13 (verifiable presentations), VC Data Integrity 1.0 sections
2.1 (challenge, domain) and 4.4 (verify proof), Controlled Identifiers 1.0 section 2.3.2
(authentication).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from colnode.errors import Invalid, Unavailable, _
from colnode.openbadges import contexts, data_integrity, did, strict_json
from colnode.openbadges.dates import parse_datetime
from colnode.openbadges.did import as_list
from colnode.openbadges.keys import VerifyingKey, key_from_did
from colnode.openbadges.resolver import Resolver
from colnode.openbadges.structure import check_structure, check_work

__all__ = ["presentation_to_sign", "verify_presentation"]

_MAX_BYTES = 32 * 1024
_MEMBERS = frozenset({"@context", "id", "type", "holder", "proof"})
_CLOCKS_DIFFER = timedelta(minutes=5)


def presentation_to_sign(holder: str, *, challenge: str, domain: str) -> dict[str, Any]:
    """The presentation that a holder signs, with the options that the proof must have."""
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "proofPurpose": "authentication",
            "challenge": challenge,
            "domain": domain,
        },
    }


def verify_presentation(
    document: bytes,
    *,
    is_challenge: Callable[[str], bool],
    domain: str,
    resolver: Resolver,
    now: datetime,
) -> str:
    """The DID whose controller signed the presentation for this challenge and domain.

    Nothing but the holder may be in it. `is_challenge` tells whether a challenge is one of ours.
    Raises Invalid that says what is wrong, and Unavailable when a did:web cannot be asked.
    """
    value = _read(document)
    holder: str = value["holder"]
    proof = _proof(value)
    if proof.get("proofPurpose") != "authentication":
        raise Invalid(_("The signature was made for another purpose than to show who you are."))
    challenge = proof.get("challenge")
    if not isinstance(challenge, str) or not is_challenge(challenge):
        raise Invalid(_("The challenge is not ours or too old. Take the new one and sign again."))
    if domain not in as_list(proof.get("domain")):
        raise Invalid(_("The signature was made for another site than {domain}."), domain=domain)
    _check_times(proof, now)
    suite = data_integrity.suite_of(proof)
    if suite is None:
        raise Invalid(_("It is signed in a way that is not known here."))
    key = _authentication_key(proof.get("verificationMethod"), holder, resolver)
    unsecured = {name: item for name, item in value.items() if name != "proof"}
    if not data_integrity.holds(unsecured, proof, suite, key):
        raise Invalid(_("The signature does not fit."))
    return holder


def _read(document: bytes) -> dict[str, Any]:
    value = strict_json.loads(document.strip(), max_bytes=_MAX_BYTES)
    types = as_list(value.get("type")) if isinstance(value, dict) else []
    if "VerifiablePresentation" not in types or not isinstance(value, dict):
        raise Invalid(_("This is no presentation."))
    if set(value) - _MEMBERS:
        raise Invalid(_("The presentation should hold nothing but the holder and the signature."))
    holder = value.get("holder")
    if not isinstance(holder, str) or not holder.startswith("did:") or len(holder) > 1000:
        raise Invalid(_("The presentation does not name a DID as its holder."))
    check_work(value)
    check_structure(value, contexts.pinned())
    return value


def _proof(value: Mapping[str, Any]) -> Mapping[str, Any]:
    proofs = as_list(value.get("proof"))
    if len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise Invalid(_("The presentation needs one signature."))
    return proofs[0]


def _check_times(proof: Mapping[str, Any], now: datetime) -> None:
    try:
        created, expires = (
            parse_datetime(proof[name]) if name in proof else None
            for name in ("created", "expires")
        )
    except ValueError as error:
        raise Invalid(_("A date of the signature cannot be read.")) from error
    if created is not None and created > now + _CLOCKS_DIFFER:
        raise Invalid(_("The signature says that it was made in the future."))
    if expires is not None and expires <= now:
        raise Invalid(_("The signature is too old."))


def _authentication_key(method: object, holder: str, resolver: Resolver) -> VerifyingKey:
    """The key at `method`, if it is the holder's own to authenticate with."""
    if not isinstance(method, str) or method.partition("#")[0] != holder:
        raise Invalid(_("The key is not one of the holder's."))
    if holder.startswith(("did:key:", "did:jwk:")):
        return key_from_did(method)
    document = did.fetch_controller(holder, resolver)
    if document.get("id") != holder:
        raise Unavailable(_("{url} answers as somebody else."), url=holder)
    listed = [
        did.absolute(item, holder)
        for item in as_list(document.get("authentication"))
        if isinstance(item, str)
    ]
    found = next((item for item in did.listed_methods(document) if item.id == method), None)
    if found is None or method not in listed or found.revoked_at is not None:
        raise Invalid(_("The holder does not list this key to show who they are."))
    return found.key
