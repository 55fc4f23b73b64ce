"""`colnode plugin run trail count`."""

import argparse

from colnode.plugin import Command, Node
from colnode_trail import service


def _count(node: Node, arguments: argparse.Namespace) -> int:
    with node.reading():
        arguments.say(str(service.count(node)))
    return 0


COMMANDS = [Command("count", "how many trails there are", lambda parser: None, _count)]
