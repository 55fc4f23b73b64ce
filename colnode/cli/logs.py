"""Where log lines go: to stderr, one line each, for the service manager to keep."""

import logging
import sys

__all__ = ["write_log"]


def write_log(level: int = logging.INFO) -> None:
    """Write the log of colnode at `level` and of libraries from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("colnode").setLevel(level)
