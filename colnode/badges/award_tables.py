"""Awards from a table: a CSV file with a row for each person, each with its own words.

Reading the file only; awards.award_rows does what it says, row by row.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from colnode.badges import achievements, awards
from colnode.badges.awards import AwardResult, AwardRow
from colnode.badges.more import ResultGiven, ResultKind
from colnode.badges.results import choices_of, kinds_of
from colnode.errors import Invalid, TooLarge, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["MOST_ROWS", "RowResult", "award_table", "column_of", "decode", "sample"]

MOST_ROWS = 1_000
_MOST_BYTES = 1_000_000
_SAMPLE = (
    ("email", "narrative", "evidence", "valid_until"),
    ("kai@example.org", "Built a robot with six legs.", "https://example.org/robot", ""),
    ("ona@example.org", "Found the fault in the motor.", "", "2030-06-30"),
)
_RESULT = "result: "
_COLUMNS = {
    "email": ("email", "e-mail", "e-mail address", "email address", "mail", "address"),
    "narrative": ("narrative", "what they did", "text", "description"),
    "evidence": ("evidence", "links", "link", "url"),
    "valid_until": ("valid_until", "valid until", "expires", "until"),
}


@dataclass(frozen=True)
class RowResult:
    """What became of one row; `line` is its line in the file, the head being line 1."""

    line: int
    result: AwardResult


def award_table(
    node: "Node", achievement_id: str, *, text: str, actor_id: str, is_trial: bool = False
) -> list[RowResult]:
    """Offer a badge to each row of a CSV text; one result per row, in order.

    The first line names the columns: `email`, and where wanted `narrative`, `evidence` (addresses
    with spaces between), `valid_until` (2030-06-30) and `result: NAME` for each result that the
    badge describes. Commas, semicolons or tabs are between them. With `is_trial` nothing is stored
    or mailed. Raises Invalid (not such a table), TooLarge, and what awards.award_rows raises.
    """
    names = [kind.name for kind in kinds_of(achievements.get_achievement(node, achievement_id))]
    table = _read(text, names)
    rows, faults = [], {}
    for line, cells in table:
        try:
            rows.append((line, _row(node, cells)))
        except Invalid as error:
            faults[line] = AwardResult(
                cells["email"].strip().lower(),
                "wrong",
                reason=error.message,
                parameters=error.parameters,
            )
    results = awards.award_rows(
        node,
        achievement_id,
        rows=[row for _line, row in rows],
        actor_id=actor_id,
        is_trial=is_trial,
    )
    by_line = faults | {line: result for (line, _row), result in zip(rows, results, strict=True)}
    return [RowResult(line, by_line[line]) for line, _cells in table]


def sample(node: "Node", achievement_id: str) -> str:
    """A table to fill in, with a column for each result of the badge. Raises NotFound."""
    kinds = kinds_of(achievements.get_achievement(node, achievement_id))
    head, first, second = _SAMPLE
    lines = (
        [*head, *map(column_of, kinds)],
        [*first, *("".join(choices_of(kind)[-1:]) for kind in kinds)],
        [*second, *("" for _kind in kinds)],
    )
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()


def column_of(kind: ResultKind) -> str:
    """What the column of a result is called."""
    return _RESULT + kind.name


def decode(data: bytes) -> str:
    """The text of an uploaded file: UTF-8, or UTF-16 with its mark. Raises Invalid, TooLarge."""
    if len(data) > _MOST_BYTES:
        raise TooLarge(_("The file is larger than 1 MB. Split it into several."))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        message = _("The file is not text in UTF-8. Save it as “CSV UTF-8” and try again.")
        raise Invalid(message, fields={"file": message}) from None


def _read(text: str, results: Sequence[str]) -> list[tuple[int, Mapping[str, str]]]:
    if len(text) > _MOST_BYTES:
        raise TooLarge(_("The file is larger than 1 MB. Split it into several."))
    head = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(text.lstrip("\ufeff").splitlines(keepends=True), delimiter=delimiter)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error:
        raise _wrong(_("This is not a CSV file. Save the table as “CSV UTF-8”.")) from None
    if len(lines) > MOST_ROWS + 1:
        raise _wrong(_("A table has up to 1,000 rows. Split it into several."))
    columns = _columns(lines[0][1], results) if lines else {}
    if "email" not in columns:
        raise _wrong(_("The first line names the columns, and one of them has to be “email”."))
    if len(lines) == 1:
        raise _wrong(_("There is no row below the first line."))
    return [
        (
            line,
            {name: cells[place] if place < len(cells) else "" for name, place in columns.items()},
        )
        for line, cells in lines[1:]
    ]


def _columns(head: Sequence[str], results: Sequence[str]) -> Mapping[str, int]:
    """Where each column stands. What is not known is passed over, but not an unknown result."""
    words = [" ".join(cell.lower().replace("_", " ").split()) for cell in head]
    found = {}
    known = _COLUMNS | {_RESULT + name: (_RESULT + name.lower(),) for name in results}
    for name, spellings in known.items():
        place = next(
            (words.index(word.replace("_", " ")) for word in spellings
             if word.replace("_", " ") in words), None
        )  # fmt: skip
        if place is not None:
            found[name] = place
    for place, word in enumerate(words):
        if word.startswith(_RESULT.strip()) and place not in found.values():
            message = _("This badge has no result for the column “{column}”.")
            raise Invalid(message, fields={"file": message}, column=head[place].strip())
    return found


def _row(node: "Node", cells: Mapping[str, str]) -> AwardRow:
    return AwardRow(
        email=cells["email"].strip().lower(),
        narrative=cells.get("narrative"),
        evidence=re.split(r"[\s|]+", cells.get("evidence", "").strip()),
        valid_until=_end_of(node, cells.get("valid_until", "").strip()),
        results=[
            ResultGiven(name.removeprefix(_RESULT), cell)
            for name, cell in cells.items()
            if name.startswith(_RESULT)
        ],
    )


def _end_of(node: "Node", text: str) -> datetime | None:
    """The first moment after the day, in the city's time zone."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid(_("Write the day like 2030-06-30.")) from None
    return datetime.combine(day, time(), ZoneInfo(node.config.city.time_zone))


def _wrong(message: str) -> Invalid:
    return Invalid(message, fields={"file": message})
