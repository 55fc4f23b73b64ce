"""Achievements in the catalogue: what other cities read about a badge that can be earned here.

A body is the Open Badges 3.0 Achievement with three members more: `organisation`, the id of the
organisation's record; `translations`, the texts in other languages; `picture`, by digest and size.
"""

from typing import TYPE_CHECKING, Any

from colnode import media
from colnode.badges.documents import public_achievement
from colnode.badges.models import Achievement
from colnode.badges.more import from_json
from colnode.badges.record_type import ACHIEVEMENT as _TYPE
from colnode.catalogue import OWN, get, publish, withdraw
from colnode.db import LangMap
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "is_listed",
    "publish_achievement",
    "record_body",
    "withdraw_achievement",
]

_TEXTS = ("name", "description", "criteria")


def publish_achievement(node: "Node", achievement: Achievement) -> None:
    """Put the achievement as it is now into the catalogue, in the caller's transaction."""
    publish(node, _TYPE, achievement.id, record_body(node, achievement))


def withdraw_achievement(node: "Node", achievement_id: str) -> None:
    """Take the achievement out of the catalogue, in the caller's transaction."""
    withdraw(node, _TYPE, achievement_id)


def is_listed(node: "Node", achievement_id: str) -> bool:
    """Whether the achievement is in this city's catalogue now."""
    return get(node, OWN, achievement_id, record_type=_TYPE) is not None


def record_body(node: "Node", achievement: Achievement) -> dict[str, Any]:
    """The body of the achievement's record."""
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    main = achievement.main_language
    body = public_achievement(node, achievement, organisation, language=main)
    body["organisation"] = organisation.id
    if licence := from_json(achievement.more).licence:
        body["licence"] = licence
    translations = {
        language: _texts(achievement, language)
        for language in sorted(achievement.name)
        if language != main
    }
    if translations:
        body["translations"] = translations
    if achievement.image:
        picture = media.find(node, achievement.image)
        body["picture"] = {"digest": picture.digest, "size": picture.byte_count}
    return body


def _texts(achievement: Achievement, language: str) -> LangMap:
    maps = {name: getattr(achievement, name) for name in _TEXTS}
    return {name: texts[language] for name, texts in maps.items() if language in texts}
