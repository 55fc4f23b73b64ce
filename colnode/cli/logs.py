"""Where log lines go: to stderr, one line each, for the service manager to keep."""

import logging
import sys

__all__ = ["write_log"]


class _Discreet(logging.Formatter):
    """Leaves out the lines in which PostgreSQL repeats the values of a row that it refused."""

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines()
        return "\n".join(line for line in lines if not line.startswith("DETAIL:"))


def write_log(level: int = logging.INFO) -> None:
    """Write the log of colnode at `level` and of libraries from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("colnode").setLevel(level)
