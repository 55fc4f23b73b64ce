"""Reminders, each at most once: that an offered badge still waits, that a badge ends soon."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.badges import achievements, messages
from colnode.badges.documents import text_in
from colnode.badges.models import Credential, CredentialHolder, Offer, OfferState
from colnode.badges.offers import digest_of
from colnode.badges.telling import tell_holder
from colnode.identity import organisations

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["remind"]

WAITS = timedelta(days=7)
ENDS = timedelta(days=30)
_LAST_DAY = timedelta(days=1)


def remind(node: "Node") -> None:
    """The job: each reminder is a unit of its own, so a kill sends none of them twice."""
    with node.reading():
        waiting, ending = _waiting_offers(node), _ending_badges(node)
    for offer_id in waiting:
        with node.unit():
            _remind_offer(node, offer_id)
    for credential_id in ending:
        with node.unit():
            _remind_ending(node, credential_id)


def _waiting_offers(node: "Node") -> Sequence[str]:
    """Offers that nobody answered for a week and that are open for another day at least."""
    now = node.clock.now()
    query = select(Offer.id).where(
        Offer.state == OfferState.WAITING,
        Offer.email.is_not(None),
        Offer.reminded_at.is_(None),
        Offer.created_at <= now - WAITS,
        Offer.expires_at > now + _LAST_DAY,
    )
    return node.db.scalars(query.order_by(Offer.created_at)).all()


def _ending_badges(node: "Node") -> Sequence[str]:
    """Badges that end within thirty days and have been valid for longer than what is left."""
    now = node.clock.now()
    query = (
        select(Credential)
        .join(CredentialHolder, CredentialHolder.credential_id == Credential.id)
        .where(
            Credential.valid_until > now,
            Credential.valid_until <= now + ENDS,
            Credential.revoked_at.is_(None),
            CredentialHolder.end_reminded_at.is_(None),
        )
    )
    return [
        credential.id
        for credential in node.db.scalars(query)
        if credential.valid_until and credential.valid_until - now <= now - credential.issued_at
    ]


def _remind_offer(node: "Node", offer_id: str) -> None:
    query = select(Offer).where(Offer.id == offer_id).with_for_update()
    offer = node.db.scalar(query.execution_options(populate_existing=True))
    if offer is None or offer.state != OfferState.WAITING or offer.email is None:
        return
    organisation = organisations.get_organisation(node, offer.organisation_id)
    achievement = achievements.get_achievement(node, offer.achievement_id)
    if offer.reminded_at or not organisation.is_verified or not achievement.is_published:
        return
    token = secrets.token_urlsafe(24)
    offer.reminder_digest, offer.reminded_at = digest_of(token), node.clock.now()
    main = achievement.main_language
    messages.send_reminder(
        node,
        to=offer.email,
        language=main,
        organisation=text_in(organisation.name, main, node.config.main_language),
        badge=text_in(achievement.name, main, main),
        token=token,
        days=(offer.expires_at - node.clock.now()).days,
    )
    node.db.flush()


def _remind_ending(node: "Node", credential_id: str) -> None:
    query = select(CredentialHolder).where(CredentialHolder.credential_id == credential_id)
    holder = node.db.scalar(query.with_for_update().execution_options(populate_existing=True))
    credential = node.db.get_one(Credential, credential_id)
    if holder is None or holder.end_reminded_at or credential.is_revoked:
        return
    holder.end_reminded_at = node.clock.now()
    node.db.flush()
    if credential.valid_until is not None:
        day = credential.valid_until.date()
        tell_holder(node, credential, messages.send_ending, day=day)
