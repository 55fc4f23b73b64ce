"""Bit string status lists: one bit for each credential, published as a signed, compressed list."""

import gzip
import io
import zlib
from datetime import datetime
from typing import Any

from colnode.clock import format_rfc3339
from colnode.errors import Invalid, _
from colnode.openbadges import multibase
from colnode.openbadges.contexts import CREDENTIALS_V2

__all__ = ["ENTRIES", "BitstringStatusList", "status_list_credential"]

ENTRIES = 131_072
_MAX_DECODED_BYTES = 4 * 1024 * 1024
_MAX_ENCODED_CHARACTERS = 3 * 1024 * 1024


class BitstringStatusList:
    """A list of bits; a set bit means revoked or suspended, by the list's purpose.

    Index 0 is the leftmost bit of the first byte (Bitstring Status List 1.0 section 3.2).
    """

    def __init__(self, bits: bytes | None = None) -> None:
        """A list of ENTRIES clear bits, or the packed `bits` (at least ENTRIES of them)."""
        self._bits = bytearray(ENTRIES // 8) if bits is None else bytearray(bits)
        if len(self) < ENTRIES:
            raise Invalid(_("The status list has fewer than {limit} entries."), limit=ENTRIES)

    def __len__(self) -> int:
        return len(self._bits) * 8

    def __getitem__(self, index: int) -> bool:
        self._check(index)
        return bool(self._bits[index // 8] & (128 >> index % 8))

    def __setitem__(self, index: int, value: bool) -> None:
        self._check(index)
        if value:
            self._bits[index // 8] |= 128 >> index % 8
        else:
            self._bits[index // 8] &= ~(128 >> index % 8)

    def get(self, index: int) -> bool:
        """The bit at `index`. Raises Invalid outside the list."""
        return self[index]

    def set(self, index: int, value: bool) -> None:
        """Set or clear the bit at `index`. Raises Invalid outside the list."""
        self[index] = value

    @property
    def bits(self) -> bytes:
        """The packed bits, for storing."""
        return bytes(self._bits)

    def encode(self) -> str:
        """GZIP, then multibase base64url (u...), the same text for the same bits.

        Source: Bitstring Status List 1.0 section 3.3 (Bitstring Generation Algorithm).
        """
        return "u" + multibase.base64url_encode(gzip.compress(self._bits, compresslevel=9, mtime=0))

    @classmethod
    def decode(cls, text: str, *, max_bytes: int = _MAX_DECODED_BYTES) -> "BitstringStatusList":
        """The list in an encodedList; also without the multibase u, as older lists are written.

        Raises Invalid for anything else, for fewer than ENTRIES bits and for more than max_bytes.
        Source: Bitstring Status List 1.0 section 3.4 (Bitstring Expansion Algorithm).
        """
        if len(text) > _MAX_ENCODED_CHARACTERS:
            raise Invalid(_("The status list is too large."))
        encoded = text if text.startswith("u") else f"u{text}"
        return cls(_gunzip(multibase.decode(encoded), max_bytes))

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise Invalid(_("The index {index} is outside the status list."), index=index)


def _gunzip(data: bytes, max_bytes: int) -> bytes:
    """The content of one GZIP member, at most max_bytes of it; raises Invalid otherwise."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(_("The status list is not compressed as it should be.")) from error
    if len(content) > max_bytes:
        raise Invalid(_("The status list is too large."))
    return content


def status_list_credential(
    *,
    url: str,
    issuer: str,
    status_list: BitstringStatusList,
    valid_from: datetime,
    valid_until: datetime | None = None,
    purpose: str = "revocation",
) -> dict[str, Any]:
    """The unsigned BitstringStatusListCredential published at `url`, to be signed with issue().

    `issuer` is the DID of the credentials' issuer.
    Source: Bitstring Status List 1.0 section 2.2.
    """
    credential: dict[str, Any] = {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": format_rfc3339(valid_from),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": status_list.encode(),
        },
    }
    if valid_until is not None:
        credential["validUntil"] = format_rfc3339(valid_until)
    return credential
