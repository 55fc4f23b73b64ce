"""Go on after a restore, or when the city's key is lost or stolen.

Asks the witness file and every city that may read this one what they have seen of it, and takes
back what is missing. Where entries are lost for good, a second copy of the city has signed, or the
key is gone, it asks for the recovery key on the printed sheet and writes the next sheet.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.cli.folders import write_private
from colnode.cli.line import Line

if TYPE_CHECKING:
    from colnode.federation.recovering import Finding, Recovered, Source
    from colnode.node import Node
    from colnode.openbadges.keys import SigningKey

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument(
        "--from",
        dest="cities",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="ask this city too; may be repeated",
    )
    parser.add_argument("--alone", action="store_true", help="go on although nobody answered")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--lost-key", action="store_true", help="the key file is gone: make new keys")
    key.add_argument("--stolen-key", action="store_true", help="somebody else has the city's key")
    parser.add_argument(
        "--recovery-key", metavar="FILE", help="file with the recovery key; - reads it from here"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say how the city stands")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.errors import Refused, _
    from colnode.federation import peers, recovering
    from colnode.federation.remote import base_url
    from colnode.identity import key_file

    with line.node() as node:
        with node.reading():
            known = [peer.url for peer in peers.list_peers(node) if peer.state != "blocked"]
        addresses = list(dict.fromkeys([*known, *map(base_url, arguments.cities)]))
        found = recovering.look(node, addresses)
        if arguments.dry_run:
            line.show(_row(found), _words(found))
            return 0 if found.is_complete else 1
        line.say(_words(found))
        if not found.answers and not arguments.alone:
            raise Refused(
                _(
                    "Nobody could say what was read of this city. Name one that reads it with "
                    "--from, or say --alone if there is none."
                )
            )
        if arguments.lost_key:
            key_file.ensure_key_file(node.config)
        done, sheet = _recover(node, found, arguments)
    line.show(
        {
            **_row(found),
            "epoch": done.epoch,
            "size": done.size,
            "entries": done.entries,
            "recovery_sheet": str(sheet) if sheet else None,
        },
        _result(done, sheet),
    )
    return 0


def _recover(
    node: "Node", found: "Finding", arguments: argparse.Namespace
) -> "tuple[Recovered, Path | None]":
    """Recover in one unit; the next sheet is on the disk before the old one is used up."""
    from colnode.cli.recovery import recovery_sheet
    from colnode.federation import recovering
    from colnode.identity import key_changes

    recovery = _recovery_key(arguments.recovery_key)
    written: list[Path] = []
    sheet = None
    try:
        with node.unit():
            done = recovering.recover(
                node,
                found,
                recovery=recovery,
                is_stolen=arguments.stolen_key,
                has_lost_key=arguments.lost_key,
            )
            if arguments.lost_key:
                key_changes.replace_lost(node, reason="The key file was lost.")
            if done.recovery_text:
                sheet = node.config.data_dir / f"recovery-sheet-{done.size}.html"
                write_private(sheet, recovery_sheet(node, done.recovery_text), written)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return done, sheet


def _recovery_key(given: str | None) -> "SigningKey | None":
    from colnode.config import read_secret
    from colnode.federation import chain

    if given is None:
        return None
    if given == "-":
        if sys.stdin.isatty():
            print("The recovery key on the sheet: ", end="", file=sys.stderr, flush=True)
        return chain.read_recovery_key(sys.stdin.readline())
    return chain.read_recovery_key(read_secret(given))


def _row(found: "Finding") -> dict[str, Any]:
    state = "forked" if found.is_forked else "behind" if found.is_behind else "complete"
    sources = [
        {
            "name": source.name,
            "epoch": source.epoch,
            "size": source.size,
            "problem": str(source.problem) if source.problem else None,
        }
        for source in found.sources
    ]
    return {"state": state, "epoch": found.epoch, "size": found.size, "sources": sources}


def _words(found: "Finding") -> str:
    lines = [f"This database: {found.size} entries, epoch {found.epoch}."]
    lines += [_source_words(source) for source in found.sources]
    if found.is_forked:
        lines.append("A second copy of this city has signed entries that are not here.")
    elif found.is_behind:
        lines.append("Others have seen later entries: the database is behind.")
    else:
        lines.append("Nothing that anybody has seen is missing here.")
    return "\n".join(lines)


def _source_words(source: "Source") -> str:
    if source.problem is not None:
        return f"{source.name}: {source.problem}"
    return f"{source.name}: {source.size} entries, epoch {source.epoch}."


def _result(done: "Recovered", sheet: Path | None) -> str:
    lines = [f"The city goes on at {done.size} entries, epoch {done.epoch}."]
    if done.entries:
        lines.append(f"{done.entries} entries came back from other cities.")
    if sheet is not None:
        lines.append(
            f"The recovery key is used up. Print {sheet}, keep it in the safe, delete the file."
        )
    return "\n".join(lines)
