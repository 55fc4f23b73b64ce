"""Who may sign for a node: its keys, its recovery key, its epochs. docs/federation.md section 2.

Genesis, `key` and `epoch` entries form a chain; each link is allowed by the one before it. What
is signed is fixed text, so that nobody has to agree on how JSON is spelt.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from colnode.errors import Invalid, Untrusted, _
from colnode.federation.checkpoint import open_note
from colnode.federation.entries import Op, make_body
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey

__all__ = [
    "Authority",
    "begin",
    "epoch_body",
    "follow",
    "genesis_body",
    "key_body",
    "new_recovery_key",
    "read_recovery_key",
    "recovery_digest",
]

_CHECK_BYTES = 3
_SEED_BYTES = 32


@dataclass(frozen=True)
class Authority:
    """From the entry `seq` on: which key signs, which recovery key stands above it, which epoch.

    `is_recovered` tells that the recovery key made it so.
    """

    seq: int
    key: VerifyingKey
    recovery: str
    epoch: int
    is_recovered: bool = False


def new_recovery_key() -> tuple[SigningKey, str]:
    """A new recovery key and its text to print: base32 in groups of four with a check group."""
    seed = secrets.token_bytes(_SEED_BYTES)
    text = base64.b32encode(seed + _check_of(seed)).decode("ascii")
    groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    return SigningKey.from_private_bytes(KeyKind.ED25519, seed), "-".join(groups)


def read_recovery_key(text: str) -> SigningKey:
    """The recovery key from what somebody typed off the sheet. Raises Invalid."""
    typed = "".join(text.split()).replace("-", "").upper()
    try:
        data = base64.b32decode(typed)
    except (binascii.Error, ValueError):
        data = b""
    seed = data[:_SEED_BYTES]
    if len(data) != _SEED_BYTES + _CHECK_BYTES or data[_SEED_BYTES:] != _check_of(seed):
        raise Invalid(
            _("This is not a recovery key. Type the groups of the sheet again; one is wrong.")
        )
    return SigningKey.from_private_bytes(KeyKind.ED25519, seed)


def _check_of(seed: bytes) -> bytes:
    return hashlib.sha256(b"colnode recovery key\n" + seed).digest()[:_CHECK_BYTES]


def recovery_digest(recovery: VerifyingKey) -> str:
    """How a chain commits to a recovery key without showing it."""
    return "sha-256:" + _base64url(hashlib.sha256(recovery.public_bytes).digest())


def genesis_body(key: VerifyingKey, recovery: VerifyingKey) -> bytes:
    """The body line of a genesis entry."""
    return _body(Op.GENESIS, {"key": key.multibase, "recovery": recovery_digest(recovery)})


def key_body(node_id: str, seq: int, *, new: SigningKey, by: SigningKey, recovery: str) -> bytes:
    """The body line of the key entry at `seq`: `by`, the outgoing or recovery key, names `new`.

    `recovery` is the digest from then on: the same, or the next one when the recovery key signs.
    """
    value = {"key": new.public.multibase, "recovery": recovery, "by": by.public.multibase}
    return _body(Op.KEY, _signed(value, _message(Op.KEY, node_id, seq, value), new, by))


def epoch_body(
    node_id: str,
    seq: int,
    *,
    epoch: int,
    quoted: bytes,
    new: SigningKey,
    by: SigningKey,
    recovery: str,
) -> bytes:
    """The body line of the epoch entry at `seq`: the recovery key `by` begins epoch `epoch`.

    `quoted` is the signed checkpoint of size `seq` - 1, the last that counts of what was before.
    """
    value = {
        "epoch": epoch,
        "checkpoint": quoted.decode(),
        "key": new.public.multibase,
        "recovery": recovery,
        "by": by.public.multibase,
    }
    return _body(Op.EPOCH, _signed(value, _message(Op.EPOCH, node_id, seq, value), new, by))


def _body(op: Op, value: Mapping[str, Any]) -> bytes:
    return make_body(op, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _signed(
    value: Mapping[str, Any], message: bytes, new: SigningKey, by: SigningKey
) -> dict[str, Any]:
    signatures = {"by": _base64url(by.sign(message)), "key": _base64url(new.sign(message))}
    return {**value, "signatures": signatures}


def _message(op: str, node_id: str, seq: int, value: Mapping[str, Any]) -> bytes:
    """The exact bytes that both keys sign: lines, each ending in a line feed."""
    lines = [f"colnode {op}", node_id, str(seq), value["by"], value["key"], value["recovery"]]
    if op == Op.EPOCH:
        quoted = hashlib.sha256(value["checkpoint"].encode()).hexdigest()
        lines += [str(value["epoch"]), quoted]
    return ("\n".join(lines) + "\n").encode()


def begin(value: Mapping[str, Any]) -> Authority:
    """The authority that a genesis entry founds. Raises Untrusted."""
    if not _is_digest(value.get("recovery")):
        raise Untrusted(_("The genesis entry names no key."))
    return Authority(1, _key(value.get("key")), str(value["recovery"]), 0)


def follow(
    node_id: str, seq: int, op: str, value: Mapping[str, Any], before: Authority
) -> Authority:
    """The authority after the key or epoch entry at `seq`. Raises Untrusted unless it holds."""
    key, by = _key(value.get("key")), _key(value.get("by"))
    if not _is_digest(value.get("recovery")):
        raise _refused(seq)
    is_recovered = recovery_digest(by) == before.recovery
    epoch = before.epoch
    if op == Op.EPOCH:
        epoch += 1
        _check_epoch(node_id, seq, value, before)
    if op == Op.EPOCH and not is_recovered:
        raise Untrusted(_("A new epoch begins by the recovery key alone."))
    if not is_recovered and by != before.key:
        raise Untrusted(_("Entry {seq} names a key and was not allowed to."), seq=seq)
    if is_recovered is (value["recovery"] == before.recovery):
        raise Untrusted(
            _("The recovery key changes when it is used, and only then (entry {seq})."), seq=seq
        )
    message = _message(op, node_id, seq, value)
    signatures = value.get("signatures")
    if not isinstance(signatures, dict):
        raise _refused(seq)
    for name, signer in (("by", by), ("key", key)):
        if not signer.verify(_from_base64url(signatures.get(name)), message):
            raise _refused(seq)
    return Authority(seq, key, str(value["recovery"]), epoch, is_recovered)


def _check_epoch(node_id: str, seq: int, value: Mapping[str, Any], before: Authority) -> None:
    quoted = value.get("checkpoint")
    if value.get("epoch") != before.epoch + 1 or not isinstance(quoted, str):
        raise _refused(seq)
    try:
        found = open_note(quoted.encode(), node_id, before.key)
    except UnicodeEncodeError:
        raise _refused(seq) from None
    if (found.size, found.epoch) != (seq - 1, before.epoch):
        raise Untrusted(_("The epoch does not begin where its checkpoint ends."))


def _refused(seq: int) -> Untrusted:
    return Untrusted(_("The key entry {seq} is malformed or its signature is wrong."), seq=seq)


def _key(text: object) -> VerifyingKey:
    if isinstance(text, str):
        try:
            key = VerifyingKey.from_multibase(text)
        except Invalid:
            pass
        else:
            if key.kind is KeyKind.ED25519 and key.multibase == text:
                return key
    raise Untrusted(_("The identity names something that is no key."))


def _is_digest(text: object) -> bool:
    return (
        isinstance(text, str)
        and text.startswith("sha-256:")
        and len(_from_base64url(text.removeprefix("sha-256:"))) == hashlib.sha256().digest_size
    )


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _from_base64url(text: object) -> bytes:
    if not isinstance(text, str) or not text.isascii() or "=" in text:
        return b""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    return data if _base64url(data) == text else b""
