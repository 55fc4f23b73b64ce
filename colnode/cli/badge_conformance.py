"""Try what the 1EdTech certifications for Open Badges 3.0 ask, point by point.

Two temporary cities are made on this machine for it and removed afterwards; no configured node is
needed and nobody else is asked. Exit code: 0 when every required point is answered yes.
"""

import argparse
import textwrap
from typing import TYPE_CHECKING

from colnode.cli.line import Line

if TYPE_CHECKING:
    from colnode.conformance.points import Result

__all__ = ["configure", "run"]

_MARKS = {"yes": "✓ yes", "no": "✗ no "}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command: there are none."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.conformance import points

    line.say("Two temporary cities are made; this takes about half a minute.")
    results = list(points.run())
    line.show([result.as_json() for result in results], _as_table(results))
    missed = [item for item in results if item.point.is_required and item.answer == "no"]
    return 1 if missed else 0


def _as_table(results: "list[Result]") -> str:
    lines: list[str] = []
    role = ""
    for result in results:
        point = result.point
        if point.role != role:
            role = point.role
            lines += ["", f"Open Badges 3.0 {role}", ""]
        optional = "" if point.is_required else " (optional)"
        lines += textwrap.wrap(
            point.asks + optional,
            width=96,
            initial_indent=f"  {_MARKS[result.answer]}  ",
            subsequent_indent=" " * 9,
        )
        lines.append(f"{'':9}{point.answer}")
        lines.append(f"{'':9}tried: {result.detail}" if point.attempt else f"{'':9}not tried")
        if point.shown_by:
            lines.append(f"{'':9}{point.shown_by}")
    counts = {word: sum(item.answer == word for item in results) for word in _MARKS}
    lines += ["", ", ".join(f"{number} {word}" for word, number in counts.items())]
    return "\n".join(lines).strip("\n")
