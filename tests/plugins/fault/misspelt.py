"""Misspelt: implements a hook that does not exist."""

from colnode.plugin import hookimpl


@hookimpl
def panles() -> None:
    """Nobody calls this."""
