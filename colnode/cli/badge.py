"""Badges in files: sign one, put it into its picture, take it out again; try the certifications.

Needs no node.

KEY FILE: a Multibase secret (z3u2... or z42t...), a Multikey with secretKeyMultibase, a JWK with d,
or an unencrypted PEM; Ed25519 or P-256. Exit codes: 0 done, 1 refused, 66 no such file, 73 the
result could not be written.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from colnode.cli import badge_conformance
from colnode.cli.line import Line
from colnode.errors import Invalid, _

__all__ = ["configure", "run"]

NO_FILE = 66
NOT_WRITTEN = 73
Verb = Callable[[Line, argparse.Namespace], int]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command; each verb is a line of _VERBS."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (text, configure_verb, _run) in _VERBS.items():
        configure_verb(verbs.add_parser(name, help=text))


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the verb; returns the exit code."""
    return _VERBS[arguments.verb][2](line, arguments)


def _configure_issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("credential", help="the credential without a proof, JSON, or -")
    parser.add_argument("--key", required=True, metavar="KEYFILE", help="the issuer's private key")
    parser.add_argument(
        "--verification-method",
        metavar="URL",
        help="the key's full address; not needed when the issuer is the key's own did:key",
    )
    parser.add_argument("--jwt", action="store_true", help="a VC-JWT instead of Data Integrity")
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    _configure_output(parser)


def _configure_bake(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="the PNG or SVG of the badge")
    parser.add_argument("badge", help="the signed badge, JSON or JWT, or -")
    _configure_output(parser, is_required=True)


def _configure_unbake(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="a PNG or SVG with a badge baked in, or -")
    _configure_output(parser)


def _configure_output(parser: argparse.ArgumentParser, *, is_required: bool = False) -> None:
    help_text = "where to write" if is_required else "where to write; standard output if left out"
    parser.add_argument("-o", "--output", metavar="OUT", required=is_required, help=help_text)


def _issue(line: Line, arguments: argparse.Namespace) -> int:
    from colnode.clock import SystemClock
    from colnode.openbadges import issuing, strict_json
    from colnode.openbadges.key_files import read_signing_key

    data, key_data = _read(arguments.credential), _read(arguments.key)
    if data is None or key_data is None:
        return NO_FILE
    credential, key = strict_json.loads(data), read_signing_key(key_data)
    if not isinstance(credential, dict):
        raise Invalid(_("The credential is not a JSON object."))
    method = arguments.verification_method or _own_method(credential, key.public.did_key)
    if arguments.jwt:
        signed = issuing.issue_jwt(credential, key=key, verification_method=method).encode()
    else:
        signed = issuing.issue(
            credential, key=key, verification_method=method, created=SystemClock().now()
        )
    about = {"id": credential.get("id"), "format": "jwt" if arguments.jwt else "json"}
    if arguments.dry_run:
        line.show({**about, "written": None}, "Everything is in order. Nothing was written.")
        return 0
    return _write(line, signed, arguments.output, about)


def _own_method(credential: dict[str, Any], did: str) -> str:
    from colnode.openbadges.summary import issuer_id

    if issuer_id(credential) != did:
        raise Invalid(_("Say with --verification-method at which address others find the key."))
    return f"{did}#{did.removeprefix('did:key:')}"


def _bake(line: Line, arguments: argparse.Namespace) -> int:
    from colnode.openbadges import baking
    from colnode.openbadges.credential_types import Kind
    from colnode.openbadges.reading import read

    picture, badge = _read(arguments.picture), _read(arguments.badge)
    if picture is None or badge is None:
        return NO_FILE
    reading = read(badge)
    if reading.kind is Kind.BADGE_2 or reading.format not in ("json", "jwt"):
        raise Invalid(_("What is baked must be an Open Badge 3.0 as JSON or JWT."))
    if reading.jws is None and "proof" not in reading.credential:
        raise Invalid(_("The badge is not signed."))
    payload = badge.removeprefix(b"\xef\xbb\xbf").strip()
    is_png = baking.is_png(picture)
    if not is_png and not baking.looks_like_svg(picture):
        raise Invalid(_("The file is neither PNG nor SVG."))
    baked = baking.bake_png(picture, payload) if is_png else baking.bake_svg(picture, payload)
    about = {"id": reading.credential.get("id"), "format": "png" if is_png else "svg"}
    return _write(line, baked, arguments.output, about)


def _unbake(line: Line, arguments: argparse.Namespace) -> int:
    from colnode.openbadges import baking

    picture = _read(arguments.picture)
    if picture is None:
        return NO_FILE
    found = baking.unbake(picture)
    if found is None:
        raise Invalid(_("There is no badge in the picture."))
    return _write(line, found, arguments.output, {})


def _read(name: str) -> bytes | None:
    """The file, at most as much as any badge or picture may have; None when it cannot be read."""
    from colnode.openbadges.baking import MAX_FILE_BYTES

    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        print(f"colnode: {name}: {error.strerror}", file=sys.stderr)
        return None


def _write(line: Line, data: bytes, name: str | None, about: dict[str, Any]) -> int:
    """Write the result to a file and say so, or to standard output and say nothing else."""
    if name is None:
        if line.as_json:
            print(json.dumps({**about, "content": data.decode("utf-8", "replace")}))
        else:
            sys.stdout.buffer.write(data + b"\n")
            sys.stdout.buffer.flush()
        return 0
    try:
        Path(name).write_bytes(data)
    except OSError as error:
        print(f"colnode: {name}: {error.strerror}", file=sys.stderr)
        return NOT_WRITTEN
    line.show({**about, "written": name, "bytes": len(data)}, f"Written to {name}.")
    return 0


_VERBS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], Verb]] = {
    "issue": ("sign a credential from a file", _configure_issue, _issue),
    "bake": ("put a signed badge into its picture", _configure_bake, _bake),
    "unbake": ("take the badge out of a picture", _configure_unbake, _unbake),
    "conformance": (
        "try what the 1EdTech certifications ask, point by point, on two temporary cities",
        badge_conformance.configure,
        badge_conformance.run,
    ),
}
