"""Dates in credentials: xsd:dateTimeStamp, a time with its offset, and nothing looser."""

import re
from datetime import UTC, datetime

__all__ = ["parse_datetime"]

_PATTERN = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)\Z", re.ASCII
)


def parse_datetime(text: object) -> datetime:
    """The moment as UTC; digits beyond microseconds are cut off. Raises ValueError.

    Source: XML Schema Datatypes 1.1 section 3.4.28 (dateTimeStamp), VC Data Model 2.0 section 4.9.
    """
    match = _PATTERN.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text} is not a time with an offset")
    day, time, fraction, offset = match.groups()
    micros = f".{(fraction or '0')[:6]:0<6}"
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{micros}{offset.replace('Z', '+00:00')}")
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error
