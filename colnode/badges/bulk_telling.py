"""The job that mails those who got a badge in bulk: each of them once, however often it runs."""

from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.badges import achievements, messages
from colnode.badges.documents import credential_url, text_in
from colnode.badges.models import Achievement, BulkResult, BulkRun, Credential, CredentialHolder
from colnode.errors import Invalid
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["tell_holders"]

_AT_ONCE = 200


def tell_holders(node: "Node", run_id: str) -> None:
    """Enqueue mails for the rows that a run has stored since the last time, in small units."""
    while _tell_some(node, run_id):
        pass


def _tell_some(node: "Node", run_id: str) -> bool:
    with node.unit():
        run = node.db.scalar(select(BulkRun).where(BulkRun.id == run_id).with_for_update())
        if run is None or run.told is None or run.told >= run.done:
            return False
        achievement = achievements.get_achievement(node, run.achievement_id)
        until = min(run.told + _AT_ONCE, run.done)
        holders = (
            select(Credential.address, CredentialHolder.person_id)
            .join(BulkResult, BulkResult.credential_id == Credential.id)
            .join(CredentialHolder, CredentialHolder.credential_id == Credential.id)
            .where(BulkResult.run_id == run_id, Credential.revoked_at.is_(None))
            .where(BulkResult.number > run.told, BulkResult.number <= until)
        )
        for address, person_id in node.db.execute(holders):
            _tell(node, achievement, address, person_id)
        run.told = until
        return True


def _tell(node: "Node", achievement: Achievement, address: str, person_id: str) -> None:
    person = people.get_person(node, person_id)
    if person.email is None:
        return
    organisation = organisations.get_organisation(node, achievement.organisation_id)
    try:
        messages.send_given(
            node,
            to=person.email,
            language=person.language,
            organisation=text_in(organisation.name, person.language, node.config.main_language),
            badge=text_in(achievement.name, person.language, achievement.main_language),
            url=credential_url(node, address),
        )
    except Invalid:  # an address that no header may hold: the badge is theirs all the same
        return
