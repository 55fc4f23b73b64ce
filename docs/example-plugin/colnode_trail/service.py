"""The verbs: lay a trail out, walk it, and everything that hooks ask for. Pages only call these."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from colnode.plugin import (
    DemoScene,
    Invalid,
    LangMap,
    Node,
    NotFound,
    Refused,
    _,
    audit,
    catalogue,
    complete_record,
    insert_into,
    notify,
    setting,
    sign_endorsement,
)
from colnode_trail.models import Trail, Walk
from colnode_trail.records import LEVELS

_KEPT = timedelta(days=3650)


def lay_out(
    node: Node,
    *,
    title: LangMap,
    level: str,
    actor_id: str | None = None,
    achievement_id: str | None = None,
) -> Trail:
    """Make a trail that everybody sees. Raises Invalid, and Refused when there are too many."""
    title = {language: text.strip() for language, text in title.items() if text.strip()}
    if not title:
        raise Invalid(_("A trail needs a name."), fields={"title": _("A trail needs a name.")})
    if level not in LEVELS or level in setting(node, "trail.closed_levels"):
        raise Invalid(_("Choose a level."), fields={"level": _("Choose a level.")})
    if count(node) >= setting(node, "trail.most_trails"):
        raise Refused(_("There are enough trails. Take one away first."))
    trail = Trail(
        title=title, level=level, achievement_id=achievement_id, created_at=node.clock.now()
    )
    node.db.add(trail)
    node.db.flush()
    catalogue.publish(node, "trail", trail.id, {"title": title, "level": level})
    audit.record(
        node, "trail.laid_out", subject_type="trail", subject_id=trail.id, actor_id=actor_id
    )
    return trail


def get(node: Node, trail_id: str) -> Trail:
    """One trail. Raises NotFound."""
    trail = node.db.get(Trail, trail_id)
    if trail is None:
        raise NotFound(_("There is no such trail."))
    return trail


def walk(node: Node, trail_id: str, *, person_id: str) -> bool:
    """Note that somebody has walked a trail; False when that was known. Raises NotFound."""
    trail = get(node, trail_id)
    values = {"trail_id": trail_id, "person_id": person_id, "walked_at": node.clock.now()}
    added = node.db.execute(
        insert_into(node.db, Walk)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(Walk.trail_id)
    ).first()
    if added is None:
        return False
    complete_record(node, person_id, f"self/trail/{trail_id}", source="trail")
    notify(
        node,
        person_id,
        "trail_walk",
        subject=_("You have walked {trail}"),
        text=_("Well done! {city} has more trails for you."),
        url=f"/trails/{trail_id}",
        parameters={"trail": next(iter(trail.title.values()))},
        key=f"trail:{trail_id}",
    )
    return True


def newest(node: Node, most: int) -> Sequence[Trail]:
    """The newest trails."""
    return node.db.scalars(select(Trail).order_by(Trail.id.desc()).limit(most)).all()


def count(node: Node) -> int:
    """How many trails there are."""
    return node.db.scalar(select(func.count()).select_from(Trail)) or 0


def titles(node: Node) -> dict[str, LangMap]:
    """Every trail's name by its id."""
    return {trail.id: trail.title for trail in newest(node, 500)}


def walked(node: Node, person_id: str) -> set[str]:
    """The ids of the trails that somebody has walked."""
    return set(node.db.scalars(select(Walk.trail_id).where(Walk.person_id == person_id)))


def walkers(node: Node, things: Sequence[str]) -> Iterable[str]:
    """The ids of the people who have walked any of these trails."""
    query = select(Walk.person_id).where(Walk.trail_id.in_(things)).distinct()
    return node.db.scalars(query).all()


def trails_of(node: Node, achievement_id: str) -> Sequence[Trail]:
    """The trails for which a badge stands."""
    return node.db.scalars(select(Trail).where(Trail.achievement_id == achievement_id)).all()


def endorse(node: Node, trail_id: str, *, organisation_id: str) -> None:
    """Let an organisation sign that it stands behind the badge which a trail gives.

    Raises NotFound, and Refused for an organisation that the city has not verified.
    """
    trail = get(node, trail_id)
    base = node.config.server.base_url
    signed = sign_endorsement(
        node,
        organisation_id,
        id=f"{base}/trails/{trail.id}#endorsement",
        subject_id=f"{base}/badges/{trail.achievement_id}",
        comment="We know this trail, and what it asks of those who walk it.",
    )
    trail.endorsement = signed.document
    node.db.flush()


def endorsements_of(node: Node, achievement_id: str) -> list[dict[str, Any]]:
    """The signed endorsements of a badge."""
    trails = trails_of(node, achievement_id)
    return [json.loads(trail.endorsement) for trail in trails if trail.endorsement]


def forget(node: Node, person_id: str) -> None:
    """Forget who walked."""
    node.db.execute(delete(Walk).where(Walk.person_id == person_id))


def merge(node: Node, person_id: str, into_id: str) -> None:
    """Give what one account walked to another."""
    for trail_id in walked(node, person_id) - walked(node, into_id):
        node.db.add(Walk(trail_id=trail_id, person_id=into_id, walked_at=node.clock.now()))
    forget(node, person_id)


def export(node: Node, person_id: str) -> list[dict[str, Any]]:
    """What is kept about a person, as JSON values."""
    query = select(Walk).where(Walk.person_id == person_id).order_by(Walk.trail_id)
    return [
        {"trail_id": row.trail_id, "walked_at": row.walked_at.isoformat()}
        for row in node.db.scalars(query)
    ]


def tidy(node: Node) -> None:
    """Forget walks that are older than ten years."""
    with node.unit():
        node.db.execute(delete(Walk).where(Walk.walked_at < node.clock.now() - _KEPT))


def load_demo(node: Node, scene: DemoScene) -> None:
    """Two trails in the demonstration city."""
    lay_out(node, title={"en": "Along the river"}, level="easy")
    lay_out(node, title={"en": "Over the hills"}, level="hard")
