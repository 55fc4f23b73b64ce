"""What somebody typed into the form of an activity and has not saved: kept for them on the server,
so that it is there on another machine too. Nobody else sees it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from colnode.plugin import TooLarge, _
from colnode_map.models import FormDraft

if TYPE_CHECKING:
    from colnode.plugin import Node

__all__ = ["find_draft", "forget_draft", "forget_old_drafts", "keep_draft", "subject_of_new"]

_MOST_CHARACTERS = 100_000
_DAYS_KEPT = 60


def subject_of_new(organisation_id: str) -> str:
    """The subject of a form that makes a new activity."""
    return f"new:{organisation_id}"


def keep_draft(
    node: "Node", person_id: str, subject: str, *, fields: Mapping[str, Sequence[str]]
) -> FormDraft:
    """Keep what a form holds, values by name; the last one counts. Raises TooLarge."""
    if sum(len(text) for values in fields.values() for text in values) > _MOST_CHARACTERS:
        raise TooLarge(_("This is too long to be kept while you type. Please save it."))
    draft = find_draft(node, person_id, subject)
    if draft is None:
        draft = FormDraft(
            person_id=person_id, subject=subject, fields={}, saved_at=node.clock.now()
        )
        node.db.add(draft)
    draft.fields = {name: list(values) for name, values in fields.items()}
    draft.saved_at = node.clock.now()
    node.db.flush()
    return draft


def find_draft(node: "Node", person_id: str, subject: str) -> FormDraft | None:
    """What a person typed and did not save, if there is something."""
    return node.db.get(FormDraft, (person_id, subject))


def forget_draft(node: "Node", person_id: str, subject: str) -> None:
    """It was saved, or is not wanted any more."""
    draft = find_draft(node, person_id, subject)
    if draft is not None:
        node.db.delete(draft)
        node.db.flush()


def forget_old_drafts(node: "Node") -> None:
    """The daily job: what nobody came back to for two months is not kept."""
    before = node.clock.now() - timedelta(days=_DAYS_KEPT)
    with node.unit():
        node.db.execute(delete(FormDraft).where(FormDraft.saved_at < before))
