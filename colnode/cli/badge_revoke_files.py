"""Taking badges back in a status list that is a file: no node, no database, no network."""

import argparse
from pathlib import Path
from typing import Any

from colnode.cli.badge_files import own_method, read_file, read_object
from colnode.cli.line import Line
from colnode.errors import Invalid, _

__all__ = ["run"]


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Set the bits and sign the list anew; returns the exit code."""
    from colnode.clock import SystemClock
    from colnode.openbadges import issuing
    from colnode.openbadges.key_files import read_signing_key
    from colnode.openbadges.status_list import BitstringStatusList

    document = read_object(read_file(arguments.list))
    document.pop("proof", None)
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict) or not isinstance(subject.get("encodedList"), str):
        raise Invalid(_("{file} is not a status list."), file=arguments.list)
    key = read_signing_key(read_file(arguments.key))
    method = arguments.verification_method or own_method(document, key.public.did_key)
    bits = BitstringStatusList.decode(subject["encodedList"])
    places = {_place(what, document, subject) for what in arguments.what}
    before = sum(bits.get(place) for place in places)
    for place in places:
        bits.set(place, True)
    renewed = {**document, "credentialSubject": {**subject, "encodedList": bits.encode()}}
    signed = issuing.issue(
        renewed, key=key, verification_method=method, created=SystemClock().now()
    )
    Path(arguments.output).write_bytes(signed)
    new = len(places) - before
    line.show(
        {"revoked": new, "revoked_before": before, "written": arguments.output},
        f"{new:,} taken back, {before:,} were so before. Written to {arguments.output}.",
    )
    return 0


def _place(what: str, document: dict[str, Any], subject: dict[str, Any]) -> int:
    """The index that a number or a badge's file names. Raises Invalid for another list's badge."""
    if what.isdecimal():
        return int(what)
    entries = read_object(read_file(what)).get("credentialStatus")
    for entry in entries if isinstance(entries, list) else [entries]:
        if (
            isinstance(entry, dict)
            and entry.get("statusListCredential") == document.get("id")
            and entry.get("statusPurpose") == subject.get("statusPurpose")
            and str(entry.get("statusListIndex")).isdecimal()
        ):
            return int(entry["statusListIndex"])
    raise Invalid(_("{file} is not in this status list."), file=what)
