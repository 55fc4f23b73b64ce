"""A unit is one transaction: kept whole or undone whole."""

import threading

import pytest

from colnode.node import Node, get_fact, set_fact


def fact(node: Node, name: str) -> str | None:
    with node.reading():
        return get_fact(node, name)


def test_a_unit_is_kept_when_it_ends_well(node: Node) -> None:
    with node.unit():
        set_fact(node, "colour", "green")
    assert fact(node, "colour") == "green"


def test_a_unit_is_undone_when_it_fails(node: Node) -> None:
    with pytest.raises(ZeroDivisionError), node.unit():
        set_fact(node, "colour", "green")
        raise ZeroDivisionError
    assert fact(node, "colour") is None


def test_a_unit_inside_a_unit_joins_it(node: Node) -> None:
    with pytest.raises(ZeroDivisionError), node.unit():
        with node.unit():
            set_fact(node, "colour", "green")
        raise ZeroDivisionError
    assert fact(node, "colour") is None


def test_after_commit_runs_only_when_the_unit_was_kept(node: Node) -> None:
    ran = []
    with node.unit():
        node.after_commit(lambda: ran.append("kept"))
        assert ran == []
    with pytest.raises(ZeroDivisionError), node.unit():
        node.after_commit(lambda: ran.append("undone"))
        raise ZeroDivisionError
    assert ran == ["kept"]


def test_at_end_is_kept_even_when_the_unit_is_undone(node: Node) -> None:
    with pytest.raises(ZeroDivisionError), node.unit():
        set_fact(node, "colour", "green")
        node.at_end(lambda: set_fact(node, "tries", "1"))
        raise ZeroDivisionError
    assert fact(node, "colour") is None
    assert fact(node, "tries") == "1"


def test_reading_cannot_become_writing(node: Node) -> None:
    with node.reading(), pytest.raises(RuntimeError, match="while reading"), node.unit():
        pass


def test_there_is_no_session_outside_of_a_unit(node: Node) -> None:
    with pytest.raises(RuntimeError, match="no unit open"):
        _ = node.db


@pytest.mark.databases("sqlite")
def test_two_writers_wait_for_each_other(node: Node) -> None:
    def count(times: int) -> None:
        for _again in range(times):
            with node.unit():
                value = get_fact(node, "count") or "0"
                set_fact(node, "count", str(int(value) + 1))

    with node.unit():
        set_fact(node, "count", "0")
    writers = [threading.Thread(target=count, args=(10,)) for _one in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert fact(node, "count") == "20"
