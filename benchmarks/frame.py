"""The frame of every benchmark: cases that take turns in one run, medians, ratios to the first.

Turns cancel what a machine does meanwhile; only the ratio is worth anything, never the seconds.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["Progress", "Row", "side_by_side", "table"]

Progress = Callable[..., AbstractContextManager[Callable[[int], None]]]
Row = dict[str, Any]


def side_by_side(
    cases: Mapping[str, Callable[[], float | None]], *, rounds: int, done: Callable[[int], None]
) -> dict[str, float]:
    """Median seconds of each case over `rounds` turns, after one turn that does not count.

    A case that returns a number has timed itself, and that number counts instead.
    """
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(rounds + 1):
        for name, case in cases.items():
            started_at = time.perf_counter()
            own = case()
            spent = time.perf_counter() - started_at if own is None else own
            if turn:
                seconds[name].append(spent)
            done(1)
    return {name: statistics.median(spent) for name, spent in seconds.items()}


def table(subject: str, medians: Mapping[str, float], *, limit: float | None = None) -> list[Row]:
    """Rows of a subject: milliseconds and the ratio to the first case; `limit` is ours to keep."""
    first = next(iter(medians.values()))
    rows = []
    for index, (name, seconds) in enumerate(medians.items()):
        is_ours = index > 0 and limit is not None
        rows.append(
            {
                "subject": subject,
                "case": name,
                "ms": round(seconds * 1000, 4 if seconds < 0.01 else 2),
                "ratio": round(seconds / first, 2),
                "at most": limit if is_ours else None,
            }
        )
    return rows
