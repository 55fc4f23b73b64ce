"""Telling organisers that requests wait: one mail about all of them, not one for each.

The first request is told of after a quarter of an hour, those that follow six hours later at the
earliest, whatever their number.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from colnode import jobs
from colnode.badges import achievements, messages
from colnode.badges.documents import text_in
from colnode.badges.jobs import TELL_REVIEWERS
from colnode.badges.models import Application, ApplicationState
from colnode.identity import memberships, organisations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colnode.node import Node

__all__ = ["plan", "tell_reviewers"]

SOON = timedelta(minutes=15)
APART = timedelta(hours=6)


def plan(node: "Node", organisation_id: str) -> None:
    """Have the organisation's people told of a request, in the transaction that makes it."""
    jobs.enqueue(
        node,
        TELL_REVIEWERS,
        {"organisation_id": organisation_id},
        key=f"{TELL_REVIEWERS} {organisation_id}",
        run_at=_when(node, organisation_id),
    )


def tell_reviewers(node: "Node", organisation_id: str) -> None:
    """The job: mail everybody who may award, about others' requests that nobody was told of."""
    with node.unit():
        query = select(Application).where(
            Application.organisation_id == organisation_id,
            Application.state == ApplicationState.WAITING,
            Application.told_at.is_(None),
        )
        waiting = node.db.scalars(query.with_for_update()).all()
        for person_id, address, language in memberships.member_addresses(node, organisation_id):
            others = [item for item in waiting if item.person_id != person_id]
            if others:
                _tell(node, organisation_id, others, address, language)
        for item in waiting:
            item.told_at = node.clock.now()


def _when(node: "Node", organisation_id: str) -> datetime:
    soon = node.clock.now() + SOON
    query = select(func.max(Application.told_at))
    last = node.db.scalar(query.where(Application.organisation_id == organisation_id))
    return soon if last is None else max(soon, last + APART)


def _tell(
    node: "Node", organisation_id: str, waiting: "Sequence[Application]", to: str, language: str
) -> None:
    organisation = organisations.get_organisation(node, organisation_id)
    counts = Counter(item.achievement_id for item in waiting)
    lines = []
    for achievement_id, count in counts.items():
        achievement = achievements.get_achievement(node, achievement_id)
        name = text_in(achievement.name, language, achievement.main_language)
        lines.append(f"{name}: {count}")
    messages.send_requests(
        node,
        to=to,
        language=language,
        organisation=text_in(organisation.name, language, node.config.main_language),
        badges="\n".join(sorted(lines)),
        url=f"{node.config.server.base_url}/organiser/{organisation_id}/requests",
    )
