"""Many badges from a template and a table, in files alone: no node, no database, no network."""

import argparse
import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from colnode.cli.badge_files import own_method, read_file, read_object
from colnode.cli.line import Line
from colnode.errors import Invalid, NotFound, _

__all__ = ["run"]

_COLUMNS = frozenset({"recipient", "id", "narrative", "evidence", "index"})


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Sign the template for each row into --out; what is there already stays. The exit code."""
    sign = _signer(arguments)
    rows = list(_rows(Path(arguments.file)))
    folder, is_trial = Path(arguments.out), arguments.dry_run
    if not is_trial:
        folder.mkdir(parents=True, exist_ok=True)
    problems: list[dict[str, Any]] = []
    signed = kept = 0
    with line.progress("Checking" if is_trial else "Signing", len(rows)) as done:
        for number, row in enumerate(rows, 1):
            done(1)
            path = folder / f"{number}.json"
            if path.exists():
                kept += 1
                continue
            try:
                badge = sign(row)
            except Invalid as error:
                about = {"row": number, "recipient": row["recipient"], "problem": str(error)}
                problems.append(about)
                continue
            signed += 1
            if not is_trial:
                _write(path, badge)
    said = f"{signed:,} signed, {kept:,} were there before, {len(problems):,} have a problem."
    if is_trial:
        said = f"{signed:,} of {len(rows):,} can be signed. Nothing was written."
    text = [said, *(f"  row {item['row']}: {item['problem']}" for item in problems)]
    data = {"rows": len(rows), "signed": signed, "kept": kept, "problems": problems}
    line.show(data, "\n".join(text))
    return 1 if problems else 0


def _signer(arguments: argparse.Namespace) -> Callable[[Mapping[str, str]], bytes]:
    """What signs the template for a row. Raises NotFound and Invalid."""
    from colnode.clock import SystemClock
    from colnode.openbadges import issuing
    from colnode.openbadges.key_files import read_signing_key

    template = read_object(read_file(arguments.template))
    key = read_signing_key(read_file(arguments.key))
    method = arguments.verification_method or own_method(template, key.public.did_key)
    clock = SystemClock()

    def sign(row: Mapping[str, str]) -> bytes:
        credential = _filled(template, row)
        return issuing.issue(credential, key=key, verification_method=method, created=clock.now())

    return sign


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = set(reader.fieldnames or ())
            if "recipient" not in names or not names <= _COLUMNS:
                raise Invalid(
                    _("The first line of {file} names `recipient` and, if you like, {others}."),
                    file=path,
                    others=", ".join(sorted(_COLUMNS - {"recipient"})),
                )
            yield from ({name: (row[name] or "").strip() for name in names} for row in reader)
    except OSError as error:
        raise NotFound(_("{file} cannot be read."), file=path) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(_("{file} is not a CSV file in UTF-8."), file=path) from error


def _filled(template: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
    """The template about one recipient. Raises Invalid when the row and the template disagree."""
    if ":" not in row["recipient"]:
        raise Invalid(_("A recipient is a DID or another URI, like urn:uuid:…"))
    subject = template.get("credentialSubject")
    if not isinstance(subject, dict):
        raise Invalid(_("The template needs a credentialSubject with its achievement."))
    about = {**subject, "id": row["recipient"]}
    if row.get("narrative"):
        about["narrative"] = row["narrative"]
    filled = {
        **template,
        "id": row.get("id") or template.get("id") or uuid4().urn,
        "credentialSubject": about,
    }
    if row.get("evidence"):
        filled["evidence"] = [{"id": url, "type": ["Evidence"]} for url in row["evidence"].split()]
    if "credentialStatus" in template:
        filled["credentialStatus"] = _status(template["credentialStatus"], row.get("index", ""))
    return filled


def _status(entry: Any, index: str) -> dict[str, Any]:
    if not index.isdecimal() or not isinstance(entry, dict):
        raise Invalid(_("The template has a credentialStatus: give each row its `index` in it."))
    list_url = entry.get("statusListCredential", "")
    return {**entry, "id": f"{list_url}#{int(index)}", "statusListIndex": str(int(index))}


def _write(path: Path, badge: bytes) -> None:
    """Whole or not at all, so that a run that was killed goes on where it was."""
    half = path.with_suffix(".part")
    half.write_bytes(badge)
    half.replace(path)
