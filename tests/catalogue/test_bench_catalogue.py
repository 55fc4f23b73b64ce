"""The benchmark of the catalogue runs through on both databases, and both give the same answers."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from colnode.bench import catalogue as bench


@contextmanager
def silent(_label: str, _total: int) -> Iterator[Callable[[int], None]]:
    yield lambda _count: None


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few places, words and turns, and two sizes."""
    for name, value in {"TURNS": 1, "PLACES": 3, "SMALL": 100}.items():
        monkeypatch.setattr(bench, name, value)
    texts = bench._Bench._texts
    monkeypatch.setattr(bench._Bench, "_texts", lambda self: texts(self)[::7])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user, as whom PostgreSQL may have to run, can reach."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_both_databases_answer_alike_and_limits_are_shown(folder: Path) -> None:
    rows = bench.measure(silent, records=200, databases=bench.DATABASES, folder=folder)
    alike = [row["activities"] for row in rows if row["note"] == "identical"]
    assert alike == [100, 200]
    limits = {(row["activities"], row["case"]): row["at most"] for row in rows if row["at most"]}
    assert limits == {
        (100, "view"): 2.0,
        (100, "clusters"): 1.5,
        (200, "view"): 2.0,
        (200, "clusters"): 1.5,
        (200, "words"): 3.0,
    }


def test_nothing_is_shown_of_answers_that_differ(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, worlds = bench._Bench._note, bench._Bench._worlds

    def spoil(self: Any, answer: Any) -> None:
        is_sqlite = self.node.engine.dialect.name == "sqlite"
        original(self, [*answer, "x"] if is_sqlite else answer)

    monkeypatch.setattr(bench._Bench, "_note", spoil)
    monkeypatch.setattr(bench._Bench, "_worlds", lambda self: worlds(self)[:2])
    with pytest.raises(SystemExit, match="nothing is shown"):
        bench.measure(silent, records=50, databases=bench.DATABASES, folder=folder)
