"""Slows guessing down: per address and per client, longer each time, kept in the database.

What is counted is kept as a digest, so the table names nobody.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from colnode.errors import Throttled, _
from colnode.identity.models import Throttle

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["LINK_FROM", "LINK_TO", "SIGN_IN_AS", "SIGN_IN_FROM", "check", "count", "forget"]

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Rule:
    """How many are free before waiting begins, and after how long everything is forgotten."""

    name: str
    free: int
    memory: timedelta


SIGN_IN_AS = Rule("sign in as", 5, timedelta(days=1))
SIGN_IN_FROM = Rule("sign in from", 30, timedelta(days=1))  # a school shares one address
LINK_TO = Rule("link to", 4, timedelta(hours=2))
LINK_FROM = Rule("link from", 60, timedelta(hours=2))


def check(node: "Node", rule: Rule, who: str) -> None:
    """Raise Throttled while `who` has to wait."""
    row = node.db.get(Throttle, _key(rule, who))
    now = node.clock.now()
    if row is None or row.blocked_until <= now:
        return
    seconds = int((row.blocked_until - now).total_seconds()) + 1
    raise Throttled(
        _("There were too many tries. Please wait {retry_after_seconds} seconds and try again."),
        retry_after_seconds=seconds,
    )


def count(node: "Node", rule: Rule, who: str) -> None:
    """Note one more, in the caller's transaction; beyond the free ones each doubles the wait."""
    now = node.clock.now()
    key = _key(rule, who)
    row = node.db.get(Throttle, key, with_for_update=True) or _new_row(node, key)
    if row.last_at + rule.memory < now:
        row.count = 0
    row.count += 1
    row.last_at = now
    over = row.count - rule.free
    if over >= 0:
        row.blocked_until = now + min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(over, 12))
    node.db.flush()


def _new_row(node: "Node", key: str) -> Throttle:
    """The first row of a key; when another request made it in the same moment, that one."""
    now = node.clock.now()
    try:
        with node.db.begin_nested():
            row = Throttle(key=key, count=0, last_at=now, blocked_until=now)
            node.db.add(row)
            node.db.flush()
    except IntegrityError:
        return node.db.get_one(Throttle, key, with_for_update=True)
    return row


def forget(node: "Node", rule: Rule, who: str) -> None:
    """Start again from nothing, after a success."""
    node.db.execute(delete(Throttle).where(Throttle.key == _key(rule, who)))


def _key(rule: Rule, who: str) -> str:
    return hashlib.sha256(f"{rule.name}\n{_network(who)}".encode()).hexdigest()


def _network(who: str) -> str:
    """An IPv6 client owns a whole /64, so that is what is counted."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return who
    if address.version == 4:
        return who
    return str(ipaddress.ip_network((address, 64), strict=False))
