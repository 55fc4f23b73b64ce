"""Bytes as text and back: base58-btc, base64url and the multicodec prefix of a key.

Decoding accepts exactly one text for one value. Source: W3C Controlled Identifiers 1.0 section 2.4
(Multibase), RFC 7515 section 2 (base64url without padding).
"""

import base64
import binascii

from colnode.errors import Invalid, _

__all__ = ["base58_decode", "base58_encode", "base64url_decode", "base64url_encode", "decode"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PAIR = 58**2
_TEN = 58**10
_MAX_BASE58 = 512


def base58_encode(data: bytes) -> str:
    """The base58-btc text of `data`, ten digits at a time to keep big divisions few."""
    number = int.from_bytes(data, "big")
    pairs: list[str] = []
    while number:
        number, ten = divmod(number, _TEN)
        for _step in range(5):
            pairs.append(_PAIRS[ten % _PAIR])
            ten //= _PAIR
    pairs.reverse()
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * leading_zeros + "".join(pairs).lstrip("1")


def base58_decode(text: str) -> bytes:
    """The bytes of a base58-btc text; raises Invalid for other characters or over 512 of them."""
    if len(text) > _MAX_BASE58:
        raise Invalid(_("A base58 value is too long."))
    number = 0
    try:
        for start in range(0, len(text), 10):
            piece = text[start : start + 10]
            ten = 0
            for character in piece:
                ten = ten * 58 + _VALUES[character]
            number = number * 58 ** len(piece) + ten
    except KeyError as error:
        raise Invalid(_("A base58 value has a character that does not belong there.")) from error
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base64url_encode(data: bytes) -> str:
    """The base64url text of `data` without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """The bytes of a base64url text; raises Invalid unless it is the one canonical text."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Invalid(_("A base64url value has a character that does not belong there.")) from error
    if base64url_encode(data) != text:
        raise Invalid(_("A base64url value is not written in its one canonical form."))
    return data


def decode(text: str) -> bytes:
    """The bytes of a multibase text: z for base58-btc, u for base64url. Raises Invalid."""
    if text.startswith("z"):
        return base58_decode(text[1:])
    if text.startswith("u"):
        return base64url_decode(text[1:])
    raise Invalid(_("A multibase value must start with z or u."))
