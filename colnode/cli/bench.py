"""Measure this version side by side with others, in one run: ratios, no absolute promises."""

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from colnode.cli.line import Line

__all__ = ["configure", "run"]

_SUBJECTS = {
    "start": "how soon the command line and the first page answer",
    "sign": "signing and verifying badges, beside raw Ed25519, PyLD and openbadgeslib",
    "bulk": "giving a badge to many people, beside signing alone and storing alone",
    "catalogue": "map and search at a million activities, beside the same rows by their key",
    "sync": "reading another city, beside OAI-PMH and a copy of the database file",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="SUBJECT")
    for name, text in _SUBJECTS.items():
        options = subjects.add_parser(name, help=text)
        if name == "catalogue":
            _configure_catalogue(options)


def _configure_catalogue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--records", type=int, default=1_000_000, metavar="N", help="how many (default: 1000000)"
    )
    parser.add_argument(
        "--database", choices=["sqlite", "postgresql", "both"], default="both", help="which"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("bench-catalogue"),
        metavar="FOLDER",
        help="where catalogues are made and kept (default: ./bench-catalogue)",
    )


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the subject's `measure` takes beside the progress bar."""
    if arguments.subject != "catalogue":
        return {}
    chosen = arguments.database
    databases = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
    return {"records": arguments.records, "databases": databases, "folder": arguments.data}


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    module = import_module(f"colnode.bench.{arguments.subject}")
    rows = module.measure(line.progress, **_options(arguments))
    line.table(rows, when_empty="Nothing was measured.")
    return 0
