"""Give a badge to everybody in a CSV file.

The first line names the columns: `recipient` (the id of a person, the proven e-mail address of an
account, or a urn: or did:), and if you like `narrative` and `evidence` (web addresses with spaces
between them). The same command again goes on where it was interrupted, and gives nobody a second
badge.

With --template no node is needed: the credential in that file is signed for each row into --out,
with the row's recipient as subject. The columns `id` and `index` (in the template's status list)
may be named too; files that are there already stay.

Exit codes: 0 everybody has it, 1 some rows have a problem.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colnode.cli.line import Line
from colnode.errors import Invalid, NotFound, _

if TYPE_CHECKING:
    from colnode.badges.bulk import BulkRow, Outcome
    from colnode.node import Node

__all__ = ["configure", "run"]

_PROBLEMS = {
    "unknown": "nobody here has this address or id",
    "narrative": "the narrative is too long or has characters that cannot be shown",
    "evidence": "the evidence is not up to 20 web addresses",
    "refused": "a plugin of this city refused it",
}


@dataclass(frozen=True)
class _Sheet:
    """A file that was read once: how many rows it has, and the digest that names its run."""

    path: Path
    size: int
    digest: str


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("file", metavar="FILE.csv", help="whom to give it to")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--achievement", metavar="ID", help="the badge: its address or its id")
    what.add_argument(
        "--template", metavar="CREDENTIAL.json", help="sign this for each row; needs no node"
    )
    parser.add_argument("--dry-run", action="store_true", help="check every row, give nothing")
    parser.add_argument("--no-mail", action="store_true", help="tell nobody by mail")
    parser.add_argument(
        "--run", metavar="NAME", help="a name for the run, to give everybody in a file one more"
    )
    parser.add_argument("--out", metavar="FOLDER", help="write each signed badge there")
    parser.add_argument("--key", metavar="KEYFILE", help="with --template: the private key")
    parser.add_argument(
        "--verification-method", metavar="URL", help="with --template: the key's full address"
    )


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.template:
        from colnode.cli import badge_bulk_files

        if not (arguments.key and arguments.out):
            raise Invalid(_("With --template give --key and --out too."))
        return badge_bulk_files.run(line, arguments)
    sheet = _inspect(Path(arguments.file))
    achievement_id = arguments.achievement.rstrip("/").rpartition("/")[2]
    with line.node() as node:
        if arguments.dry_run:
            return _check(line, node, sheet, achievement_id)
        outcome = _issue(line, node, sheet, achievement_id, arguments)
        rows = list(_results(node, outcome.run_id, sheet, every=line.as_json))
        if arguments.out:
            _write(node, outcome.run_id, Path(arguments.out))
    text = f"{outcome.issued:,} of {outcome.done:,} have the badge."
    data = {"run_id": outcome.run_id, "rows": outcome.done, "issued": outcome.issued}
    line.show(
        {**data, "problems": outcome.problems, "results": rows}, "\n".join([text, *_say(rows)])
    )
    return 1 if outcome.problems else 0


def _inspect(path: Path) -> _Sheet:
    """Read the file through once. Raises NotFound, and Invalid for one that cannot be used."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NotFound(_("{file} cannot be read."), file=path) from error
    seen: dict[int, int] = {}
    size = 0
    for size, row in enumerate(_rows(path), 1):
        first = seen.setdefault(hash(row.recipient.strip().lower()), size)
        if first != size:
            raise Invalid(
                _("Rows {first} and {second} name the same recipient. Remove one of them."),
                first=first,
                second=size,
            )
    if not size:
        raise Invalid(_("{file} has no rows below its first line."), file=path)
    return _Sheet(path, size, digest)


def _rows(path: Path) -> Iterator["BulkRow"]:
    from colnode.badges.bulk import BulkRow

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "recipient" not in (reader.fieldnames or ()):
                raise Invalid(_("The first line of {file} must name `recipient`."), file=path)
            for row in reader:
                yield BulkRow(
                    row["recipient"] or "",
                    row.get("narrative") or None,
                    tuple((row.get("evidence") or "").split()),
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(_("{file} is not a CSV file in UTF-8."), file=path) from error


def _check(line: Line, node: "Node", sheet: _Sheet, achievement_id: str) -> int:
    from colnode.badges import bulk

    rows = []
    with line.progress("Checking", sheet.size) as done, node.reading():
        problems = bulk.check(node, achievement_id, _rows(sheet.path))
        for (number, problem), row in zip(problems, _rows(sheet.path), strict=True):
            done(1)
            if problem is not None:
                rows.append(_row(number, row, problem))
    good = sheet.size - len(rows)
    text = f"{good:,} of {sheet.size:,} would get the badge. Nothing was given."
    data = {"rows": sheet.size, "would_issue": good, "results": rows}
    line.show(data, "\n".join([text, *_say(rows)]))
    return 1 if rows else 0


def _issue(
    line: Line, node: "Node", sheet: _Sheet, achievement_id: str, arguments: argparse.Namespace
) -> "Outcome":
    from colnode.badges import bulk

    with line.progress("Giving", sheet.size) as done:
        return bulk.issue_many(
            node,
            achievement_id,
            rows=_rows(sheet.path),
            key=arguments.run or sheet.digest,
            is_told=not arguments.no_mail,
            progress=done,
        )


def _results(node: "Node", run_id: str, sheet: _Sheet, *, every: bool) -> Iterator[dict[str, Any]]:
    """Each row that has a problem, or every row, with what became of it."""
    from colnode.badges import bulk
    from colnode.badges.documents import credential_url

    number = 0
    rows = _rows(sheet.path)
    with node.reading():
        while results := bulk.list_results(node, run_id, after=number):
            for result, credential in results:
                number, row = result.number, next(rows)
                if credential is None:
                    yield _row(number, row, str(result.problem))
                elif every:
                    address = credential_url(node, credential.address)
                    yield _row(number, row, None) | {"address": address}
            node.db.expunge_all()


def _write(node: "Node", run_id: str, folder: Path) -> None:
    """The signed documents, each under the number of its row."""
    from colnode.badges import bulk

    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    with node.reading():
        while results := bulk.list_results(node, run_id, after=number):
            for result, credential in results:
                number = result.number
                if credential is not None:
                    path = folder / f"{number}.json"
                    path.write_text(credential.document, encoding="utf-8")
            node.db.expunge_all()


def _row(number: int, row: "BulkRow", problem: str | None) -> dict[str, Any]:
    return {"row": number, "recipient": row.recipient, "problem": problem}


def _say(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"  row {row['row']}: {row['recipient']}: {_PROBLEMS.get(row['problem'], row['problem'])}"
        for row in rows
        if row["problem"]
    ]
