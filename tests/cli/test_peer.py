"""One city reads another from the command line, over real HTTP on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.processes import free_port, running

COLNODE = [sys.executable, "-m", "colnode.cli"]
LOOPBACK = {"COLNODE_FEDERATION_ALLOW_LOOPBACK": "true"}


def make_city(folder: Path, name: str, port: int) -> None:
    folder.mkdir()
    subprocess.run(
        [
            *(*COLNODE, "init", "--no-input", "--name", name, "--centre", "54.7,25.3"),
            *("--base-url", f"http://localhost:{port}"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def other(tmp_path: Path) -> Iterator[str]:
    """The address of a city that runs."""
    port = free_port()
    make_city(tmp_path / "other", "Otherport", port)
    command = [*COLNODE, "run", "--port", str(port)]
    with running(command, tmp_path / "other", port):
        yield f"http://localhost:{port}"


@pytest.fixture
def peer(tmp_path: Path, environment: dict[str, str]) -> Callable[..., Any]:
    """Run `colnode peer` in a city of its own; gives what --json prints, or the exit code."""
    make_city(tmp_path / "own", "Ownham", free_port())

    def run(*words: str) -> Any:
        done = subprocess.run(
            [*COLNODE, "peer", *words, "--json"],
            cwd=tmp_path / "own",
            env={**os.environ, **environment, **LOOPBACK},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return done.returncode, json.loads(done.stderr or done.stdout)
        return json.loads(done.stdout)

    return run


def test_a_city_is_added_allowed_read_and_blocked(other: str, peer: Callable[..., Any]) -> None:
    assert peer("list") == []
    added = peer("add", other)
    assert (added["city"], added["state"], added["address"]) == ("Otherport", "pending", other)
    code, _problem = peer("sync", other)
    assert code == 1
    assert peer("allow", "Otherport")["state"] == "allowed"
    (read,) = peer("sync")
    assert read["problem"] == ""
    assert read["records"] == 0
    assert peer("block", other, "--reason", "It was only a test.")["state"] == "blocked"
    (listed,) = peer("list")
    assert listed["state"] == "blocked"
    code, problem = peer("allow", other)
    assert (code, problem["error"]) == (1, "invalid")
    assert peer("allow", other, "--reason", "Tested.")["state"] == "allowed"
    events = peer("history", other)
    assert [(event["action"], event["reason"]) for event in events] == [
        ("peer.allowed", "Tested."),
        ("peer.blocked", "It was only a test."),
        ("peer.allowed", None),
        ("peer.added", None),
    ]


def test_a_city_may_be_allowed_as_it_is_added(other: str, peer: Callable[..., Any]) -> None:
    assert peer("add", other, "--allow")["state"] == "allowed"


def test_a_city_that_does_not_answer_or_is_unknown_is_named(peer: Callable[..., Any]) -> None:
    code, problem = peer("add", "http://localhost:1")
    assert code == 1
    assert problem["error"] == "unavailable"
    code, problem = peer("allow", "Nowhere")
    assert code == 1
    assert "Nowhere" in problem["detail"]


def test_another_machine_is_only_asked_over_https(colnode: Run) -> None:
    colnode("init", "--no-input", "--name", "A", "--domain", "a.example", "--centre", "1,1")
    done = colnode("peer", "add", "http://learn.city.example")
    assert done.returncode == 1
    assert "https" in done.stderr
