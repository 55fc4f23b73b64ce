"""Give badges and take them back, from files."""

import argparse
from importlib import import_module

from colnode.cli.line import Line

__all__ = ["configure", "run"]

_COMMANDS = {
    "bulk": ("badge_bulk", "give a badge to everybody in a CSV file"),
    "revoke": ("badge_revoke", "take a badge back, or every badge of a list"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module_name, text) in _COMMANDS.items():
        module = import_module(f"colnode.cli.{module_name}")
        command = commands.add_parser(
            name,
            help=text,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(command)
        command.set_defaults(module=module)


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    code: int = arguments.module.run(line, arguments)
    return code
