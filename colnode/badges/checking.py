"""What every text that becomes part of a badge must be."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["CONTROL", "check_end", "check_evidence", "check_text"]

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def check_text(text: str | None, *, longest: int, field: str | None = None) -> str | None:
    """One optional text, trimmed; None when empty. Raises Invalid for control characters, length.

    Tab and line breaks are kept; other control characters cannot be signed (DESIGN: issuing).
    With `field` the error names it.
    """
    cleaned = (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    message = None
    if CONTROL.search(cleaned):
        message = _("The text has characters that cannot be shown. Type it again.")
    elif len(cleaned) > longest:
        message = _("The text is longer than {most} characters.")
    if message is not None:
        raise Invalid(message, fields={field: message} if field else None, most=longest)
    return cleaned or None


def check_end(
    node: "Node", moment: datetime | None, *, field: str = "valid_until"
) -> datetime | None:
    """An end that an organiser chose, if any. Raises Invalid that names `field` when it is past."""
    if moment is not None and moment <= node.clock.now():
        message = _("Choose a day that is still to come.")
        raise Invalid(message, fields={field: message})
    return moment


def check_evidence(evidence: Sequence[str]) -> list[str]:
    """Addresses of evidence. Raises Invalid for what is not an http(s) address."""
    links = [link.strip() for link in evidence if link.strip()]
    if len(links) > 20 or any(
        not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]{1,2000}", link) for link in links
    ):
        message = _("Evidence is up to 20 web addresses that start with https://.")
        raise Invalid(message, fields={"evidence": message})
    return links
