"""Endorsements: signed by an organisation's own key, revoked in its status list, and embedded.

Who endorses what and why is a plugin's matter; here is the part that needs keys and lists.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from colnode import audit
from colnode.badges import issuing, status
from colnode.badges.documents import (
    achievement_url,
    credential_url,
    issuer_profile,
    status_list_url,
)
from colnode.badges.values import SignedEndorsement
from colnode.errors import Gone, Invalid, Refused, _
from colnode.identity import keys, organisations
from colnode.openbadges import issuing as signer

if TYPE_CHECKING:
    from colnode.badges.models import Credential
    from colnode.node import Node

__all__ = ["carry", "gathered", "revoke", "sign"]

Document = Mapping[str, Any]


def sign(
    node: "Node",
    organisation_id: str,
    *,
    id: str,
    subject_id: str,
    comment: str,
    valid_until: datetime | None = None,
) -> SignedEndorsement:
    """Sign an endorsement of `subject_id` with the organisation's own key, in this unit.

    `id` is the address where the document will be served. Raises Refused for an organisation that
    the city has not verified, and Invalid for what cannot be signed.
    Source: Open Badges 3.0 section B.1.5 (EndorsementCredential).
    """
    organisation = organisations.require_verified(node, organisation_id)
    list_id, position = status.allocate(node, organisation_id)
    now = node.clock.now().replace(microsecond=0)
    document = signer.build_endorsement(
        id=id,
        issuer=issuer_profile(node, organisation),
        subject_id=subject_id,
        comment=comment,
        valid_from=now,
        valid_until=valid_until,
        status=(signer.StatusEntry(status_list_url(node, list_id), position),),
    )
    return SignedEndorsement(_signed(node, organisation_id, document, now), list_id, position)


def revoke(node: "Node", endorsement: SignedEndorsement) -> None:
    """Set the endorsement's bit and sign its list anew, in this unit."""
    status.mark(node, endorsement.status_list_id, endorsement.status_position)


def gathered(node: "Node", achievement_id: str, organisation_id: str) -> tuple[Document, ...]:
    """What plugins give to be embedded in the achievement's credentials.

    Raises Refused, naming the plugin, for what is not signed or is about something else.
    """
    about = {achievement_url(node, achievement_id), keys.did(node, organisation_id)}
    found: list[Document] = []
    for plugin, given in node.host.calls.gate(
        "credential_endorsements", node=node, achievement_id=achievement_id
    ):
        for document in given or ():
            if not _is_about(document, about):
                raise Refused(
                    _("The plugin {plugin} gives an endorsement of something else."), plugin=plugin
                )
            found.append(document)
    return tuple(found)


def carry(node: "Node", credential_id: str, endorsements: Sequence[Document]) -> "Credential":
    """Let a credential carry exactly these endorsements of it; it is signed again if it did not.

    Its id, subject, dates and status entry stay, so copies that somebody has stay as they are.
    Raises NotFound, Gone (taken back, or its holder left), Invalid (an endorsement of something
    else) and Refused for an organisation that the city has not verified.
    """
    credential = issuing.locked(node, credential_id)
    document: dict[str, Any] = json.loads(credential.document)
    if credential.is_revoked or "proof" not in document:
        raise Gone(_("This badge was taken back, or its holder has left."))
    if not all(
        _is_about(item, {credential_url(node, credential.address)}) for item in endorsements
    ):
        raise Invalid(_("This endorsement is about something else."))
    wanted = [dict(item) for item in endorsements]
    if document.get("endorsement", []) == wanted:
        return credential
    organisations.require_verified(node, credential.organisation_id)
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    unsigned.pop("endorsement", None)
    if wanted:
        unsigned["endorsement"] = wanted
    now = node.clock.now().replace(microsecond=0)
    credential.document = _signed(node, credential.organisation_id, unsigned, now)
    credential.digest = hashlib.sha256(credential.document.encode("utf-8")).hexdigest()
    node.db.flush()
    audit.record(
        node,
        "badge.endorsements_changed",
        subject_type="credential",
        subject_id=credential.id,
        detail={"count": len(wanted), "organisation_id": credential.organisation_id},
    )
    return credential


def _is_about(document: object, about: set[str]) -> bool:
    if not isinstance(document, Mapping) or "proof" not in document:
        return False
    subject = document.get("credentialSubject")
    return isinstance(subject, dict) and subject.get("id") in about


def _signed(node: "Node", organisation_id: str, document: Mapping[str, Any], now: datetime) -> str:
    key, method = keys.signing_key(node, organisation_id, kind="ed25519")
    return signer.issue(document, key=key, verification_method=method, created=now).decode("utf-8")
