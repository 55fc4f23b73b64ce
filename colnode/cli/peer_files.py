"""Files that prove something about a city's catalogue: listed, saved, and checked anywhere."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.cli.line import Line
from colnode.clock import format_rfc3339
from colnode.errors import ConfigurationError, _

if TYPE_CHECKING:
    from colnode.federation.bundles import Evidence, ProvenRecord
    from colnode.node import Node

__all__ = ["check", "list_evidence"]


def list_evidence(line: Line, node: "Node", arguments: argparse.Namespace) -> int:
    """Show what is kept against cities, and write it into a folder if one is named."""
    from colnode.federation import evidence, peers

    with node.reading():
        origin = peers.find_peer(node, arguments.city).node_id if arguments.city else None
        kept = evidence.list_evidence(node, origin)
    rows: list[dict[str, Any]] = []
    for item in kept:
        name = f"{item.node_id}-{item.digest[:12]}.json"
        if arguments.save is not None:
            _write(Path(arguments.save) / name, item.document)
        rows.append({"node_id": item.node_id, "found": format_rfc3339(item.found_at), "file": name})
    line.table(rows, when_empty="There is no evidence against any city.")
    return 0


def _write(file: Path, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be written: {reason}."), file=file, reason=error.strerror
        ) from error


def check(line: Line, name: str) -> int:
    """Say what a file proves; 1 when it proves nothing. Needs no node and no network."""
    from colnode.errors import Untrusted
    from colnode.federation import bundles

    try:
        with Path(name).open("rb") as file:
            data = file.read(bundles.MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be read: {reason}."), file=name, reason=error.strerror
        ) from error
    try:
        found = bundles.read_any(data)
    except Untrusted as error:
        line.show({"proves": None, "problem": str(error)}, f"It proves nothing: {error}")
        return 1
    if isinstance(found, bundles.Evidence):
        line.show(_contradiction(found), _contradiction_words(found))
    else:
        line.show(_record(found), _record_words(found))
    return 0


def _contradiction(found: "Evidence") -> dict[str, Any]:
    return {
        "proves": "two logs",
        "node_id": found.identity.node_id,
        "city": found.identity.description.name,
        "epoch": found.first.epoch,
        "size": found.first.size,
        "issued": [format_rfc3339(point.issued_at) for point in (found.first, found.second)],
    }


def _contradiction_words(found: "Evidence") -> str:
    first, second = (format_rfc3339(point.issued_at) for point in (found.first, found.second))
    return (
        f"{_name(found)} ({found.identity.node_id}) signed two different logs of "
        f"{found.first.size} entries: on {first} and on {second}."
    )


def _record(found: "ProvenRecord") -> dict[str, Any]:
    return {
        "proves": "record",
        "node_id": found.identity.node_id,
        "city": found.identity.description.name,
        "id": found.header.id,
        "revision": found.header.rev,
        "as_of": format_rfc3339(found.checkpoint.issued_at),
        "record": found.record,
    }


def _record_words(found: "ProvenRecord") -> str:
    moment = format_rfc3339(found.checkpoint.issued_at)
    return (
        f"{_name(found)} ({found.identity.node_id}) offered {found.header.id} on {moment}, "
        f"revision {found.header.rev}."
    )


def _name(found: "Evidence | ProvenRecord") -> str:
    return next(iter(found.identity.description.name.values()))
