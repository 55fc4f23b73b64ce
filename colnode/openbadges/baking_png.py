"""The PNG side of baking: chunks, their checksums, and the text chunk with the credential.

Source: PNG Third Edition sections 5 (chunks) and 11.3.3 (textual information).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from colnode.errors import Invalid, _

__all__ = ["bake", "is_png", "unbake"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
_KEYWORD_2 = b"openbadges"
_TEXT_TYPES = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MAX_CHUNKS = 20_000
_MAX_TEXT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class _Chunk:
    type: bytes
    data: bytes

    def encode(self) -> bytes:
        checksum = zlib.crc32(self.type + self.data)
        return (
            struct.pack(">I", len(self.data)) + self.type + self.data + struct.pack(">I", checksum)
        )

    @property
    def keyword(self) -> bytes | None:
        """The keyword of a text chunk, None for any other chunk."""
        return self.data.split(b"\0", 1)[0] if self.type in _TEXT_TYPES else None


def is_png(file: bytes) -> bool:
    """Whether the file starts as every PNG does."""
    return file.startswith(_SIGNATURE)


def bake(png: bytes, payload: str, *, is_version_2: bool = False) -> bytes:
    """The PNG with `payload` in its iTXt chunk, right after the header. Raises Invalid."""
    keyword = _KEYWORD_2 if is_version_2 else _KEYWORD
    chunk = _Chunk(b"iTXt", keyword + b"\0\0\0\0\0" + payload.encode("utf-8"))
    header, *rest = _chunks(png)
    kept = [c for c in rest if c.keyword not in (_KEYWORD, _KEYWORD_2)]
    return _SIGNATURE + b"".join(c.encode() for c in (header, chunk, *kept))


def unbake(png: bytes) -> bytes | None:
    """The baked credential, Open Badges 3.0 before 2.0, or None. Raises Invalid."""
    chunks = list(_chunks(png))
    for keyword in (_KEYWORD, _KEYWORD_2):
        found = [chunk for chunk in chunks if chunk.keyword == keyword]
        if len(found) > 1:
            raise Invalid(_("The picture has more than one credential."))
        if found:
            return _text(found[0])
    return None


def _chunks(png: bytes) -> Iterator[_Chunk]:
    """Every chunk from IHDR to IEND with its checksum checked; raises Invalid."""
    if not is_png(png):
        raise Invalid(_("The file is not a PNG picture."))
    position = len(_SIGNATURE)
    for number in range(_MAX_CHUNKS):
        if position + 12 > len(png):
            raise Invalid(_("The picture is torn: it ends too early."))
        (length,) = struct.unpack_from(">I", png, position)
        end = position + 12 + length
        if length > 2**31 - 1 or end > len(png):
            raise Invalid(_("The picture is torn: it ends too early."))
        chunk = _Chunk(png[position + 4 : position + 8], png[position + 8 : end - 4])
        (checksum,) = struct.unpack_from(">I", png, end - 4)
        if zlib.crc32(chunk.type + chunk.data) != checksum:
            raise Invalid(_("The picture is torn: a checksum does not fit."))
        if (number == 0) != (chunk.type == b"IHDR"):
            raise Invalid(_("The picture is torn: its header is not where it must be."))
        yield chunk
        position = end
        if chunk.type == b"IEND":
            return
    raise Invalid(_("The picture has too many parts."))


def _text(chunk: _Chunk) -> bytes:
    """The text of a textual chunk as UTF-8, inflated up to a limit. Raises Invalid."""
    rest = chunk.data.split(b"\0", 1)[1] if b"\0" in chunk.data else None
    if rest is None:
        raise Invalid(_("The picture is torn: its text cannot be read."))
    if chunk.type == b"tEXt":
        return rest
    if chunk.type == b"zTXt":
        return _inflate(rest[1:]) if rest[:1] == b"\0" else _torn()
    flags, parts = rest[:2], rest[2:].split(b"\0", 2)
    if len(parts) != 3 or flags not in (b"\0\0", b"\1\0"):
        return _torn()
    text = _inflate(parts[2]) if flags[:1] == b"\1" else parts[2]
    if len(text) > _MAX_TEXT_BYTES:
        raise Invalid(_("The credential in the picture is too large."))
    return text


def _torn() -> bytes:
    raise Invalid(_("The picture is torn: its text cannot be read."))


def _inflate(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, _MAX_TEXT_BYTES)
    except zlib.error:
        return _torn()
    if stream.unconsumed_tail:
        raise Invalid(_("The credential in the picture is too large."))
    if not stream.eof:
        return _torn()
    return text
