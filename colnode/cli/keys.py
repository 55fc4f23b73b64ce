"""Signing keys of an organisation or of the city: list, renew, retire one, revoke a stolen one.

ORGANISATION is the last word of its address or its id; KEY is an id that `list` shows. After
`rotate` and `retire` badges stay valid. After `revoke` whoever checks a badge that the key signed
is told that it may be a forgery. `--city` means the key that signs the city's catalogue: other
cities follow a new one by themselves; a lost or stolen one is a matter for `colnode recover`.
"""

import argparse
from typing import TYPE_CHECKING, Any

from colnode.cli.line import Line
from colnode.clock import format_rfc3339

if TYPE_CHECKING:
    from colnode.identity.models import Organisation, StoredKey
    from colnode.node import Node

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, text in (
        ("list", "every key that it has and had"),
        ("rotate", "make new keys and retire those in use"),
        ("retire", "stop signing with one key"),
        ("revoke", "say that somebody else may have a key"),
    ):
        verb = verbs.add_parser(name, help=text)
        if name in ("retire", "revoke"):
            verb.add_argument("organisation", metavar="ORGANISATION")
            verb.add_argument("key", metavar="KEY")
        else:
            whose = verb.add_mutually_exclusive_group(required=True)
            whose.add_argument("organisation", metavar="ORGANISATION", nargs="?")
            whose.add_argument("--city", action="store_true", help="the key of the catalogue")
        if name != "list":
            verb.add_argument("--reason", required=name == "revoke", default="", help="why")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.federation import ruling
    from colnode.identity import key_changes
    from colnode.identity.keys import NODE

    with line.node() as node, node.unit():
        if arguments.organisation is None:
            organisation_id = NODE
            if arguments.verb == "rotate":
                ruling.rotate_key(node, reason=arguments.reason)
        else:
            organisation_id = _organisation(node, arguments.organisation).id
            _change(node, organisation_id, arguments)
        rows = [_row(key) for key in key_changes.list_keys(node, organisation_id)]
    line.table(rows, when_empty="It has no keys.")
    return 0


def _change(node: "Node", organisation_id: str, arguments: argparse.Namespace) -> None:
    from colnode.badges import key_revoking
    from colnode.identity import key_changes

    if arguments.verb == "list":
        return
    reason = arguments.reason
    if arguments.verb == "rotate":
        key_changes.rotate(node, organisation_id, actor_id=None, reason=reason)
    elif arguments.verb == "retire":
        key_changes.retire(node, organisation_id, arguments.key, actor_id=None, reason=reason)
    else:
        key_revoking.revoke_key(node, organisation_id, arguments.key, actor_id=None, reason=reason)


def _organisation(node: "Node", word: str) -> "Organisation":
    from colnode.errors import NotFound
    from colnode.identity import organisations

    try:
        return organisations.by_slug(node, word)
    except NotFound:
        return organisations.get_organisation(node, word)


def _row(key: "StoredKey") -> dict[str, Any]:
    return {
        "key": key.id,
        "kind": key.kind,
        "state": key.state,
        "since": format_rfc3339(key.created_at),
        "until": format_rfc3339(key.retired_at) if key.retired_at else None,
        "public": key.multikey,
    }
