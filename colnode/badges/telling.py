"""Telling the holder of a badge by mail what became of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from colnode.badges import achievements
from colnode.badges.documents import credential_url, text_in
from colnode.badges.models import Credential, CredentialHolder
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["tell_holder"]


def tell_holder(
    node: "Node", credential: Credential, send: Callable[..., None], **more: object
) -> None:
    """Mail the holder with one of the functions of messages.py, in their language.

    `send` gets to, language, organisation, badge and url, and what `more` has. A badge without a
    holder, or whose holder has no proven address, is passed over.
    """
    holder = node.db.get(CredentialHolder, credential.id)
    person = people.get_person(node, holder.person_id) if holder else None
    if person is None or person.email is None:
        return
    organisation = organisations.get_organisation(node, credential.organisation_id)
    achievement = achievements.get_achievement(node, credential.achievement_id)
    send(
        node,
        to=person.email,
        language=person.language,
        organisation=text_in(organisation.name, person.language, node.config.main_language),
        badge=text_in(achievement.name, person.language, achievement.main_language),
        url=credential_url(node, credential.address),
        **more,
    )
