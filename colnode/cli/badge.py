"""Badges in files, for many at once and taken back; and what the certifications ask."""

import argparse
from importlib import import_module

from colnode.cli.line import Line

__all__ = ["configure", "run"]

_COMMANDS = {
    "issue": ("badge_files:issue", "sign a credential from a file; needs no node"),
    "bake": ("badge_files:bake", "put a signed badge into its picture; needs no node"),
    "unbake": ("badge_files:unbake", "take the badge out of a picture; needs no node"),
    "bulk": ("badge_bulk:run", "give a badge to everybody in a CSV file"),
    "revoke": ("badge_revoke:run", "take a badge back, or every badge of a list"),
    "conformance": ("badge_conformance:run", "try what the 1EdTech certifications ask"),
}
"""Each command's module and function; `configure` beside it declares its words."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (place, text) in _COMMANDS.items():
        module_name, _colon, function = place.partition(":")
        module = import_module(f"colnode.cli.{module_name}")
        command = commands.add_parser(
            name,
            help=text,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        configure_one = "configure" if function == "run" else f"configure_{function}"
        getattr(module, configure_one)(command)
        command.set_defaults(act=getattr(module, function))


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    code: int = arguments.act(line, arguments)
    return code
