"""Bytes as text and back: base58-btc, base64url and the multicodec prefix of a key.

Decoding accepts exactly one text for one value. Source: W3C Controlled Identifiers 1.0 section 2.4
(Multibase), RFC 7515 section 2 (base64url without padding).
"""

import base64
import binascii
import functools
import struct

from colnode.errors import Invalid, _

__all__ = ["base58_decode", "base58_encode", "base64url_decode", "base64url_encode", "decode"]

_ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = bytes(max(_ALPHABET.find(code), 0) for code in range(256))
_FOUR_DIGITS = 58**4
_MAX_BASE58 = 512


def base58_encode(data: bytes) -> str:
    """The base58-btc text of `data`.

    Four digits at a time are divided off; then all of these lanes, side by side in one large
    integer, are split into pairs and into digits at once. A division of every lane is a
    multiplication with a reciprocal that is exact for values of their size.
    """
    number = int.from_bytes(data, "big")
    fours: list[int] = []
    while number:
        number, four = divmod(number, _FOUR_DIGITS)
        fours.append(four)
    lanes = int.from_bytes(struct.pack(f"<{len(fours)}Q", *fours), "little")
    pairs_mask, digits_mask = _lane_masks(len(fours))
    lanes += ((lanes * _BY_58_2 >> 36) & pairs_mask) * (2**32 - 58**2)
    lanes += ((lanes * _BY_58 >> 18) & digits_mask) * (2**16 - 58)
    digits = lanes.to_bytes(8 * len(fours), "little")[-2::-2].lstrip(b"\0")
    leading_zeros = len(data) - len(data.lstrip(b"\0"))
    return (b"\0" * leading_zeros + digits).translate(_ALPHABET + bytes(198)).decode("ascii")


# Reciprocals, rounded up: exact below 2**24 (four digits) and 2**12 (two digits).
_BY_58_2 = -(-(2**36) // 58**2)
_BY_58 = -(-(2**18) // 58)


@functools.lru_cache(maxsize=64)
def _lane_masks(fours: int) -> tuple[int, int]:
    """Masks of the lanes that a pair of digits, and one digit, is cut from."""
    return (
        int.from_bytes(struct.pack("<Q", 2**12 - 1) * fours, "little"),
        int.from_bytes(struct.pack("<L", 2**6 - 1) * 2 * fours, "little"),
    )


def base58_decode(text: str) -> bytes:
    """The bytes of a base58-btc text; raises Invalid for other characters or over 512 of them.

    Digits become pairs, pairs become fours and so on, all lanes of one large integer at once.
    """
    if len(text) > _MAX_BASE58:
        raise Invalid(_("A base58 value is too long."))
    characters = text.encode("ascii", "replace")
    if characters.translate(None, _ALPHABET):
        raise Invalid(_("A base58 value has a character that does not belong there."))
    number = int.from_bytes(characters.translate(_DIGITS), "big")
    for width, mask, weight in _JOINS if len(text) > 128 else _JOINS[:7]:
        number = (number >> width & mask) * weight + (number & mask)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _joins() -> list[tuple[int, int, int]]:
    """For each doubling of the lanes: their width in bits, the lower ones' mask, their weight."""
    widths = [8 * 2**step for step in range(9)]
    return [
        (
            width,
            (2**width - 1) * ((1 << 8 * _MAX_BASE58) // ((1 << 2 * width) - 1)),
            58 ** (width // 8),
        )
        for width in widths
    ]


_JOINS = _joins()


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
