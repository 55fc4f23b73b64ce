"""What a city proves in a file is checked by somebody who has no city."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from colnode import jobs
from colnode.federation import bundles, checkpoint, evidence, proving, sequencer, serving
from colnode.federation.entries import Op
from colnode.federation.identity import describe, node_body, read_identity
from colnode.federation.models import LogCheckpoint
from colnode.identity import keys
from colnode.node import Node
from tests.cli.conftest import Run

if TYPE_CHECKING:
    from colnode.identity.models import Organisation


def test_a_record_is_proven_by_its_bundle(
    colnode: Run, node: Node, make_organisation: Callable[..., "Organisation"], tmp_path: Path
) -> None:
    library = make_organisation("City Library")
    jobs.run_due(node)
    with node.reading():
        data = proving.bundle(node, f"organisation/{library.id}")
    (tmp_path / "library.json").write_bytes(data)
    done = colnode("peer", "check", "library.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"offered organisation/{library.id}" in done.stdout
    found = json.loads(colnode("peer", "check", "library.json", "--json").stdout)
    assert found["record"]["name"][0]["@value"] == "City Library"
    assert found["node_id"] == node.id

    (tmp_path / "library.json").write_bytes(data.replace(b"Library", b"Liberty"))
    done = colnode("peer", "check", "library.json")
    assert done.returncode == 1
    assert "proves nothing" in done.stdout
    assert colnode("peer", "check", "missing.json").returncode == 1


def test_two_logs_of_one_city_are_proven_by_their_signatures(
    colnode: Run, node: Node, tmp_path: Path
) -> None:
    with node.unit():
        note = node.db.scalars(select(LogCheckpoint.note)).one()
        identity = serving.identity_lines(node)
        signed = checkpoint.open_note(note, node.id, read_identity(identity).key)
        later = signed.issued_at + timedelta(minutes=5)
        forged = replace(signed, issued_at=later, root=bytes(32))
        other = checkpoint.sign_note(forged, keys.node_signing_key(node))
        data = bundles.make_evidence(identity, note, other)
        evidence.keep(node, data)
        evidence.keep(node, data)
        (kept,) = evidence.list_evidence(node)
    (tmp_path / "evidence.json").write_bytes(kept.document)
    done = colnode("peer", "check", "evidence.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "signed two different logs" in done.stdout
    found = json.loads(colnode("peer", "check", "evidence.json", "--json").stdout)
    assert (found["proves"], found["node_id"]) == ("two logs", node.id)


def test_no_evidence_is_said(colnode: Run, tmp_path: Path) -> None:
    where = ("--centre", "54.7,25.3", "--base-url", "http://localhost:8000")
    assert colnode("init", "--no-input", "--name", "Ownham", *where).returncode == 0
    done = colnode("peer", "evidence", "--save", "kept")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no evidence" in done.stdout
    assert not (tmp_path / "kept").exists()


def test_a_city_does_not_write_to_the_terminal_what_it_likes(
    colnode: Run, node: Node, tmp_path: Path
) -> None:
    """Names are the signer's own words."""
    description = replace(describe(node.config), name={"en": "\x1b]0;owned\x07City"})
    with node.unit():
        head = sequencer.lock_head(node)
        sequencer.append(node, head, [sequencer.Change(Op.NODE, node_body(description))])
        note = node.db.scalars(select(LogCheckpoint.note).order_by(LogCheckpoint.no.desc())).first()
        assert note is not None
        identity = serving.identity_lines(node)
        known = read_identity(identity)
        forged = replace(checkpoint.open_note(note, node.id, known.key), root=bytes(32))
        other = checkpoint.sign_note(forged, keys.node_signing_key(node))
    (tmp_path / "evidence.json").write_bytes(bundles.make_evidence(identity, note, other))
    done = colnode("peer", "check", "evidence.json")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
