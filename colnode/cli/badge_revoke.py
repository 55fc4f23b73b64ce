"""Take badges back.

WHAT is the address of a badge, a file with one address a line, or the file of a badge (JSON).
Their pages and status lists say so at once, and their holders are told by mail.

With --list no node is needed: the bits of the badges (or of the numbers) WHAT are set in that
BitstringStatusListCredential, which is signed anew.
Exit codes: 0 all are taken back, 1 some addresses are not of badges of this city.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.cli.line import Line
from colnode.errors import Invalid, NotFound, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("what", nargs="+", metavar="WHAT", help="an address, or a file")
    parser.add_argument("--reason", default="", help="why; the holders will read it")
    parser.add_argument("--list", metavar="LIST.json", help="the status list, in a file")
    parser.add_argument("--key", metavar="KEYFILE", help="with --list: the issuer's private key")
    parser.add_argument(
        "--verification-method", metavar="URL", help="with --list: the key's full address"
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="with --list: where to write it")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.list:
        from colnode.cli import badge_revoke_files

        if not (arguments.key and arguments.output):
            raise Invalid(_("With --list give --key and --output too."))
        return badge_revoke_files.run(line, arguments)
    from colnode.badges import revoking

    given = list(dict.fromkeys(end for what in arguments.what for end in _addresses(what)))
    with line.node() as node:
        ends = {_end(node, address): address for address in given}
        with node.unit():
            done = revoking.revoke_many(node, list(ends), reason=arguments.reason, actor_id=None)
    unknown = [ends[end] for end in done.unknown]
    text = [f"{len(done.revoked):,} taken back, {len(done.revoked_before):,} were so before."]
    text += [f"  not a badge of this city: {address}" for address in unknown]
    data = {"revoked": len(done.revoked), "revoked_before": len(done.revoked_before)}
    line.show({**data, "unknown": unknown}, "\n".join(text))
    return 1 if unknown else 0


def _addresses(what: str) -> list[str]:
    path = Path(what)
    if what.startswith(("http://", "https://")) or not path.exists():
        if "/" not in what and "." in what:
            raise NotFound(_("{file} cannot be read."), file=what)
        return [what]
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(_("{file} cannot be read."), file=path) from error
    if text.lstrip().startswith("{"):
        return [_id_in(text, path)]
    lines = [line.split(",")[0].strip().strip('"') for line in text.splitlines()]
    return list(dict.fromkeys(line for line in lines if line))


def _id_in(text: str, path: Path) -> str:
    try:
        return str(json.loads(text)["id"])
    except (ValueError, KeyError) as error:
        raise Invalid(_("{file} is not a badge."), file=path) from error


def _end(node: "Node", address: str) -> str:
    """The end that names a badge here; an address of another city stays whole, and unknown."""
    from colnode.badges.documents import credential_url

    return address.removeprefix(credential_url(node, ""))
