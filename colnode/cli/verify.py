"""Check a badge from a file: JSON, JWT, or a PNG or SVG with the badge baked in.

Exit codes: 0 valid, 1 invalid, 2 could not be found out, 3 not a badge, 66 no such file.
Works without a node. Issuers and their lists are asked over https, unless --offline. Where a city's
configuration is found, its plugins add what they know, unless --offline.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.cli.line import Line
from colnode.errors import ColnodeError

if TYPE_CHECKING:
    from colnode.openbadges.findings import Verdict
    from colnode.openbadges.resolver import Resolver

__all__ = ["configure", "run"]

NO_FILE = 66
MOST_BYTES = 16 * 1024 * 1024
_EXIT_CODES = {"valid": 0, "invalid": 1, "indeterminate": 2, "not_a_badge": 3}
_HEADLINES = {
    "valid": "VALID",
    "invalid": "INVALID",
    "indeterminate": "NOT CERTAIN: something could not be found out",
    "not_a_badge": "NOT A BADGE",
}
_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "unknown": "?"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", help="the file, or - for standard input")
    parser.add_argument("--offline", action="store_true", help="ask nobody; what it says, counts")
    parser.add_argument(
        "--allow-loopback",
        action="store_true",
        help="also ask this machine, where a demonstration city runs",
    )


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.clock import SystemClock
    from colnode.openbadges.verify import verify

    try:
        data = _read(arguments.file)
    except OSError as error:
        print(f"colnode: {arguments.file}: {error.strerror}", file=sys.stderr)
        return NO_FILE
    resolver = _resolver(offline=arguments.offline, allow_loopback=arguments.allow_loopback)
    verdict = verify(data, resolver=resolver, now=SystemClock().now())
    if not arguments.offline:
        verdict = _with_plugins(line, verdict)
    line.show(_as_data(verdict), _as_text(verdict))
    return _EXIT_CODES[verdict.outcome]


def _with_plugins(line: Line, verdict: "Verdict") -> "Verdict":
    """What the city's plugins add; a city that cannot be opened is no reason not to answer."""
    if line.config_path is None:
        return verdict
    from colnode.badges import verifying
    from colnode.host.loader import load_plugins

    try:
        config = line.config()
        if not load_plugins(config).calls.has("verification_findings"):
            return verdict
        with line.node(config) as node, node.reading():
            return verifying.with_plugins(node, verdict)
    except ColnodeError as error:
        line.say(f"The city's plugins could not be asked: {error}")
        return verdict


def _read(name: str) -> bytes:
    """The file, or as much of it as is too much for any badge."""
    if name == "-":
        return sys.stdin.buffer.read(MOST_BYTES)
    with Path(name).open("rb") as file:
        return file.read(MOST_BYTES)


def _resolver(*, offline: bool, allow_loopback: bool) -> "Resolver":
    from colnode.http import GuardedClient, HttpResolver
    from colnode.openbadges.resolver import OfflineResolver

    if offline:
        return OfflineResolver()
    return HttpResolver(GuardedClient(allow_loopback=allow_loopback), total_seconds=60)


def _as_data(verdict: "Verdict") -> dict[str, Any]:
    badge = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(verdict.summary).items()
        if value not in (None, ())
    }
    return {
        "verdict": verdict.outcome,
        "kind": verdict.kind,
        "format": verdict.format,
        "badge": badge,
        "findings": [
            {"id": finding.id, "status": finding.status, "detail": finding.text}
            for finding in verdict.findings
        ],
        "endorsements": [_as_data(inner) for inner in verdict.endorsements],
    }


def _as_text(verdict: "Verdict") -> str:
    summary = verdict.summary
    lines = [_HEADLINES[verdict.outcome]]
    if summary.name:
        issuer = summary.issuer_name or summary.issuer_id
        lines.append(f"{summary.name}, issued by {issuer}" if issuer else summary.name)
    lines += [f"  {item.name or 'Result'}: {item.value}" for item in summary.results]
    lines += [f"  {_MARKS[finding.status]} {finding.text}" for finding in verdict.findings]
    for inner in verdict.endorsements:
        lines += ["  " + text for text in _as_text(inner).splitlines()]
    return "\n".join(_printable(text) for text in lines)


def _printable(text: str) -> str:
    """Without control characters: a badge must not write to the terminal what it likes."""
    return "".join(character if character.isprintable() else " " for character in text)
