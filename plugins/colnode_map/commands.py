"""`colnode plugin run map ...`: importing activities and addresses from files."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from colnode.plugin import Command, Invalid, Node, _, organisations
from colnode_map import addresses, feeds, importing, syncing
from colnode_map.rows import Fault

__all__ = ["COMMANDS"]

_FAULTS_SHOWN = 50


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a spreadsheet (CSV, .xlsx) or GeoJSON"
    )
    parser.add_argument(
        "--organisation", required=True, metavar="SLUG", help="whose activities they are"
    )
    parser.add_argument("--dry-run", action="store_true", help="look only, import nothing")
    parser.add_argument("--drafts", action="store_true", help="import as drafts, publish nothing")
    parser.add_argument(
        "--skip-wrong", action="store_true", help="import the good rows although others are wrong"
    )


def _run_import(node: Node, arguments: argparse.Namespace) -> int:
    """Exit code 0 when everything was (or could be) imported, 1 when rows are wrong."""
    data = _read(arguments.file)
    with node.reading():
        organisation = organisations.by_slug(node, arguments.organisation)
        check = importing.check(node, organisation.id, data)
    _report(check)
    if arguments.dry_run:
        _say("Nothing was imported: this was a dry run.")
        return 1 if check.faults else 0
    if check.faults and not arguments.skip_wrong:
        _say("Nothing was imported. Correct the rows, or use --skip-wrong for the others.")
        return 1
    with arguments.progress("Importing") as bar:
        counts = importing.import_rows(
            node,
            organisation.id,
            check.rows,
            actor_id=None,
            publishes=not arguments.drafts,
            progress=bar.at,
        )
    _say(
        f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged; "
        f"{counts['published']} published."
    )
    return 1 if check.faults else 0


def _report(check: importing.Check) -> None:
    for fault in check.faults[:_FAULTS_SHOWN]:
        _say(_fault_line(fault))
    if len(check.faults) > _FAULTS_SHOWN:
        _say(f"... and {len(check.faults) - _FAULTS_SHOWN} more.")
    wrong = len({fault.row for fault in check.faults})
    _say(
        f"{len(check.rows)} rows are good ({check.new} new, {check.changed} changed, "
        f"{check.unchanged} unchanged), {wrong} are wrong."
    )
    if check.drafts:
        _say(
            f"{check.drafts} become drafts because something is missing "
            f"({check.without_point} have no point on the map)."
        )


def _fault_line(fault: Fault) -> str:
    return f"Row {fault.row}, {fault.column}: {fault.message.format(**fault.parameters)}"


def _configure_calendars(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--organisation", required=True, metavar="SLUG", help="whose calendars to read"
    )
    parser.add_argument("--dry-run", action="store_true", help="look only, change nothing")


def _run_calendars(node: Node, arguments: argparse.Namespace) -> int:
    """Exit code 0 when every calendar could be read and no event is wrong, else 1."""
    with node.reading():
        organisation = organisations.by_slug(node, arguments.organisation)
        found = [(feed.id, feed.address) for feed in feeds.list_feeds(node, organisation.id)]
    is_good = True
    for feed_id, address in found:
        result = syncing.read_feed(node, feed_id, is_dry=arguments.dry_run)
        _say(f"{address}: {_outcome(result)}")
        for item in result.get("items", ()):
            reason = item["message"].format(**item["parameters"])
            _say(f"  {item['outcome']}: {item['title']}{': ' if reason else ''}{reason}")
        is_good = is_good and "message" not in result and not result.get("counts", {}).get("wrong")
    if not found:
        _say("This organisation follows no calendar.")
    return 0 if is_good else 1


def _outcome(result: Mapping[str, Any]) -> str:
    if "message" in result:
        return str(result["message"].format(**result["parameters"]))
    counts = result.get("counts", {})
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "nothing to do"


def _configure_addresses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV: street, number, lat, lon")


def _run_addresses(node: Node, arguments: argparse.Namespace) -> int:
    data = _read(arguments.file)
    with arguments.progress("Importing") as bar, node.unit():
        count = addresses.import_addresses(node, data, progress=bar.at)
    _say(f"{count} addresses are known now.")
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(
            _("{file} cannot be read: {reason}."), file=path, reason=error.strerror or error
        ) from error


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


COMMANDS = (
    Command(
        "import", "import activities from a spreadsheet or GeoJSON", _configure_import, _run_import
    ),
    Command("calendars", "read followed calendars now", _configure_calendars, _run_calendars),
    Command(
        "import-addresses",
        "take over the city's list of addresses",
        _configure_addresses,
        _run_addresses,
    ),
)
