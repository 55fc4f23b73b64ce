"""Checks of what people type about themselves and their organisations. Raises Invalid per field."""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from colnode.db import LangMap
from colnode.errors import Invalid, _

__all__ = ["email_address", "language_map", "line", "web_address"]

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\\\"]+@[^@\s,;:<>()\[\]\\\"]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def email_address(text: str, *, field: str = "email") -> str:
    """An e-mail address in lower case."""
    address = unicodedata.normalize("NFC", text.strip()).lower()
    local, _at, domain = address.rpartition("@")
    is_good = _EMAIL.fullmatch(address) and 3 <= len(address) <= 254 and len(local) <= 64
    if not is_good or ".." in domain or domain.startswith((".", "-")) or not address.isprintable():
        raise _invalid(field, _("This does not look like an e-mail address."))
    return address


def line(text: str, *, field: str, most: int = 100) -> str:
    """One line of text that is not empty, without control characters."""
    cleaned = " ".join(unicodedata.normalize("NFC", text).split())
    if not cleaned:
        raise _invalid(field, _("Please fill this in."))
    if len(cleaned) > most:
        raise _invalid(field, _("Please make this shorter: at most {most} characters."), most=most)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in cleaned):
        raise _invalid(field, _("Please leave out characters that cannot be seen."))
    return cleaned


def language_map(
    texts: Mapping[str, str], *, field: str, most: int = 5_000, is_needed: bool = False
) -> LangMap:
    """Texts by language without the empty ones. Raises Invalid, naming the field and language."""
    kept: LangMap = {}
    for language, text in texts.items():
        cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
        if not cleaned:
            continue
        name = f"{field}.{language}"
        if not _LANGUAGE.fullmatch(language):
            raise _invalid(name, _("This language is not known."))
        if len(cleaned) > most:
            message = _("Please make this shorter: at most {most} characters.")
            raise _invalid(name, message, most=most)
        if any(
            unicodedata.category(character) in {"Cc", "Cs"}
            for character in cleaned
            if character not in "\n\t"
        ):
            raise _invalid(name, _("Please leave out characters that cannot be seen."))
        kept[language] = cleaned
    if is_needed and not kept:
        raise _invalid(field, _("Please fill this in, in one language at least."))
    return kept


def web_address(text: str, *, field: str = "url") -> str:
    """An http or https address, or an empty text."""
    address = text.strip()
    if not address:
        return ""
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    is_plain = address.isprintable() and not re.search(r"\s", address) and len(address) <= 500
    if not is_plain or not host or parts.scheme not in {"http", "https"} or parts.username:
        raise _invalid(field, _("This does not look like a web address."))
    return address


def _invalid(field: str, message: str, **parameters: object) -> Invalid:
    return Invalid(message, fields={field: message}, **parameters)
