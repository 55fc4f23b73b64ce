"""JSON as signed documents need it: what one parser reads, every parser reads (RFC 7493, I-JSON).

Refused: duplicate names, NaN and infinities, integers beyond 2^53, unpaired surrogates, bytes
that are not UTF-8, deep nesting and large documents.
"""

import json
import math
import re
from collections import Counter
from typing import Any

from colnode.errors import Invalid, _

__all__ = ["DuplicateName", "StrictJsonError", "loads"]

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 40
_MAX_INTEGER = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJsonError(Invalid):
    """The bytes are not JSON, or not the JSON that everyone reads alike."""

    code = "json"
    is_syntax = False


class JsonSyntaxError(StrictJsonError):
    """The bytes are not JSON at all."""

    code = "json-syntax"
    is_syntax = True


class DuplicateName(StrictJsonError):
    """An object names the same member twice; two readers would see two documents."""

    code = "json-duplicate-name"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        (name, _count), *_others = Counter(name for name, _value in pairs).most_common(1)
        raise DuplicateName(_("The name {name} occurs twice in one object."), name=name)
    return members


def _constant(text: str) -> Any:
    raise StrictJsonError(_("{number} is not a number in JSON."), number=text)


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > _MAX_INTEGER:
        raise StrictJsonError(_("The number {number} is too large to be read alike."), number=text)
    return int(text)


def _float(text: str) -> float | int:
    """A double; a whole one becomes an integer, as ECMAScript and JSON-LD treat it."""
    number = float(text)
    if math.isinf(number) or len(text) > 40:
        raise StrictJsonError(_("The number {number} is too large to be read alike."), number=text)
    if number.is_integer():
        return _integer(str(int(number)))
    return number


def _check_depth(text: str, max_depth: int) -> None:
    """Raise when brackets nest deeper than max_depth; strings are passed over."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise StrictJsonError(_("The document nests deeper than {limit}."), limit=max_depth)
        elif mark in "]}":
            depth -= 1


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_float,
)


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The value in `data`, UTF-8 JSON without a byte order mark.

    Raises JsonSyntaxError when it is no JSON, another StrictJsonError when a rule of I-JSON or a
    limit is broken. Source: RFC 8259, RFC 7493 sections 2.1 to 2.4.
    """
    if len(data) > max_bytes:
        raise StrictJsonError(_("The document is larger than {limit} bytes."), limit=max_bytes)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonSyntaxError(_("The document is not UTF-8 text.")) from error
    if data.count(b"{") + data.count(b"[") > max_depth:
        _check_depth(text, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(
            _("The document is not JSON (line {line}, column {column})."),
            line=error.lineno,
            column=error.colno,
        ) from error
    if "\\u" in text and _has_surrogate(value):
        raise StrictJsonError(_("The document has half a character (an unpaired surrogate)."))
    return value


def _has_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(_has_surrogate(name) or _has_surrogate(item) for name, item in value.items())
    if isinstance(value, list):
        return any(_has_surrogate(item) for item in value)
    return False
