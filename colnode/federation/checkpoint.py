"""The signed head of a log: a C2SP tlog-checkpoint with our extension lines, as a signed note.

c2sp.org/tlog-checkpoint and c2sp.org/signed-note; Ed25519 (signature type 0x01). docs/federation.md
section 3. The key name in the signature line is the origin, which is the node id.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from colnode.clock import format_rfc3339, parse_rfc3339
from colnode.errors import Untrusted, _
from colnode.openbadges.keys import SigningKey, VerifyingKey

__all__ = ["MAX_NOTE_BYTES", "Checkpoint", "UnknownKey", "key_hash", "open_note", "sign_note"]

MAX_NOTE_BYTES = 16 * 1024
_ED25519 = b"\x01"
_MOST_SIGNATURES = 16


class UnknownKey(Untrusted):
    """Signed, but not by the key that is known; the identity entries may say why."""


@dataclass(frozen=True)
class Checkpoint:
    """What a node says of its log: `size` entries with this root, `count` live records."""

    origin: str
    size: int
    root: bytes
    epoch: int
    state: bytes
    count: int
    issued_at: datetime
    expires_at: datetime
    url: str

    def to_text(self) -> str:
        """The text that is signed, ending in a line feed."""
        lines = [
            self.origin,
            str(self.size),
            _base64(self.root),
            f"epoch {self.epoch}",
            f"state {_base64(self.state)}",
            f"count {self.count}",
            f"issued {format_rfc3339(self.issued_at)}",
            f"expires {format_rfc3339(self.expires_at)}",
            f"url {self.url}",
        ]
        return "\n".join(lines) + "\n"


_HASH = r"[A-Za-z0-9+/]{43}="
_COUNT = r"0|[1-9][0-9]{0,15}"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_TEXT = re.compile(
    rf"(?P<origin>n_[a-z2-7]{{52}})\n(?P<size>{_COUNT})\n(?P<root>{_HASH})\n"
    rf"epoch (?P<epoch>{_COUNT})\nstate (?P<state>{_HASH})\ncount (?P<count>{_COUNT})\n"
    rf"issued (?P<issued>{_MOMENT})\nexpires (?P<expires>{_MOMENT})\n"
    r"url (?P<url>https?://[!-~]{1,200})\n"
)


def key_hash(name: str, public_key: bytes) -> bytes:
    """The 4 bytes that name a key in a signature line (signed-note, "Ed25519 signatures")."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def sign_note(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """The checkpoint as a note that is signed by this Ed25519 key."""
    text = checkpoint.to_text().encode()
    name = checkpoint.origin
    named = key_hash(name, key.public.public_bytes) + key.sign(text)
    return text + f"\n\N{EM DASH} {name} {_base64(named)}\n".encode()


def open_note(note: bytes, origin: str, key: VerifyingKey) -> Checkpoint:
    """The checkpoint of `origin` in a signed note. Raises Untrusted for anything that is not it.

    Signature lines of other keys are ignored, as the specification asks; one of the known key
    must hold.
    """
    text, signatures = _split(note)
    match = _TEXT.fullmatch(text)
    if match is None:
        raise Untrusted(_("The checkpoint is malformed."))
    if match["origin"] != origin:
        raise Untrusted(
            _("The checkpoint is of another city: {found} instead of {expected}."),
            found=match["origin"],
            expected=origin,
        )
    known = key_hash(origin, key.public_bytes)
    ours = [blob[4:] for name, blob in signatures if name == origin and blob[:4] == known]
    if not ours:
        raise UnknownKey(_("The checkpoint is not signed by the key that we know of this city."))
    if not all(key.verify(signature, text.encode()) for signature in ours):
        raise Untrusted(_("The signature of the checkpoint is wrong."))
    return _read(match)


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    malformed = Untrusted(_("The checkpoint is malformed."))
    try:
        if len(note) > MAX_NOTE_BYTES:
            raise malformed
        whole = note.decode()
    except UnicodeDecodeError:
        raise malformed from None
    text, separator, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or lines.pop() != "" or not 1 <= len(lines) <= _MOST_SIGNATURES:
        raise malformed
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    try:
        if len(parts) != 3 or parts[0] != "\N{EM DASH}" or not parts[1]:
            raise ValueError
        blob = base64.b64decode(parts[2], validate=True)
        if len(blob) < 5:
            raise ValueError
    except (ValueError, binascii.Error):
        raise Untrusted(_("The checkpoint is malformed.")) from None
    return parts[1], blob


def _read(match: "re.Match[str]") -> Checkpoint:
    try:
        found = Checkpoint(
            origin=match["origin"],
            size=int(match["size"]),
            root=base64.b64decode(match["root"]),
            epoch=int(match["epoch"]),
            state=base64.b64decode(match["state"]),
            count=int(match["count"]),
            issued_at=parse_rfc3339(match["issued"]),
            expires_at=parse_rfc3339(match["expires"]),
            url=match["url"],
        )
    except ValueError:
        raise Untrusted(_("The checkpoint is malformed.")) from None
    if found.to_text() != match.group():
        raise Untrusted(_("The checkpoint is malformed."))
    return found


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
