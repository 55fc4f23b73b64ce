"""The files of docs/federation-files: the code makes them, its readers take them, and so does a
reader that was written from docs/federation.md alone and shares no line with the code."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from colnode.errors import Untrusted
from colnode.federation.bundles import Evidence, ProvenRecord, read_any
from colnode.federation.entries import read_header
from colnode.federation.identity import read_identity
from colnode.openbadges.keys import VerifyingKey
from tests.federation import golden
from tests.federation.lying import LyingCity, digest, peaks_of, root_of, sha

FILES = {path.name: path.read_bytes() for path in golden.FOLDER.iterdir() if path.suffix != ".md"}
REFUSED = json.loads(FILES["refused.json"])
IDENTITY = FILES["identity.ndjson"]


def _pairs(lines: bytes) -> list[tuple[bytes, bytes]]:
    parts = lines.split(b"\n")[:-1]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_the_code_makes_these_files() -> None:
    assert golden.make() == FILES


def test_our_readers_take_them() -> None:
    identity = read_identity(IDENTITY)
    assert (identity.epoch, identity.description.name) == (1, {"en": "Northport, moved"})
    for name, data in FILES.items():
        if name.startswith("checkpoint"):
            assert identity.open(data).size == int(name[11:13])
    for header, _body in _pairs(FILES["entries.ndjson"]):
        assert read_header(header).to_line() == header
    proven, evidence = read_any(FILES["bundle.json"]), read_any(FILES["evidence.json"])
    assert isinstance(proven, ProvenRecord)
    assert proven.record == {"name": {"en": "Chess for everybody"}}
    assert isinstance(evidence, Evidence)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['kind']}: {case['why']}")
def test_what_is_to_be_refused_is_refused(case: dict[str, str]) -> None:
    data = case["data"].encode()
    with pytest.raises(Untrusted):
        if case["kind"] == "header":
            read_header(data)
        elif case["kind"] == "checkpoint":
            read_identity(IDENTITY).open(data)
        else:
            read_identity(data)


class _Reader:
    """Reads a log as docs/federation.md tells. AssertionError and InvalidSignature refuse."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self.log = LyingCity.__new__(LyingCity)
        self.log.lines = pairs
        self.keys: list[tuple[int, int, str]] = []
        self.recovery = ""
        for header, body in pairs:
            members = json.loads(header)
            assert body == b"null" or members["digest"] == digest(body)
            value = json.loads(body) and json.loads(body).get(members["op"])
            if members["op"] == "genesis":
                self.keys.append((1, 0, value["key"]))
                self.recovery = value["recovery"]
            elif members["op"] in {"key", "epoch"}:
                self._follow(members["op"], members["seq"], value)

    def _follow(self, op: str, seq: int, value: dict[str, Any]) -> None:
        lines = [f"colnode {op}", self.log.node_id, str(seq)]
        lines += [value["by"], value["key"], value["recovery"]]
        _seq, epoch, key = self.keys[-1]
        by_recovery = digest(_raw(value["by"])) == self.recovery
        assert by_recovery or (op == "key" and value["by"] == key)
        assert by_recovery == (value["recovery"] != self.recovery)
        if op == "epoch":
            quoted = value["checkpoint"]
            self.check(quoted.encode(), seq - 1)
            epoch = value["epoch"]
            lines += [str(epoch), sha(quoted.encode()).hex()]
        text = "".join(f"{line}\n" for line in lines).encode()
        for name in ("by", "key"):
            signature = base64.urlsafe_b64decode(value["signatures"][name] + "==")
            _public(value[name]).verify(signature, text)
        self.keys.append((seq, epoch, value["key"]))
        self.recovery = value["recovery"]

    def check(self, note: bytes, size: int) -> list[str]:
        """The lines of a checkpoint of this size."""
        text, _, signature = note.decode().partition("\n\n")
        lines = text.split("\n")
        dash, name, blob = signature.removesuffix("\n").split(" ")
        data = base64.b64decode(blob)
        _seq, epoch, key = [item for item in self.keys if item[0] <= size][-1]
        assert (dash, name) == ("\N{EM DASH}", self.log.node_id)
        assert data[:4] == sha(name.encode() + b"\n\x01" + _raw(key))[:4]
        _public(key).verify(data[4:], text.encode() + b"\n")
        assert lines[:2] == [self.log.node_id, str(size)]
        assert lines[3] == f"epoch {epoch}"
        return lines


def _raw(multikey: str) -> bytes:
    return VerifyingKey.from_multibase(multikey).public_bytes


def _public(multikey: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_raw(multikey))


def test_somebody_elses_reader_finds_the_same() -> None:
    entries = _pairs(FILES["entries.ndjson"])
    reader = _Reader(entries)
    for size in range(2, len(entries) + 1):
        lines = reader.check(FILES[f"checkpoint-{size:02}.txt"], size)
        reader.log.lines = entries[:size]
        root, state = root_of(reader.log.leaves()), reader.log.state()
        assert lines[2] == base64.b64encode(root).decode()
        assert lines[4] == f"state {base64.b64encode(state).decode()}"
        assert lines[5] == f"count {len(reader.log.live())}"
    assert FILES["leaves.bin"] == b"".join(reader.log.leaves())
    assert b"".join(b"%b\n%b\n" % pair for pair in reader.log.identity()) == IDENTITY
    head, rest = FILES[f"snapshot-{len(entries)}.ndjson"].split(b"\n", 1)
    said = json.loads(head)
    assert said["checkpoint"].encode() == FILES[f"checkpoint-{len(entries)}.txt"]
    assert said["frontier"] == [peak.hex() for peak in peaks_of(reader.log.leaves())]
    assert _pairs(rest) == [*reader.log.identity(), *reader.log.live()]


def test_somebody_elses_reader_follows_the_proofs() -> None:
    leaves = [FILES["leaves.bin"][at : at + 32] for at in range(0, len(FILES["leaves.bin"]), 32)]
    for name, path in json.loads(FILES["consistency.json"]).items():
        first, second = map(int, name.split("-"))
        assert path == [item.hex() for item in _proof(leaves[:second], first)]
    bundle = json.loads(FILES["bundle.json"])
    reader = _Reader(_pairs(bundle["identity"].encode()))
    lines = reader.check(bundle["checkpoint"].encode(), len(leaves))
    seq, leaf = json.loads(bundle["header"])["seq"], sha(b"\0" + bundle["header"].encode())
    assert json.loads(bundle["header"])["digest"] == digest(bundle["body"].encode())
    assert bundle["inclusion"] == [item.hex() for item in _path(seq - 1, leaves)]
    assert base64.b64decode(lines[2]) == root_of(leaves)
    current = bundle["current"]
    assert leaf.hex() in current["leaves"]
    number = int(hashlib.sha256(b"thing/a").hexdigest()[:3], 16)
    found = sha(b"\0" + sha(b"".join(bytes.fromhex(item) for item in current["leaves"])))
    for sibling in map(bytes.fromhex, current["path"]):
        pair = sibling + found if number & 1 else found + sibling
        found, number = sha(b"\x01" + pair), number >> 1
    assert lines[4] == f"state {base64.b64encode(found).decode()}"
    one, two = json.loads(FILES["evidence.json"])["checkpoints"]
    assert reader.check(one.encode(), 11)[2] != reader.check(two.encode(), 11)[2]


def _split(leaves: list[bytes]) -> int:
    return 1 << (len(leaves) - 1).bit_length() - 1


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D_n) as RFC 9162 section 2.1.3.1 writes it."""
    if len(leaves) == 1:
        return []
    k = _split(leaves)
    if index < k:
        return [*_path(index, leaves[:k]), root_of(leaves[k:])]
    return [*_path(index - k, leaves[k:]), root_of(leaves[:k])]


def _proof(leaves: list[bytes], first: int, *, is_whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D_n, b) as RFC 9162 section 2.1.4.1 writes it."""
    if first == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    k = _split(leaves)
    if first <= k:
        return [*_proof(leaves[:k], first, is_whole=is_whole), root_of(leaves[k:])]
    return [*_proof(leaves[k:], first - k, is_whole=False), root_of(leaves[:k])]


def test_somebody_elses_reader_refuses_false_chains() -> None:
    for case in REFUSED:
        if case["kind"] == "identity" and "signatures" in case["why"]:
            with pytest.raises(InvalidSignature):
                _Reader(_pairs(case["data"].encode()))
        elif case["kind"] == "identity" and ("nobody" in case["why"] or "by the" in case["why"]):
            with pytest.raises(AssertionError):
                _Reader(_pairs(case["data"].encode()))
