"""A badge whose key was withdrawn: whether its issuer confirms that it gave exactly this document.

Whoever has the key can write any badge with any date, but not into what the issuer has stored. An
issuer that answers says so in its DID document, with a service of the type `CredentialConfirmation`
(W3C DID Core section 5.4). Its endpoint is asked for the SHA-256 of the document and has to be at
the address of the DID itself: nobody else may speak for the issuer. A document that somebody
laid out anew is asked about in its compact form as well, which is how issuers store it.
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from colnode.errors import Invalid, Unavailable
from colnode.openbadges import did, strict_json
from colnode.openbadges.compact_json import to_json
from colnode.openbadges.findings import Finding, FindingStatus, finding
from colnode.openbadges.reading import Reading
from colnode.openbadges.resolver import Resolver
from colnode.openbadges.run import Run
from colnode.openbadges.summary import issuer_id

__all__ = ["ask_if_compromised"]


def ask_if_compromised(found: Sequence[Finding], reading: Reading, run: Run) -> list[Finding]:
    """The findings about a proof, `key_compromised` replaced where the issuer confirms the badge.

    Only a document that is JSON, by itself or in a picture, and unchanged is asked about. A JWT is
    signed anew each time it is taken, so no issuer knows it. No answer confirms nothing.
    """
    if not any(item.id == "key_compromised" for item in found) or reading.data is None:
        return list(found)
    if any(item.status is FindingStatus.FAILED for item in found):
        return list(found)
    issuer = issuer_id(reading.credential) or ""
    forms = dict.fromkeys((reading.data, to_json(reading.credential)))
    if not any(_is_confirmed(form, issuer, run.resolver) for form in forms):
        return list(found)
    confirmed = finding("credential_confirmed", issuer=issuer)
    return [confirmed if item.id == "key_compromised" else item for item in found]


def _is_confirmed(data: bytes, issuer: str, resolver: Resolver) -> bool:
    digest = hashlib.sha256(data).hexdigest()
    try:
        home = did.did_web_to_url(issuer)
        endpoint = _endpoint(did.fetch_controller(issuer, resolver), issuer)
        if endpoint is None or _origin(endpoint) != _origin(home):
            return False
        answer = strict_json.loads(resolver.fetch(f"{endpoint}/{digest}", "application/json"))
    except (Unavailable, Invalid, ValueError):
        return False
    return (
        isinstance(answer, dict)
        and answer.get("issuer") == issuer
        and answer.get("sha256") == digest
    )


def _endpoint(document: did.ControllerDocument, issuer: str) -> str | None:
    """The address that the issuer names for it, without a slash at its end."""
    for service in did.as_list(document.get("service")) if document.get("id") == issuer else ():
        if isinstance(service, dict) and did.CONFIRMATION_SERVICE in did.as_list(
            service.get("type")
        ):
            endpoint = service.get("serviceEndpoint")
            return endpoint.rstrip("/") if isinstance(endpoint, str) else None
    return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
