"""What every text that becomes part of a badge must be."""

import re

from colnode.errors import Invalid, _

__all__ = ["CONTROL", "check_text"]

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
