"""Other cities: add one by its address, decide whether it is read and shown, read it now.

CITY is an address, a name or a node id, as `colnode peer list` shows them.
"""

import argparse
from typing import TYPE_CHECKING, Any

from colnode.cli import peer_files
from colnode.cli.line import Line
from colnode.clock import format_rfc3339

if TYPE_CHECKING:
    from colnode.federation.models import Peer
    from colnode.node import Node

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="look at a city and remember it as pending")
    add.add_argument("address", help="its address, e.g. https://learn.city.example")
    add.add_argument("--allow", action="store_true", help="allow it at once")
    verbs.add_parser("list", help="every known city and what was decided about it")
    allow = verbs.add_parser("allow", help="read a city from now on and show what it offers")
    allow.add_argument("city", metavar="CITY")
    allow.add_argument("--reason", help="why, for the next admin; needed after a block")
    block = verbs.add_parser("block", help="stop reading a city and show nothing of it")
    block.add_argument("city", metavar="CITY")
    block.add_argument("--reason", required=True, help="why, for the next admin")
    sync = verbs.add_parser("sync", help="read a city now, or every allowed one")
    sync.add_argument("city", metavar="CITY", nargs="?")
    history = verbs.add_parser("history", help="who decided what about a city, when and why")
    history.add_argument("city", metavar="CITY")
    kept = verbs.add_parser("evidence", help="what cities were caught at, as files to show around")
    kept.add_argument("city", metavar="CITY", nargs="?")
    kept.add_argument("--save", metavar="FOLDER", help="write the files there")
    check = verbs.add_parser(
        "check", help="check a record's bundle or a file of evidence; needs no node"
    )
    check.add_argument("file", metavar="FILE")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.verb == "check":
        return peer_files.check(line, arguments.file)
    with line.node() as node:
        if arguments.verb == "evidence":
            return peer_files.list_evidence(line, node, arguments)
        if arguments.verb == "list":
            return _list(line, node)
        if arguments.verb == "history":
            return _history(line, node, arguments.city)
        if arguments.verb == "sync":
            return _sync(line, node, arguments.city)
        return _decide(line, node, arguments)


def _list(line: Line, node: "Node") -> int:
    from colnode.federation import peers

    with node.reading():
        rows = [_row(peer) for peer in peers.list_peers(node)]
    line.table(rows, when_empty="No other city is known. `colnode peer add ADDRESS` adds one.")
    return 0


def _history(line: Line, node: "Node", city: str) -> int:
    from colnode.federation import peers

    with node.reading():
        rows: list[dict[str, Any]] = [
            {
                "at": format_rfc3339(event.at),
                "action": event.action,
                "actor_id": event.actor_id,
                "reason": event.reason,
            }
            for event in peers.history(node, peers.find_peer(node, city).id)
        ]
    line.table(rows, when_empty="Nothing happened with this city yet.")
    return 0


def _row(peer: "Peer") -> dict[str, Any]:
    return {
        "city": _name(peer),
        "state": str(peer.state),
        "records": peer.count,
        "read": format_rfc3339(peer.checked_at) if peer.checked_at else None,
        "address": peer.url,
        "node_id": peer.node_id,
    }


def _name(peer: "Peer") -> str:
    return next(iter(peer.name.values()))


def _decide(line: Line, node: "Node", arguments: argparse.Namespace) -> int:
    from colnode.federation import peers

    if arguments.verb == "add":
        peer = peers.add(node, arguments.address)
        if not arguments.allow:
            name = _name(peer)
            line.show(_row(peer), f"{name} is pending. `colnode peer allow {peer.url}` reads it.")
            return 0
    with node.unit():
        if arguments.verb == "block":
            peer = peers.find_peer(node, arguments.city)
            peers.block(node, peer.id, reason=arguments.reason)
            text = f"{_name(peer)} is blocked; nothing of it is shown any more."
        else:
            if arguments.verb == "allow":
                peer = peers.find_peer(node, arguments.city)
            reason = arguments.reason if arguments.verb == "allow" else None
            peers.allow(node, peer.id, reason=reason)
            text = f"{_name(peer)} is allowed. `colnode peer sync` reads it now."
        row = _row(peers.get_peer(node, peer.id))
    line.show(row, text)
    return 0


def _sync(line: Line, node: "Node", city: str | None) -> int:
    """Read one city, or all; one that fails does not stop the others, and the exit code says it."""
    from colnode.errors import ColnodeError
    from colnode.federation import peers, pull

    with node.reading():
        chosen = (
            [peers.find_peer(node, city)]
            if city
            else peers.list_peers(node, state=peers.TrustState.ALLOWED)
        )
    rows = []
    for peer in chosen:
        row: dict[str, Any] = {"city": _name(peer), "entries": None, "records": None, "problem": ""}
        try:
            with line.progress(_name(peer)) as bar:
                result = pull.sync(node, peer.id, progress=bar.at)
            with node.reading():
                count = peers.get_peer(node, peer.id).count
            row |= {"entries": result.entries, "records": count}
        except ColnodeError as error:
            row["problem"] = str(error)
        rows.append(row)
    line.table(rows, when_empty="No city is allowed yet.")
    return 1 if any(row["problem"] for row in rows) else 0
