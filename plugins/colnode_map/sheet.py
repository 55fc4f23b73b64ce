"""Spreadsheets: what the bytes of a CSV file or a workbook say, as rows of named cells.

Knows nothing of activities. CSV may be UTF-8 with or without a mark, UTF-16 with one, or of a
Windows code page; comma, semicolon, tab or bar between the cells.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colnode.plugin import Invalid, TooLarge, _
from colnode_map.workbook import is_workbook, workbook_cells

__all__ = ["Row", "Sheet", "column_name", "read_sheet"]

_DELIMITERS = ",;\t|"
_CODE_PAGES = {
    "cp1257": {"lt", "lv", "et"},
    "cp1250": {"pl", "cs", "sk", "sl", "hr", "hu", "ro", "sr", "bs", "sq"},
    "cp1251": {"ru", "uk", "be", "bg", "mk"},
    "cp1253": {"el"},
    "cp1254": {"tr"},
}


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it, and its cells by column, trimmed."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """The columns in order and the rows that are not empty."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheet(data: bytes, *, language: str = "en", most_rows: int = 100_000) -> Sheet:
    """Read a CSV file, or the first sheet of a workbook, whose first row names the columns.

    `language` decides the Windows code page of a file that is not Unicode. Column names are lower
    case with `_` for spaces. Raises Invalid that names the row, and TooLarge.
    """
    is_book = is_workbook(data)
    lines = workbook_cells(data) if is_book else _cells(_decode(data, language))
    columns = _columns(next(lines, (1, []))[1])
    rows: list[Row] = []
    for number, cells in lines:
        if not any(cells):
            continue
        missing = max(0, len(columns) - len(cells))
        if any(cells[len(columns) :]) or (missing and not is_book):
            raise Invalid(
                _(
                    "Row {row} has {found} cells and the first row has {expected}. A quotation "
                    "mark or a separator is missing or too much there. Nothing was imported."
                ),
                row=number,
                found=len(cells),
                expected=len(columns),
            )
        if len(rows) == most_rows:
            raise TooLarge(
                _("The file has more than {most} rows. Split it and send the parts one by one."),
                most=most_rows,
            )
        rows.append(Row(number, dict(zip(columns, [*cells, *[""] * missing], strict=False))))
    if not rows:
        raise Invalid(_("The file has no rows below the names of the columns."))
    return Sheet(columns, tuple(rows))


def _decode(data: bytes, language: str) -> str:
    if not data.strip():
        raise Invalid(_("The file is empty."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codecs = ["utf-16"]
    else:
        page = next((page for page, used in _CODE_PAGES.items() if language in used), "cp1252")
        codecs = ["utf-8-sig", page]
    for codec in codecs:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(
        _("The letters of this file cannot be read. Save it again as CSV with the encoding UTF-8.")
    )


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=lambda sign: _count(first, sign))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Invalid(
            _(
                "After row {row} a quotation mark opens or closes in the wrong place, so the rest "
                "cannot be told apart. Nothing was imported."
            ),
            row=number,
        ) from error


def _count(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except (csv.Error, StopIteration):
        return 0


def column_name(text: str) -> str:
    """The name of a column: lower case, with _ for spaces and hyphens."""
    return "_".join(text.lower().replace("-", " ").split())


def _columns(cells: list[str]) -> tuple[str, ...]:
    columns = [column_name(cell) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice is not None:
        raise Invalid(_("Two columns are called {column}. Rename one of them."), column=twice)
    return tuple(columns)
