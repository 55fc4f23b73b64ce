"""A node over a fresh database and folder, with the tables of this room."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from colnode.clock import SystemClock
from colnode.config import Config
from colnode.db import Base, connect
from colnode.http import GuardedClient
from colnode.mail import Mailer
from colnode.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    config = Config()
    config = replace(config, server=replace(config.server, data_dir=str(tmp_path)))
    engine = connect(config.database_url)
    Base.metadata.create_all(engine)
    node = Node(
        config,
        clock=SystemClock(),
        engine=engine,
        http=GuardedClient(allow_loopback=True),
        mail=Mailer(config),
    )
    yield node
    node.close()
