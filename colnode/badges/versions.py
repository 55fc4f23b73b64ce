"""Versions: what a published achievement said under each number, and what changed between two.

A credential carries the number in its achievement's `version`; its own text is what was signed.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from colnode.badges.content import Content
from colnode.badges.models import Achievement, AchievementVersion
from colnode.badges.more import ResultKind, from_json, to_json
from colnode.db import LangMap
from colnode.errors import NotFound, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Change",
    "Part",
    "achievement_at",
    "advance",
    "changes",
    "content_at",
    "keep",
    "list_versions",
]

_TEXTS = ("name", "description", "criteria")
_WORDS = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Part:
    """A run of words that stayed (`same`), went (`removed`) or came (`added`)."""

    state: str
    text: str


@dataclass(frozen=True)
class Change:
    """What changed in one field; a text in one language word by word, anything else as a whole."""

    field: str
    parts: tuple[Part, ...]
    language: str | None = None


def keep(node: "Node", achievement: Achievement, content: Content) -> None:
    """Remember what the current version says, for achievements that are older than versions."""
    if _find(node, achievement.id, achievement.version) is None:
        _store(node, achievement, content, achievement.created_by)


def advance(node: "Node", achievement: Achievement, content: Content, *, actor_id: str) -> None:
    """Make what is published now a version, the next one if it says something else than the last.

    In the caller's transaction, with the achievement's row locked.
    """
    last = _find(node, achievement.id, achievement.version)
    if last is None:
        _store(node, achievement, content, actor_id)
    elif last.content != _as_json(content):
        achievement.version += 1
        _store(node, achievement, content, actor_id)


def list_versions(node: "Node", achievement_id: str) -> Sequence[AchievementVersion]:
    """Every version, the newest first."""
    query = select(AchievementVersion).where(AchievementVersion.achievement_id == achievement_id)
    return node.db.scalars(query.order_by(AchievementVersion.number.desc())).all()


def content_at(node: "Node", achievement_id: str, number: int) -> Content:
    """What a version said. Raises NotFound."""
    found = _find(node, achievement_id, number)
    if found is None:
        raise NotFound(_("There is no such version of this badge."))
    stored: dict[str, Any] = dict(found.content)
    stored["tags"] = tuple(stored["tags"])
    return replace(Content(**stored), more=from_json(stored["more"]))


def achievement_at(node: "Node", achievement: Achievement, number: int) -> Achievement:
    """The achievement as it was in a version; it is in no session. Raises NotFound."""
    content = content_at(node, achievement.id, number)
    return Achievement(
        id=achievement.id,
        organisation_id=achievement.organisation_id,
        version=number,
        kind=content.kind,
        main_language=content.main_language,
        name=content.name,
        description=content.description,
        criteria=content.criteria,
        tags=list(content.tags),
        more=to_json(content.more),
    )


def changes(before: Content, after: Content) -> list[Change]:
    """What one version says differently from another, in the order of the form."""
    found = [change for name in _TEXTS for change in _texts(name, before, after)]
    old, new = _facts(before), _facts(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            parts = (Part("removed", old.get(name, "")), Part("added", new.get(name, "")))
            found.append(Change(name, tuple(part for part in parts if part.text)))
    return found


def _texts(name: str, before: Content, after: Content) -> Iterator[Change]:
    old: LangMap = getattr(before, name)
    new: LangMap = getattr(after, name)
    for language in dict.fromkeys([*old, *new]):
        if old.get(language) != new.get(language):
            parts = _words(old.get(language, ""), new.get(language, ""))
            yield Change(name, parts, language)


def _words(old: str, new: str) -> tuple[Part, ...]:
    """The two texts as runs of words. Blanks count as words, so that lines stay lines."""
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    parts = []
    matcher = difflib.SequenceMatcher(a=first, b=second, autojunk=False)
    for kind, start, stop, begin, end in matcher.get_opcodes():
        if kind == "equal":
            parts.append(Part("same", "".join(first[start:stop])))
            continue
        if stop > start:
            parts.append(Part("removed", "".join(first[start:stop])))
        if end > begin:
            parts.append(Part("added", "".join(second[begin:end])))
    return tuple(parts)


def _facts(content: Content) -> dict[str, str]:
    """Everything but the long texts, each as a text for people."""
    more = content.more
    facts: Mapping[str, object] = {
        "main_language": content.main_language,
        "tags": ", ".join(content.tags),
        "kind": content.kind,
        "valid_days": content.valid_days,
        "picture": (content.picture or "")[:12],
        "art": ", ".join(str(value) for _name, value in sorted(content.art.items())),
        "matches": "; ".join(f"{item.name} ({item.url})" for item in more.matches),
        "results": "; ".join(_result(item) for item in more.results),
        "related": ", ".join(more.related),
        "credits": more.credits,
        "field_of_study": more.field_of_study,
        "specialization": more.specialization,
        "human_code": more.human_code,
        "licence": more.licence,
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def _result(item: ResultKind) -> str:
    least = f"≥ {item.required}" if item.required else ""
    return ": ".join(part for part in (item.name, ", ".join(item.values), least) if part)


def _find(node: "Node", achievement_id: str, number: int) -> AchievementVersion | None:
    return node.db.get(AchievementVersion, (achievement_id, number))


def _store(node: "Node", achievement: Achievement, content: Content, actor_id: str) -> None:
    node.db.add(
        AchievementVersion(
            achievement_id=achievement.id,
            number=achievement.version,
            content=_as_json(content),
            published_by=actor_id,
            published_at=node.clock.now(),
        )
    )
    node.db.flush()


def _as_json(content: Content) -> dict[str, Any]:
    """The content as JSON gives it back, so that two can be compared."""
    stored: dict[str, Any] = json.loads(
        json.dumps(asdict(content) | {"more": to_json(content.more)})
    )
    return stored
