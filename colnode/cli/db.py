"""Bring the database up to date with the installed version, or check whether it is."""

import argparse

from colnode.cli.folders import check_writable
from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("upgrade", help="run the changes of the core, then of each enabled plugin")
    verbs.add_parser("check", help="compare the database with the installed version")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.host.migrate import upgrade

    if arguments.verb == "check":
        with line.node():
            line.show({"is_current": True}, "The database fits the installed version.")
        return 0
    config = line.config()
    check_writable(config.data_dir)
    with line.node(config, migrated=False) as node:
        moved = upgrade(node.engine, node.host)
    text = f"Upgraded: {', '.join(moved)}." if moved else "Nothing to do: it is up to date."
    line.show({"upgraded": moved}, text)
    return 0
