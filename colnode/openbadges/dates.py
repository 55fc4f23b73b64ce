"""Dates in credentials: xsd:dateTimeStamp, a time with its offset, and nothing looser."""

import functools
import re
from datetime import UTC, datetime

__all__ = ["is_datetime", "parse_datetime"]

_PATTERN = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)\Z", re.ASCII
)


def is_datetime(text: str) -> bool:
    """Whether parse_datetime reads the text."""
    try:
        parse_datetime(text)
    except ValueError:
        return False
    return True


def parse_datetime(text: object) -> datetime:
    """The moment as UTC; digits beyond microseconds are cut off. Raises ValueError.

    Source: XML Schema Datatypes 1.1 section 3.4.28 (dateTimeStamp), VC Data Model 2.0 section 4.9.
    """
    if not isinstance(text, str):
        raise ValueError(f"{text} is not a time with an offset")
    return _parse(text)


@functools.lru_cache(maxsize=1024)
def _parse(text: str) -> datetime:
    match = _PATTERN.match(text)
    if match is None:
        raise ValueError(f"{text} is not a time with an offset")
    day, time, fraction, offset = match.groups()
    micros = f".{(fraction or '0')[:6]:0<6}"
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{micros}{offset.replace('Z', '+00:00')}")
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error
