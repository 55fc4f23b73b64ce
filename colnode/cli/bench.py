"""Measure this version side by side with others, in one run: ratios, no absolute promises."""

import argparse
from importlib import import_module

from colnode.cli.line import Line

__all__ = ["configure", "run"]

_SUBJECTS = {
    "start": "how soon the command line and the first page answer",
    "sign": "signing and verifying badges, beside raw Ed25519, PyLD and openbadgeslib",
    "bulk": "giving a badge to many people, beside signing alone and storing alone",
    "sync": "reading another city, beside OAI-PMH and a copy of the database file",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="SUBJECT")
    for name, text in _SUBJECTS.items():
        subjects.add_parser(name, help=text)


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    module = import_module(f"colnode.bench.{arguments.subject}")
    rows = module.measure(line.progress)
    line.table(rows, when_empty="Nothing was measured.")
    return 0
