"""Make a link with which an admin of the city signs in: the way back in when nobody can."""

import argparse

from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("link", help="print an address that makes whoever opens it first an admin")


def run(line: Line, _arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode import audit
    from colnode.identity import links

    with line.node() as node, node.unit():
        address = node.config.server.base_url + links.create_first_admin_link(node)
        audit.record(node, "admin.link_made", subject_type="node", subject_id="self")
    line.show({"admin_link": address}, f"Open this once, within its time: {address}")
    return 0
