"""The two lines of an entry, header and body, as exact bytes. docs/federation.md section 1.

There is no canonical JSON: a header has one spelling, which a pattern holds it to, and a body is
whatever bytes its digest in the header names.
"""

import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from colnode.clock import parse_rfc3339
from colnode.errors import Untrusted, _
from colnode.openbadges import strict_json

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_HEADER_BYTES",
    "NULL_BODY",
    "Header",
    "Op",
    "digest_of",
    "make_body",
    "read_body",
    "read_header",
]

MAX_HEADER_BYTES = 1024
MAX_BODY_BYTES = 64 * 1024
NULL_BODY = b"null"


class Op(StrEnum):
    """What an entry does."""

    GENESIS = "genesis"
    PUT = "put"
    DEL = "del"
    REDACT = "redact"
    KEY = "key"
    NODE = "node"
    EPOCH = "epoch"


IDENTITY_OPS = frozenset({Op.GENESIS, Op.KEY, Op.NODE, Op.EPOCH})
"""Entries about the node itself; they have no record."""


class Header(NamedTuple):
    """The header line of an entry as values. `id` is type/id, empty for identity entries."""

    seq: int
    op: str
    ts: str
    type: str = ""
    id: str = ""
    rev: int = 0
    schema: str = ""
    licence: str = ""
    digest: str = ""

    def to_line(self) -> bytes:
        """The one spelling of this header, without a line feed."""
        members: dict[str, object] = {"v": 1, "seq": self.seq, "op": self.op}
        if self.op not in IDENTITY_OPS:
            members |= {"type": self.type, "id": self.id, "rev": self.rev}
        members["ts"] = self.ts
        if self.op == Op.PUT:
            members |= {"schema": self.schema, "licence": self.licence}
        if self.digest:
            members["digest"] = self.digest
        return json.dumps(members, separators=(",", ":")).encode("ascii")

    @property
    def live_id(self) -> str:
        """What the state knows the entry by; identity entries are live for ever."""
        return self.id or f"identity/{self.seq}"

    @property
    def at(self) -> datetime:
        """The time that the entry names."""
        return parse_rfc3339(self.ts)


_PLAIN = r"[ !#-\[\]-~]"  # printable ASCII that JSON writes as itself
_NUMBER = r"[1-9][0-9]{0,15}"
_START = rf'\{{"v":1,"seq":(?P<seq>{_NUMBER}),"op":"(?P<op>%s)",'
_RECORD = (
    r'"type":"(?P<type>[a-z][a-z0-9_-]{0,39})",'
    r'"id":"(?P<id>(?P=type)/[A-Za-z0-9._~-]{1,100})",'
    rf'"rev":(?P<rev>{_NUMBER}),'
)
_TIME = r'"ts":"(?P<ts>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"'
_DIGEST = r'"digest":"(?P<digest>sha-256:[A-Za-z0-9_-]{43})"'
_PUT = re.compile(
    _START % "put"
    + _RECORD
    + _TIME
    + rf',"schema":"(?P<schema>{_PLAIN}{{1,200}})","licence":"(?P<licence>{_PLAIN}{{1,60}})",'
    + _DIGEST
    + r"\}"
)
_REMOVAL = re.compile(_START % "del|redact" + _RECORD + _TIME + r"\}")
_IDENTITY = re.compile(_START % "genesis|key|node|epoch" + _TIME + "," + _DIGEST + r"\}")


def read_header(line: bytes) -> Header:
    """Read a header line. Raises Untrusted when it is not spelt as `Header.to_line` spells it."""
    try:
        if len(line) > MAX_HEADER_BYTES:
            raise ValueError
        text = line.decode("ascii")
        match = _PUT.fullmatch(text) or _REMOVAL.fullmatch(text) or _IDENTITY.fullmatch(text)
        if match is None:
            raise ValueError
        found: dict[str, Any] = match.groupdict()
        datetime.fromisoformat(found["ts"])
        found["seq"] = int(found["seq"])
        found["rev"] = int(found.get("rev", 0))
        return Header(**found)
    except ValueError:
        raise Untrusted(
            _("The header of an entry is malformed: {line}"),
            line=line[:200].decode("ascii", "replace"),
        ) from None


def digest_of(body: bytes) -> str:
    """The digest of a body line as headers name it (base64url without padding)."""
    text = binascii.b2a_base64(hashlib.sha256(body).digest(), newline=False)
    return "sha-256:" + text[:43].translate(_URL_SAFE).decode("ascii")


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def make_body(member: str, value: bytes) -> bytes:
    """A body line around JSON text: {"nonce":...,"record":VALUE}. The nonce is 128 random bits."""
    nonce = secrets.token_urlsafe(16)
    return b'{"nonce":"%b","%b":%b}' % (nonce.encode(), member.encode(), value)


def read_body(line: bytes, member: str) -> Mapping[str, Any]:
    """The value of `member` in a body line. Raises Untrusted when it is not strict JSON."""
    try:
        document = strict_json.loads(line, max_bytes=MAX_BODY_BYTES)
    except (strict_json.StrictJsonError, RecursionError, ValueError) as error:
        raise Untrusted(_("The body of an entry cannot be read: {fault}"), fault=error) from error
    if not isinstance(document, dict) or document.keys() != {"nonce", member}:
        raise Untrusted(_("The body of an entry is not what its header announces."))
    value = document[member]
    if not isinstance(value, dict) or not isinstance(document["nonce"], str):
        raise Untrusted(_("The body of an entry is not what its header announces."))
    return value
