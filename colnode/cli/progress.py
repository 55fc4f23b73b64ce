"""A progress bar on a terminal: what is done, how fast, how long it will take."""

import shutil
import sys
import time

__all__ = ["Bar"]


class Bar:
    """Draws itself at most ten times a second; draws nothing when it is not shown."""

    def __init__(self, label: str, total: int | None, *, is_shown: bool) -> None:
        self._label = label
        self._total = total
        self._is_shown = is_shown
        self._done = 0
        self._started_at = time.monotonic()
        self._drawn_at = 0.0

    def __call__(self, count: int = 1) -> None:
        """So much more is done."""
        self.at(self._done + count, self._total)

    def at(self, done: int, total: int | None) -> None:
        """So much is done, of so much in all."""
        self._done, self._total = done, total
        now = time.monotonic()
        if self._is_shown and now - self._drawn_at >= 0.1:
            self._drawn_at = now
            self._draw(now)

    def close(self) -> None:
        """Draw the last state and leave the line."""
        if self._is_shown:
            self._draw(time.monotonic())
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _draw(self, now: float) -> None:
        columns = shutil.get_terminal_size().columns
        seconds = max(now - self._started_at, 0.001)
        rate = self._done / seconds
        text = f"{self._label} {self._done:,}"
        if self._total:
            share = min(self._done / self._total, 1)
            left = (self._total - self._done) / rate if rate else 0
            width = max(10, min(40, columns - 60))
            filled = round(share * width)
            bar = "━" * filled + "─" * (width - filled)
            text = f"{self._label} {bar} {share:4.0%}  {self._done:,}/{self._total:,}"
            text += f"  {rate:,.0f}/s  {_clock(left)} left" if share < 1 else f"  {_clock(seconds)}"
        sys.stderr.write("\r\x1b[K" + text[: columns - 1])
        sys.stderr.flush()


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
