"""The first sheet of a workbook (Office Open XML, .xlsx) as rows of texts; what comes is hostile.

Values are those that the program that wrote the file had last worked out: a formula is never
calculated here, and nothing that a workbook refers to is fetched.
"""

import io
import warnings
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from xml.etree.ElementTree import ParseError

from colnode.plugin import Invalid, TooLarge, _

__all__ = ["is_workbook", "workbook_cells"]

_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MOST_MEMBERS = 2_000
_MOST_BYTES = 300_000_000
_MOST_SHARED_BYTES = 60_000_000
_MOST_COLUMNS = 200
_HEAD_BYTES = 65_536
_BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def is_workbook(data: bytes) -> bool:
    """Whether the file begins like a workbook, new or old."""
    return data.startswith((_ZIP, _OLD))


def workbook_cells(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that is shown: number and trimmed cells of what is not empty.

    Days are written YYYY-MM-DD, times HH:MM, whole numbers without a point, truth as yes and no.
    Raises Invalid, and TooLarge for what unpacks to more than anybody types.
    """
    if data.startswith(_OLD):
        raise Invalid(
            _(
                "This workbook is of an old kind or has a password. Save it as .xlsx without a "
                "password, or as CSV (UTF-8), and send that file."
            )
        )
    try:
        _check(data)
        yield from _rows(data)
    except _BROKEN as error:
        raise Invalid(
            _("This workbook cannot be read. Save the sheet as CSV (UTF-8) and send that file.")
        ) from error


def _check(data: bytes) -> None:
    """Refuse what unpacks to too much, or declares entities (XML 1.0 section 4.2)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        shared = sum(each.file_size for each in members if "sharedstrings" in each.filename.lower())
        whole = sum(each.file_size for each in members)
        if len(members) > _MOST_MEMBERS or whole > _MOST_BYTES or shared > _MOST_SHARED_BYTES:
            raise TooLarge(
                _("This workbook unpacks to more than can be read. Split it and send the parts.")
            )
        for member in members:
            if member.filename.lower().endswith((".xml", ".rels")):
                with archive.open(member) as opened:
                    _refuse_doctype(opened.read(_HEAD_BYTES))


def _refuse_doctype(head: bytes) -> None:
    """A document type can only stand before the first element, so its beginning tells."""
    parser = xml.parsers.expat.ParserCreate()
    begun = False

    def begin(_name: str, _attributes: object) -> None:
        nonlocal begun
        begun = True

    def refuse(*_declared: object) -> None:
        raise ValueError("a workbook declares no document type")

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(head, False)
    except xml.parsers.expat.ExpatError as error:
        raise ValueError("a part of the workbook is no XML") from error
    if not begun:
        raise ValueError("a part of the workbook does not begin")


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl names what it leaves out: charts, styles
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        try:
            sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
            sheet.reset_dimensions()  # what the file says of them is not to be trusted
            rows = sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
            for number, values in enumerate(rows, start=1):
                if values.count(None) == len(values):
                    continue
                cells = [_text(value) for value in values]
                while cells and not cells[-1]:
                    cells.pop()
                yield number, cells
        except StopIteration:
            raise ValueError("no sheet is shown") from None
        finally:
            book.close()


def _text(value: object) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = _moment(value)
        case time():
            text = value.strftime("%H:%M")
        case timedelta():
            text = str(round(value.total_seconds() / 60))
        case float() if value.is_integer():
            text = str(int(value))
        case _:
            text = str(value).strip()
    return text


def _moment(value: datetime) -> str:
    """A day, or a day and a time to the minute: programs keep times as fractions of a day."""
    rounded = value + timedelta(seconds=30)
    if (rounded.hour, rounded.minute) == (0, 0):
        return rounded.strftime("%Y-%m-%d")
    return rounded.strftime("%Y-%m-%d %H:%M")
