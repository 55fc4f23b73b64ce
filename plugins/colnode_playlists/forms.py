"""The forms of the editor: what was typed, as a Content, a Step or a Branch."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from colnode.plugin import Invalid, _
from colnode_playlists.content import Branch, Content, Kind, Step, new_step_id

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

__all__ = ["read_branch", "read_facts", "read_step", "typed_texts"]


def read_facts(form: "MultiDict[str, str]", content: Content, *, picture: str | None) -> Content:
    """The content with everything but its stops as it was typed. Raises Invalid."""
    wrong: dict[str, str] = {}
    changed = replace(
        content,
        title=typed_texts(form, "title"),
        description=typed_texts(form, "description"),
        tags=tuple(
            tag for tag in (part.strip() for part in form.get("tags", "").split(",")) if tag
        ),
        languages=tuple(form.getlist("languages")),
        age_from=_whole(form, "age_from", wrong),
        age_to=_whole(form, "age_to", wrong),
        line=_whole(form, "line", wrong) or content.line,
        achievement=form.get("achievement", ""),
        giving=form.get("giving", content.giving) if form.get("achievement") else "none",
        picture=picture,
    )
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return changed


def read_step(form: "MultiDict[str, str]", step: Step | None = None) -> Step:
    """A new link or task, or a step as it was changed. Raises Invalid."""
    wrong: dict[str, str] = {}
    if step is None:
        kind = Kind.LINK if form.get("kind") == Kind.LINK else Kind.TASK
        step = Step(id=new_step_id(), kind=kind, title={})
    minutes = _whole(form, "minutes", wrong)
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return replace(
        step,
        title=typed_texts(form, "title") or step.title,
        text=typed_texts(form, "text"),
        url=form.get("url", "").strip() if step.kind == Kind.LINK else step.url,
        is_optional=bool(form.get("is_optional")),
        minutes=minutes,
        after=tuple(form.getlist("after")),
        branch=form.get("branch", step.branch),
    )


def read_branch(form: "MultiDict[str, str]", branch: Branch) -> Branch:
    """A branch as it was changed. Raises Invalid."""
    wrong: dict[str, str] = {}
    needed = _whole(form, "needed", wrong)
    if wrong:
        raise Invalid(_("Some of it needs another look."), fields=wrong)
    return replace(branch, title=typed_texts(form, "title"), needed=needed or 1)


def typed_texts(form: Mapping[str, str], name: str) -> dict[str, str]:
    """The texts of the fields `name.en`, `name.lt` ..."""
    prefix = f"{name}."
    return {
        key.removeprefix(prefix): text
        for key, text in form.items()
        if key.startswith(prefix) and text.strip()
    }


def _whole(form: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        wrong[name] = _("Write a whole number.")
        return None
    return int(text)
