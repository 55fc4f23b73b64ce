"""A process that is killed while it gives badges loses none that it acknowledged, doubles none."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode.badges import issuing, verifying
from colnode.badges.models import Achievement, Credential, CredentialHolder, StatusEntry
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock

_CHILD = """
import sys
from dataclasses import replace
from colnode.app import open_node
from colnode.badges import issuing
from colnode.config import Config

url, data_dir, base_url, achievement_id, person_id = sys.argv[1:]
config = Config()
config = replace(
    config,
    database=replace(config.database, url=url),
    server=replace(config.server, data_dir=data_dir, base_url=base_url),
)
node = open_node(config)
while True:
    with node.unit():
        credential = issuing.issue(node, achievement_id, person_id=person_id)
        if len(credential.document) % 3 == 0:
            issuing.revoke(node, credential.id, actor_id=person_id, reason="Drill.")
    print(credential.id, flush=True)
"""


def test_badges_survive_a_kill(
    node: Node,
    make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]",
    clock: "TestClock",
) -> None:
    achievement, person = make_achievement(), make_person()
    words = (
        node.config.database_url,
        node.config.server.data_dir,
        node.config.server.base_url,
        achievement.id,
        person.id,
    )
    acknowledged: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, *words], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        acknowledged += [child.stdout.readline().strip() for _line in range(5)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    clock.moment = datetime.now(UTC)
    with node.reading():
        credentials = node.db.scalars(select(Credential)).all()
        entries = node.db.execute(select(StatusEntry.status_list_id, StatusEntry.position)).all()
        holders = node.db.scalars(select(CredentialHolder.credential_id)).all()
        assert {credential.id for credential in credentials} >= set(acknowledged)
        assert sorted(holders) == sorted(credential.id for credential in credentials)
        assert sorted(tuple(entry) for entry in entries) == sorted(
            (credential.status_list_id, credential.status_position) for credential in credentials
        )
        for credential in credentials[-3:]:
            verdict = verifying.verify_text(node, credential.document)
            assert verdict.is_valid is not credential.is_revoked
    with node.unit():
        assert issuing.issue(node, achievement.id, person_id=person.id).id
