"""The benchmark of bulk runs through, and shows nothing when badges are missing or wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from colnode.bench import bulk as bench
from sqlalchemy import update

from colnode.badges.models import Credential

if TYPE_CHECKING:
    from collections.abc import Callable


@contextmanager
def silent(_label: str, _total: int) -> "Iterator[Callable[[int], None]]":
    yield lambda _count: None


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows and rounds."""
    for name, value in {"ROUNDS": 1, "ROWS": 20, "PEOPLE": 3}.items():
        monkeypatch.setattr(bench, name, value)


def test_both_parts_and_the_whole_are_shown_with_their_limits() -> None:
    rows = bench.measure(silent)
    limits = {row["case"]: (row["at least"], row["at most"]) for row in rows}
    assert limits["(sign + store) / bulk"] == (0.9, None)
    assert limits["memory grows by"] == (None, 1.1)
    assert all(row["value"] > 0 for row in rows)


def test_nothing_is_shown_of_badges_that_are_not_what_was_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = bench._Bench.check

    def spoil(self: Any) -> None:
        with self.node.unit() as session:
            session.execute(update(Credential).values(document=Credential.document + " "))
        original(self)

    monkeypatch.setattr(bench._Bench, "check", spoil)
    with pytest.raises(SystemExit, match="nothing is shown"):
        bench.measure(silent)
