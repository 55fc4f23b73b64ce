"""Badges in files: sign one, put it into its picture, take it out again. Needs no node.

KEY FILE: a Multibase secret (z3u2... or z42t...), a Multikey with secretKeyMultibase, a JWK with d,
or an unencrypted PEM; Ed25519 or P-256. Exit codes: 0 done, 1 refused, 66 no such file, 73 the
result could not be written.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from colnode.cli.line import Line
from colnode.errors import Invalid, NotFound, _

__all__ = [
    "bake",
    "configure_bake",
    "configure_issue",
    "configure_unbake",
    "issue",
    "own_method",
    "read_file",
    "read_object",
    "unbake",
]

NO_FILE = 66
NOT_WRITTEN = 73


def configure_issue(parser: argparse.ArgumentParser) -> None:
    """Declare the words of `badge issue`."""
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


def configure_bake(parser: argparse.ArgumentParser) -> None:
    """Declare the words of `badge bake`."""
    parser.add_argument("picture", help="the PNG or SVG of the badge")
    parser.add_argument("badge", help="the signed badge, JSON or JWT, or -")
    _configure_output(parser, is_required=True)


def configure_unbake(parser: argparse.ArgumentParser) -> None:
    """Declare the words of `badge unbake`."""
    parser.add_argument("picture", help="a PNG or SVG with a badge baked in, or -")
    _configure_output(parser)


def _configure_output(parser: argparse.ArgumentParser, *, is_required: bool = False) -> None:
    help_text = "where to write" if is_required else "where to write; standard output if left out"
    parser.add_argument("-o", "--output", metavar="OUT", required=is_required, help=help_text)


def issue(line: Line, arguments: argparse.Namespace) -> int:
    """Sign a credential; returns the exit code."""
    from colnode.clock import SystemClock
    from colnode.openbadges import issuing
    from colnode.openbadges.key_files import read_signing_key

    data, key_data = _read(arguments.credential), _read(arguments.key)
    if data is None or key_data is None:
        return NO_FILE
    credential, key = read_object(data), read_signing_key(key_data)
    method = arguments.verification_method or own_method(credential, key.public.did_key)
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


def read_file(name: str) -> bytes:
    """A file that the command cannot do without. Raises NotFound."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise NotFound(_("{file} cannot be read."), file=name) from error


def read_object(data: bytes) -> dict[str, Any]:
    """A credential as it stands in a file. Raises Invalid for anything but one JSON object."""
    from colnode.openbadges import strict_json

    credential = strict_json.loads(data)
    if not isinstance(credential, dict):
        raise Invalid(_("The credential is not a JSON object."))
    return credential


def own_method(credential: dict[str, Any], did: str) -> str:
    """The address of a did:key issuer's only key. Raises Invalid for any other issuer."""
    from colnode.openbadges.summary import issuer_id

    if issuer_id(credential) != did:
        raise Invalid(_("Say with --verification-method at which address others find the key."))
    return f"{did}#{did.removeprefix('did:key:')}"


def bake(line: Line, arguments: argparse.Namespace) -> int:
    """Put a badge into its picture; returns the exit code."""
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


def unbake(line: Line, arguments: argparse.Namespace) -> int:
    """Take a badge out of a picture; returns the exit code."""
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
