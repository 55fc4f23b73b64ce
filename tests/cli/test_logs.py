"""What a failing statement leaves in the log: never the values."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from colnode.cli.logs import write_log
from colnode.node import Node


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a command that runs for long writes to stderr."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    before = list(root.handlers)
    root.handlers.clear()
    write_log()
    yield written
    root.handlers[:] = before


def test_a_row_that_is_refused_leaves_no_value_in_the_log(node: Node, log: io.StringIO) -> None:
    insert = text("INSERT INTO node_fact (name, value) VALUES (:name, :value)")
    values = {"name": "ona@learner.example", "value": "Ona"}
    try:
        with node.unit():
            node.db.execute(insert, values)
            node.db.execute(insert, values)
    except IntegrityError:
        logging.getLogger("colnode.test").exception("it failed")
    written = log.getvalue()
    assert "it failed" in written
    assert "IntegrityError" in written
    assert "ona" not in written.lower().replace("colnode", "")
