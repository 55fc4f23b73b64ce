"""Confirming that a badge was given here, to whoever knows the SHA-256 of its document.

For verifiers of badges whose key was withdrawn (colnode.openbadges.confirmation). The digest of a
badge stays after its holder has left, so that their own copy can still be told from a forgery.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.badges.models import Credential
from colnode.errors import NotFound, _
from colnode.identity import keys

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["confirmation"]


def confirmation(node: "Node", digest: str) -> Mapping[str, str]:
    """Who gave the badge with this digest, in hexadecimal. Whether it counts, its status says.

    Raises NotFound when no such document was given here.
    """
    query = select(Credential.organisation_id).where(Credential.digest == digest.lower()).limit(1)
    organisation_id = node.db.scalar(query)
    if organisation_id is None:
        raise NotFound(_("No badge with this digest was given here."))
    return {"issuer": keys.did(node, organisation_id), "sha256": digest.lower()}
