"""Background work is done at least once, survives a killed worker, and is never lost."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from colnode import jobs
from colnode.host.types import JobKind
from colnode.node import Node
from colnode.testing.fixtures import TestClock


@pytest.fixture
def done(node: Node) -> list[Any]:
    """What the job `note` was given, in order."""
    seen: list[Any] = []

    def note(_node: Node, payload: Mapping[str, Any]) -> None:
        seen.append(payload["text"])

    node.job_kinds = {"note": JobKind("note", note)}
    return seen


def add(node: Node, text: str, **keywords: Any) -> None:
    with node.unit():
        jobs.enqueue(node, "note", {"text": text}, **keywords)


def test_a_job_runs_once(node: Node, done: list[Any]) -> None:
    add(node, "hello")
    assert jobs.run_due(node) == 1
    assert jobs.run_due(node) == 0
    assert done == ["hello"]


def test_a_job_of_a_rolled_back_unit_never_runs(node: Node, done: list[Any]) -> None:
    with pytest.raises(ZeroDivisionError), node.unit():
        jobs.enqueue(node, "note", {"text": "never"})
        raise ZeroDivisionError
    assert jobs.run_due(node) == 0
    assert done == []


def test_a_job_waits_for_its_time(node: Node, done: list[Any], clock: TestClock) -> None:
    add(node, "later", run_at=clock.now() + timedelta(hours=1))
    assert jobs.run_due(node) == 0
    clock.forward(hours=1)
    assert jobs.run_due(node) == 1


def test_a_waiting_job_with_the_same_key_absorbs_the_new_one(node: Node, done: list[Any]) -> None:
    add(node, "first", key="k")
    add(node, "second", key="k")
    assert jobs.run_due(node) == 1
    assert done == ["second"]


def test_a_job_added_again_while_it_runs_runs_once_more(node: Node, clock: TestClock) -> None:
    runs = []

    def work(city: Node, payload: Mapping[str, Any]) -> None:
        runs.append(payload)
        if len(runs) == 1:
            add_again(city)

    def add_again(city: Node) -> None:
        with city.unit():
            jobs.enqueue(city, "work", {"again": True}, key="k")
        assert jobs.run_due(city) == 0, "nobody may run it beside the one that runs"

    node.job_kinds = {"work": JobKind("work", work)}
    with node.unit():
        jobs.enqueue(node, "work", {}, key="k")
    assert jobs.run_due(node) == 2
    assert runs == [{}, {"again": True}]


def test_a_killed_workers_job_is_taken_over_when_its_lease_ends(
    node: Node, clock: TestClock
) -> None:
    runs = []

    def die(_node: Node, _payload: Mapping[str, Any]) -> None:
        runs.append(clock.now())
        if len(runs) == 1:
            raise KeyboardInterrupt  # the worker is gone: nothing of it is handled

    node.job_kinds = {"note": JobKind("note", die, lease=timedelta(minutes=5))}
    add(node, "text")
    with pytest.raises(KeyboardInterrupt):
        jobs.run_due(node)
    assert jobs.run_due(node) == 0
    clock.forward(minutes=6)
    assert jobs.run_due(node) == 1
    assert len(runs) == 2


def test_a_failing_job_is_tried_again_later_and_kept_in_the_end(
    node: Node, clock: TestClock
) -> None:
    def fail(_node: Node, _payload: Mapping[str, Any]) -> None:
        raise OSError("disk on fire")

    node.job_kinds = {"note": JobKind("note", fail, most_attempts=3)}
    add(node, "text")
    for _attempt in range(5):
        jobs.run_due(node)
        clock.forward(hours=12)
    with node.reading():
        assert jobs.count_jobs(node) == {"failed": 1}
        assert jobs.failed_jobs(node)[0].last_error == "OSError: disk on fire"


def test_a_recurring_job_comes_back(node: Node, clock: TestClock) -> None:
    runs = []

    def tick(_node: Node, _payload: Mapping[str, Any]) -> None:
        runs.append(clock.now())

    node.job_kinds = {"tick": JobKind("tick", tick, every=timedelta(hours=1))}
    for _hour in range(3):
        jobs.run_due(node)
        jobs.run_due(node)
        clock.forward(hours=1)
    assert len(runs) == 3


def test_a_job_whose_plugin_is_gone_waits_for_it(
    node: Node, clock: TestClock, run_jobs: Callable[..., int]
) -> None:
    node.job_kinds = {}
    with node.unit():
        jobs.enqueue(node, "gone.work", {})
    run_jobs(node)
    with node.reading():
        assert jobs.count_jobs(node) == {"waiting": 1}


def test_a_job_that_waits_for_another_machine_holds_nothing_up(node: Node) -> None:
    stop, answered, done = threading.Event(), threading.Event(), threading.Event()

    def slow(_node: Node, _payload: Mapping[str, Any]) -> None:
        assert answered.wait(60)

    def quick(_node: Node, _payload: Mapping[str, Any]) -> None:
        done.set()

    node.job_kinds = {
        "slow": JobKind("slow", slow, waits_for_others=True),
        "quick": JobKind("quick", quick),
    }
    with node.unit():
        jobs.enqueue(node, "slow")
    worker = threading.Thread(
        target=jobs.run_forever, args=(node, stop), kwargs={"idle_seconds": 0.02}
    )
    worker.start()
    try:
        with node.unit():
            jobs.enqueue(node, "quick")
        assert done.wait(60)
    finally:
        answered.set()
        stop.set()
        worker.join()
