"""What a playlist says, checked once before it is stored: its texts, its steps and their branches.

Forms, the API, copies and the demonstration all make a Content; nothing else is stored.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from colnode.plugin import Invalid, LangMap, _
from colnode_playlists.states import Giving

__all__ = [
    "LINES",
    "REFERENCE",
    "Branch",
    "Content",
    "Kind",
    "Step",
    "branch_of_json",
    "check_content",
    "missing_for_publishing",
    "new_step_id",
    "step_of_json",
    "to_json",
]

LINES: tuple[str, ...] = (
    "blue", "vermilion", "green", "rose", "amber", "sky", "violet", "slate",
)  # fmt: skip
"""The colours of lines; the position is a line's number, from 1."""

REFERENCE = re.compile(r"(self|n_[a-z2-7]{52})/([a-z][a-z0-9_-]{0,60})/([A-Za-z0-9._~-]{1,100})")
"""`ORIGIN/type/id`; the origin is a node id, or `self` where this city's own is meant."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_STEP_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST = {"title": 140, "description": 6_000, "text": 1_000}
_MOST_STEPS = 60
_MOST_TAGS = 20
_LONGEST_MINUTES = 366 * 24 * 60


class Kind(StrEnum):
    """What a step is: a record of a city, an address on the web, or a task in words."""

    RECORD = "record"
    LINK = "link"
    TASK = "task"


@dataclass(frozen=True)
class Step:
    """One stop. `after` are ids of steps and branches that come first, `branch` the one it is in.

    A record's `title` and `url` are what was known when it was added, so that the stop keeps its
    name, and an earned badge is recognised, when the record can no longer be read.
    """

    id: str
    kind: str
    title: LangMap
    text: LangMap = field(default_factory=dict)
    reference: str = ""
    url: str = ""
    is_optional: bool = False
    minutes: int | None = None
    after: tuple[str, ...] = ()
    branch: str = ""

    @property
    def record_type(self) -> str:
        """The type of the record that the step is, "" for links and tasks."""
        return self.reference.split("/")[1] if self.reference else ""


@dataclass(frozen=True)
class Branch:
    """Steps of which `needed` are enough. Its steps stand together in the playlist."""

    id: str
    needed: int
    title: LangMap = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """A playlist as it is written. `line` is a colour's number, `achievement` its own badge."""

    title: LangMap
    description: LangMap = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    branches: tuple[Branch, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    line: int = 1
    picture: str | None = None
    achievement: str = ""
    giving: str = Giving.NONE

    def step(self, step_id: str) -> Step | None:
        """The step with this id, None when there is none."""
        return next((step for step in self.steps if step.id == step_id), None)

    def branch(self, branch_id: str) -> Branch | None:
        """The branch with this id, None when there is none."""
        return next((branch for branch in self.branches if branch.id == branch_id), None)

    def in_branch(self, branch_id: str) -> tuple[Step, ...]:
        """The steps of a branch, in order."""
        return tuple(step for step in self.steps if step.branch == branch_id)

    @property
    def ids(self) -> set[str]:
        """The ids of all steps and branches."""
        return {step.id for step in self.steps} | {branch.id for branch in self.branches}

    @property
    def minutes(self) -> int:
        """How long the steps that say so take together."""
        return sum(step.minutes or 0 for step in self.steps)


def new_step_id() -> str:
    """An id for a step or branch, unique within its playlist."""
    return secrets.token_hex(4)


def to_json(value: Step | Branch) -> dict[str, Any]:
    """A step or branch as it is stored."""
    return {
        name: list(item) if isinstance(item, tuple) else item for name, item in vars(value).items()
    }


def step_of_json(stored: Mapping[str, Any]) -> Step:
    """The step that was stored."""
    return Step(**{**stored, "after": tuple(stored.get("after", ()))})


def branch_of_json(stored: Mapping[str, Any]) -> Branch:
    """The branch that was stored."""
    return Branch(**stored)


def check_content(content: Content, *, node_id: str, own_reference: str = "") -> Content:
    """Trim, check and put in order. Raises Invalid that names every wrong field.

    References get `node_id` for `self`, branches keep their steps together and lose nothing that
    is still needed; `own_reference` is the playlist's own, which it cannot contain.
    """
    wrong: dict[str, str] = {}
    title = _texts("title", content.title, wrong)
    if not title and "title" not in wrong:
        wrong["title"] = _("Give the playlist a name.")
    steps = _together([_step(step, node_id, own_reference, wrong) for step in content.steps])
    branches = _branches(content.branches, steps, wrong)
    if len(steps) > _MOST_STEPS:
        wrong["steps"] = _("A playlist has at most 60 stops. Make two and put one into the other.")
    _check_order(steps, branches, wrong)
    _check_facts(content, wrong)
    achievement = _whole(content.achievement, node_id)
    if achievement and not achievement.startswith(f"{node_id}/achievement/"):
        wrong["achievement"] = _("Choose a badge of your organisation.")
    if content.giving != Giving.NONE and not achievement:
        wrong.setdefault("achievement", _("Choose the badge that people get at the end."))
    checked = replace(
        content,
        title=title,
        description=_texts("description", content.description, wrong),
        steps=tuple(steps),
        branches=branches,
        tags=_once(" ".join(tag.split()).lower() for tag in content.tags),
        languages=_once(content.languages),
        achievement=achievement,
        giving=content.giving if achievement else Giving.NONE,
    )
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return checked


def missing_for_publishing(content: Content) -> dict[str, str]:
    """What a playlist still lacks before everybody may see it, by field; empty when complete."""
    missing: dict[str, str] = {}
    if not content.description:
        missing["description"] = _("Say what people learn on the way.")
    if not any(not step.is_optional for step in content.steps):
        missing["steps"] = _("Add at least one stop that is not optional.")
    return missing


def _step(step: Step, node_id: str, own_reference: str, wrong: dict[str, str]) -> Step:
    name = f"step.{step.id}"
    reference = _whole(step.reference, node_id)
    if not _STEP_ID.fullmatch(step.id) or step.kind not in set(Kind):
        wrong[name] = _("This stop cannot be read.")
    elif step.kind == Kind.RECORD and not REFERENCE.fullmatch(reference):
        wrong[name] = _("Choose what this stop is.")
    elif reference and reference == own_reference:
        wrong[name] = _("A playlist cannot be a stop of itself.")
    elif step.kind == Kind.LINK and not _is_address(step.url):
        wrong[name] = _("Write the whole address, starting with https://.")
    elif step.minutes is not None and not 1 <= step.minutes <= _LONGEST_MINUTES:
        wrong[name] = _("Give the duration in minutes, at least 1.")
    title = _texts("title", step.title, wrong, name)
    if not title:
        wrong.setdefault(name, _("Give the stop a name."))
    is_record = step.kind == Kind.RECORD
    return replace(
        step,
        title=title,
        text=_texts("text", step.text, wrong, name),
        reference=reference if is_record else "",
        url=step.url.strip() if step.kind != Kind.TASK and _is_address(step.url) else "",
        after=_once(step.after),
    )


def _together(steps: Sequence[Step]) -> list[Step]:
    """The steps, those of one branch beside each other where its first one stands."""
    ordered: list[Step] = []
    for step in steps:
        if not step.branch:
            ordered.append(step)
        elif not any(other.branch == step.branch for other in ordered):
            ordered.extend(other for other in steps if other.branch == step.branch)
    return ordered


def _branches(
    branches: Iterable[Branch], steps: Sequence[Step], wrong: dict[str, str]
) -> tuple[Branch, ...]:
    kept = []
    known = set()
    for branch in branches:
        count = sum(step.branch == branch.id for step in steps)
        known.add(branch.id)
        if not count:
            continue
        if not _STEP_ID.fullmatch(branch.id) or not 1 <= branch.needed <= count:
            wrong[f"branch.{branch.id}"] = _("Of this branch, at least 1 and at most all.")
        title = _texts("title", branch.title, wrong, f"branch.{branch.id}")
        kept.append(replace(branch, title=title))
    for step in steps:
        if step.branch and step.branch not in known:
            wrong[f"step.{step.id}"] = _("The branch of this stop is missing.")
    ids = [step.id for step in steps] + [branch.id for branch in kept]
    if len(ids) != len(set(ids)):
        wrong["steps"] = _("Two stops have the same id.")
    return tuple(kept)


def _check_order(steps: Sequence[Step], branches: Sequence[Branch], wrong: dict[str, str]) -> None:
    """Prerequisites exist, and no step waits for itself."""
    waits: dict[str, set[str]] = {step.id: set(step.after) for step in steps}
    for branch in branches:
        waits[branch.id] = {step.id for step in steps if step.branch == branch.id}
    for step in steps:
        if not set(step.after) <= set(waits) or step.branch in step.after:
            wrong[f"step.{step.id}"] = _("This stop opens after one that is not there.")
    left = {name: needs & set(waits) for name, needs in waits.items()}
    while ready := [name for name, needs in left.items() if not needs]:
        for name in ready:
            del left[name]
        left = {name: needs - set(ready) for name, needs in left.items()}
    for step in steps:
        if step.id in left and step.after:
            wrong[f"step.{step.id}"] = _("These stops wait for each other, so none can open.")


def _check_facts(content: Content, wrong: dict[str, str]) -> None:
    if not all(_LANGUAGE.fullmatch(language) for language in content.languages):
        wrong["languages"] = _("Write languages as codes, like en or lt.")
    bad_tag = any(
        not 1 <= len(tag.strip()) <= 50 or ":" in tag or _CONTROL.search(tag)
        for tag in content.tags
    )
    if len(content.tags) > _MOST_TAGS or bad_tag:
        wrong["tags"] = _("At most 20 tags of 50 characters, without a colon.")
    if content.line not in range(1, 9):
        wrong["line"] = _("Choose one of the colours.")
    if content.giving not in set(Giving):
        wrong["giving"] = _("Choose how the badge is given.")
    for name in ("age_from", "age_to"):
        age = getattr(content, name)
        if age is not None and not 0 <= age <= 120:
            wrong[name] = _("Give an age from 0 to 120.")
    low, high = content.age_from, content.age_to
    if low is not None and high is not None and low > high:
        wrong.setdefault("age_to", _("The highest age is below the lowest one."))


def _texts(name: str, texts: LangMap, wrong: dict[str, str], field_name: str = "") -> LangMap:
    kept = {}
    at = field_name or name
    for language, text in texts.items():
        cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not cleaned:
            continue
        where = at if field_name else f"{name}.{language}"
        if not _LANGUAGE.fullmatch(language):
            wrong[at] = _("Choose a language.")
        elif _CONTROL.search(cleaned):
            wrong[where] = _("The text has characters that cannot be shown.")
        elif len(cleaned) > _LONGEST[name]:
            wrong[where] = {
                "title": _("Please say it in at most 140 characters."),
                "description": _("Please say it in at most 6,000 characters."),
                "text": _("Please say it in at most 1,000 characters."),
            }[name]
        kept[language] = cleaned
    return kept


def _whole(reference: str, node_id: str) -> str:
    """The reference with a node id for `self`."""
    return f"{node_id}/{reference[5:]}" if reference.startswith("self/") else reference


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    plain = text.strip().isprintable() and " " not in text.strip() and len(text) <= 1_000
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
