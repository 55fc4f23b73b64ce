"""One earned badge as plugins see it."""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from colnode.badges import passport
from colnode.badges.documents import credential_url
from colnode.badges.values import EarnedBadge
from colnode.errors import NotFound, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["find_earned"]


def find_earned(node: "Node", address: str, *, viewer_id: str | None) -> EarnedBadge:
    """The badge at an address, or at the end of one: for its holder, for others once it is shared.

    Raises NotFound, the same for an address that doesn't exist and one that isn't shared.
    """
    plain = address
    if "/" in address:
        base = f"{node.config.server.base_url}/credentials/"
        if not address.startswith(base):
            raise NotFound(_("There is no badge here, or its owner does not share it."))
        plain = urlsplit(address).path.rpartition("/")[2]
    held = passport.open_credential(node, plain, viewer_id=viewer_id)
    credential = held.credential
    return EarnedBadge(
        id=credential.id,
        address=credential.address,
        url=credential_url(node, credential.address),
        name=held.achievement.name,
        holder_id=held.person_id,
        achievement_id=credential.achievement_id,
        organisation_id=credential.organisation_id,
        is_shared=held.is_shared,
        is_revoked=credential.is_revoked,
        document=json.loads(credential.document),
    )
