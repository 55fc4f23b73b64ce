"""`colnode badge issue|bake|unbake` on files, without a node."""

import json
from pathlib import Path
from typing import Any

import pytest

from colnode.openbadges.keys import KeyKind, SigningKey, generate
from colnode.openbadges.multibase import base58_encode
from tests.cli.conftest import Run
from tests.cli.test_verify import SVG, badge, png

METHOD = "did:web:city.example#key-1"


def write_key(folder: Path, key: SigningKey) -> None:
    prefix = b"\x80\x26" if key.kind is KeyKind.ED25519 else b"\x86\x26"
    (folder / "key").write_text("z" + base58_encode(prefix + key.private_bytes()))


def write_credential(folder: Path, key: SigningKey) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(badge())
    del document["proof"]
    document["issuer"]["id"] = f"did:key:{key.multibase}"
    (folder / "credential.json").write_text(json.dumps(document))
    return document


@pytest.mark.parametrize("words", [(), ("--jwt",)])
@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
def test_issued_badge_is_valid(
    colnode: Run, tmp_path: Path, kind: KeyKind, words: tuple[str, ...]
) -> None:
    key = generate(kind)
    write_key(tmp_path, key)
    write_credential(tmp_path, key)
    issued = colnode("badge", "issue", "credential.json", "--key", "key", "-o", "out", *words)
    assert (issued.returncode, issued.stderr) == (0, "")
    assert issued.stdout == "Written to out.\n"
    verdict = colnode("verify", "out", "--offline", "--json")
    assert verdict.returncode == 0
    assert json.loads(verdict.stdout)["format"] == ("jwt" if words else "json")


def test_signed_badge_goes_to_standard_output(colnode: Run, tmp_path: Path) -> None:
    key = generate()
    write_key(tmp_path, key)
    document = write_credential(tmp_path, key)
    words = ("badge", "issue", "-", "--key", "key", "--verification-method", METHOD)
    plain = colnode(*words, typed=json.dumps(document))
    signed = json.loads(plain.stdout)
    assert signed["proof"][0]["verificationMethod"] == METHOD
    told = json.loads(colnode(*words, "--json", typed=json.dumps(document)).stdout)
    assert told["id"] == document["id"]
    assert json.loads(told["content"])["credentialSubject"] == document["credentialSubject"]


def test_dry_run_checks_and_writes_nothing(colnode: Run, tmp_path: Path) -> None:
    key = generate()
    write_key(tmp_path, key)
    document = write_credential(tmp_path, key)
    words = ("badge", "issue", "credential.json", "--key", "key", "-o", "out", "--dry-run")
    assert colnode(*words).returncode == 0
    assert json.loads(colnode(*words, "--json").stdout)["written"] is None
    document["colour"] = "red"
    (tmp_path / "credential.json").write_text(json.dumps(document))
    refused = colnode(*words)
    assert refused.returncode == 1
    assert "colour" in refused.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("picture", [png(), SVG])
def test_badge_goes_into_a_picture_and_out_again(
    colnode: Run, tmp_path: Path, picture: bytes
) -> None:
    signed = badge()
    (tmp_path / "picture").write_bytes(picture)
    (tmp_path / "badge").write_bytes(signed)
    baked = colnode("badge", "bake", "picture", "badge", "-o", "baked", "--json")
    assert json.loads(baked.stdout)["id"] == json.loads(signed)["id"]
    assert colnode("verify", "baked", "--offline").returncode == 0
    assert colnode("badge", "unbake", "baked").stdout.encode() == signed + b"\n"
    assert colnode("badge", "unbake", "baked", "-o", "again").returncode == 0
    assert (tmp_path / "again").read_bytes() == signed


def test_what_cannot_be_done_is_said_in_one_line(colnode: Run, tmp_path: Path) -> None:
    key = generate()
    write_key(tmp_path, key)
    document = write_credential(tmp_path, key)
    (tmp_path / "picture").write_bytes(png())
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "other.json").write_text(json.dumps({**document, "issuer": "did:web:x.example"}))
    issue = ("badge", "issue")
    cases = [
        (66, (*issue, "none.json", "--key", "key")),
        (66, (*issue, "credential.json", "--key", "none")),
        (73, (*issue, "credential.json", "--key", "key", "-o", "no/folder")),
        (1, (*issue, "list.json", "--key", "key")),
        (1, (*issue, "credential.json", "--key", "credential.json")),
        (1, (*issue, "other.json", "--key", "key")),
        (1, ("badge", "bake", "picture", "credential.json", "-o", "out")),
        (1, ("badge", "bake", "picture", "picture", "-o", "out")),
        (66, ("badge", "bake", "none", "credential.json", "-o", "out")),
        (1, ("badge", "unbake", "picture")),
        (1, ("badge", "unbake", "key")),
        (66, ("badge", "unbake", "none")),
        (64, ("badge", "bake", "picture", "credential.json")),
    ]
    for code, words in cases:
        ended = colnode(*words)
        assert ended.returncode == code, words
        lines = ended.stderr.strip().splitlines()
        assert lines, words
        assert code == 64 or len(lines) == 1, ended.stderr


def test_signed_badge_is_not_baked_into_something_else(colnode: Run, tmp_path: Path) -> None:
    (tmp_path / "badge").write_bytes(badge())
    assert "neither PNG nor SVG" in colnode("badge", "bake", "badge", "badge", "-o", "o").stderr


def test_help_names_every_verb(colnode: Run) -> None:
    told = colnode("badge", "--help").stdout
    for verb in ("issue", "bake", "unbake", "bulk", "revoke", "conformance"):
        assert f"    {verb} " in told or f"    {verb}\n" in told
