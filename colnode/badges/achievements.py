"""Achievements: make, edit, publish and retire what can be earned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode import audit
from colnode.badges import images, records, versions
from colnode.badges.content import Content, check_content
from colnode.badges.models import Achievement, AchievementState, Credential
from colnode.badges.more import from_json, to_json
from colnode.db import new_id
from colnode.errors import Conflict, Invalid, NotFound, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "content_of",
    "count_issued",
    "create",
    "edit",
    "get_achievement",
    "get_public",
    "list_of_organisation",
    "organisation_of",
    "publish",
    "retire",
]


def create(node: "Node", organisation_id: str, *, content: Content, actor_id: str) -> Achievement:
    """Make a draft. Any organisation may, verified or not. Raises Invalid, NotFound."""
    organisations.get_organisation(node, organisation_id)
    now = node.clock.now()
    achievement = Achievement(
        id=new_id(),
        organisation_id=organisation_id,
        created_by=actor_id,
        created_at=now,
        changed_at=now,
        **_values(check_content(content)),
    )
    achievement.image = images.store(node, achievement)
    node.db.add(achievement)
    node.db.flush()
    _note(node, achievement, "achievement.created", actor_id)
    return achievement


def edit(
    node: "Node",
    achievement_id: str,
    *,
    content: Content,
    actor_id: str,
    revision: int | None = None,
) -> Achievement:
    """Change the texts, tags or image. Badges that were given keep what was signed.

    Saving other content of a published achievement publishes it as the next version.
    `revision` is the one that the editor saw; Conflict when somebody else saved in between. What
    is published must stay complete. Raises Invalid, NotFound, Refused (retired).
    """
    achievement = _locked(node, achievement_id)
    if achievement.state == AchievementState.RETIRED:
        raise Refused(_("This badge is retired. Make a new one instead."))
    if revision is not None and revision != achievement.revision:
        raise Conflict(_("Somebody else changed this badge. Look at their text, then save again."))
    checked = check_content(content)
    if achievement.is_published:
        _check_complete(checked)
        versions.keep(node, achievement, content_of(achievement))
    for name, value in _values(checked).items():
        setattr(achievement, name, value)
    achievement.image = images.store(node, achievement)
    achievement.revision += 1
    achievement.changed_at = node.clock.now()
    if achievement.is_published:
        versions.advance(node, achievement, content_of(achievement), actor_id=actor_id)
    node.db.flush()
    if achievement.is_published:
        records.publish_achievement(node, achievement)
    _note(node, achievement, "achievement.edited", actor_id)
    return achievement


def publish(node: "Node", achievement_id: str, *, actor_id: str) -> Achievement:
    """Show it to everybody and let it be given. Twice is the same as once.

    Raises Invalid when a text is missing, Refused when the organisation isn't verified or the
    achievement is retired.
    """
    achievement = _locked(node, achievement_id)
    if achievement.is_published:
        return achievement
    if achievement.state == AchievementState.RETIRED:
        raise Refused(_("This badge is retired. Make a new one instead."))
    organisations.require_verified(node, achievement.organisation_id)
    _check_complete(content_of(achievement))
    achievement.state = AchievementState.PUBLISHED
    achievement.published_at = achievement.changed_at = node.clock.now()
    versions.advance(node, achievement, content_of(achievement), actor_id=actor_id)
    node.db.flush()
    records.publish_achievement(node, achievement)
    _note(node, achievement, "achievement.published", actor_id)
    return achievement


def retire(node: "Node", achievement_id: str, *, actor_id: str) -> Achievement:
    """Stop giving it. Its page and the badges that were given stay. Twice is the same as once."""
    achievement = _locked(node, achievement_id)
    if achievement.state == AchievementState.RETIRED:
        return achievement
    was_published = achievement.is_published
    achievement.state = AchievementState.RETIRED
    achievement.retired_at = achievement.changed_at = node.clock.now()
    node.db.flush()
    if was_published:
        records.withdraw_achievement(node, achievement.id)
    _note(node, achievement, "achievement.retired", actor_id)
    return achievement


def get_achievement(node: "Node", achievement_id: str) -> Achievement:
    """An achievement in any state. Raises NotFound."""
    achievement = node.db.get(Achievement, achievement_id)
    if achievement is None:
        raise NotFound(_("There is no such badge."))
    return achievement


def get_public(node: "Node", achievement_id: str) -> Achievement:
    """An achievement that everybody may see. Raises NotFound for a draft."""
    achievement = get_achievement(node, achievement_id)
    if not achievement.is_public:
        raise NotFound(_("There is no such badge."))
    return achievement


def organisation_of(node: "Node", achievement_id: str) -> str:
    """The id of the organisation whose achievement it is. Raises NotFound."""
    return get_achievement(node, achievement_id).organisation_id


def list_of_organisation(
    node: "Node", organisation_id: str, *, state: AchievementState | None = None
) -> Sequence[Achievement]:
    """An organisation's achievements, the last changed first."""
    query = select(Achievement).where(Achievement.organisation_id == organisation_id)
    if state is not None:
        query = query.where(Achievement.state == state)
    return node.db.scalars(query.order_by(Achievement.changed_at.desc(), Achievement.id)).all()


def count_issued(
    node: "Node", achievement_id: str | None = None, *, organisation_id: str | None = None
) -> int:
    """How many badges of an achievement or organisation were given and not taken back."""
    query = select(func.count()).select_from(Credential).where(Credential.revoked_at.is_(None))
    if achievement_id is not None:
        query = query.where(Credential.achievement_id == achievement_id)
    if organisation_id is not None:
        query = query.where(Credential.organisation_id == organisation_id)
    return node.db.scalar(query) or 0


def content_of(achievement: Achievement) -> Content:
    """What the organiser wrote, as `edit` takes it."""
    return Content(
        name=achievement.name,
        description=achievement.description,
        criteria=achievement.criteria,
        main_language=achievement.main_language,
        tags=tuple(achievement.tags),
        art=achievement.art,
        picture=achievement.picture,
        kind=achievement.kind,
        valid_days=achievement.valid_days,
        more=from_json(achievement.more),
    )


def _values(content: Content) -> dict[str, object]:
    names = ("kind", "main_language", "name", "description", "criteria", "picture", "valid_days")
    values = {name: getattr(content, name) for name in names}
    return values | {
        "tags": list(content.tags),
        "art": dict(content.art),
        "more": to_json(content.more),
    }


def _check_complete(content: Content) -> None:
    wrong = {}
    if content.main_language not in content.description:
        wrong["description"] = _("Say in a sentence or two what the badge stands for.")
    if content.main_language not in content.criteria:
        wrong["criteria"] = _("Say what somebody does to earn it.")
    if wrong:
        raise Invalid(_("A badge needs these texts before it is published."), fields=wrong)


def _locked(node: "Node", achievement_id: str) -> Achievement:
    query = select(Achievement).where(Achievement.id == achievement_id).with_for_update()
    achievement = node.db.scalar(query.execution_options(populate_existing=True))
    if achievement is None:
        raise NotFound(_("There is no such badge."))
    return achievement


def _note(node: "Node", achievement: Achievement, action: str, actor_id: str) -> None:
    achievement_id = achievement.id
    audit.record(
        node,
        action,
        subject_type="achievement",
        subject_id=achievement_id,
        actor_id=actor_id,
        detail={"organisation_id": achievement.organisation_id},
    )
    node.after_commit(
        lambda: node.host.calls.after(
            "achievement_changed", node=node, achievement_id=achievement_id
        )
    )
