"""Published test vectors come out byte for byte."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from colnode.openbadges import contexts, data_integrity
from colnode.openbadges.contexts import ContextSet
from colnode.openbadges.jsonld import canonical_nquads
from colnode.openbadges.keys import KeyKind, SigningKey, VerifyingKey
from colnode.openbadges.multibase import decode
from tests.openbadges.samples import existing

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
W3C = existing("vectors/w3c-eddsa-rdfc-2022-signedDataInt.json")
ONE_EDTECH = existing("vectors/1edtech-ob-eddsa-rdfc-2022-vector.json")


def with_examples() -> ContextSet:
    """The pinned contexts and the examples context that the vector uses."""
    vocabulary = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    return ContextSet({**contexts.pinned().documents, EXAMPLES: vocabulary})


def load(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    document = json.loads(path.read_bytes())
    return document, document.pop("proof")


@pytest.mark.parametrize("path", W3C, ids=lambda path: path.name)
def test_w3c_canonical_form_and_hashes(path: Path) -> None:
    document, proof = load(path)
    canonical = canonical_nquads(document, with_examples())
    stem = "w3c-eddsa-rdfc-2022"
    assert canonical == (path.parent / f"{stem}-canonDocDataInt.txt").read_text()
    suite = data_integrity.SUITES["eddsa-rdfc-2022"]
    hashed = data_integrity.hash_data(document, proof, suite, with_examples())
    assert hashed[:32].hex() == (path.parent / f"{stem}-proofHashDataInt.txt").read_text()
    assert hashed[32:].hex() == (path.parent / f"{stem}-docHashDataInt.txt").read_text()
    assert hashed[32:] == hashlib.sha256(canonical.encode()).digest()


@pytest.mark.parametrize("path", W3C, ids=lambda path: path.name)
def test_w3c_proof_value(path: Path) -> None:
    document, proof = load(path)
    pair = json.loads((path.parent / "w3c-eddsa-keyPair.json").read_bytes())
    seed = decode(pair["privateKeyMultibase"])[2:]
    key = SigningKey.from_private_bytes(KeyKind.ED25519, seed)
    assert key.multibase == pair["publicKeyMultibase"]
    signed = data_integrity.add_proof(
        document,
        key=key,
        verification_method=proof["verificationMethod"],
        created=datetime.fromisoformat(proof["created"]),
        contexts=with_examples(),
    )
    assert signed["proof"] == [proof]


@pytest.mark.parametrize("path", ONE_EDTECH, ids=lambda path: path.name)
def test_1edtech_proof_holds(path: Path) -> None:
    document, proof = load(path)
    key = VerifyingKey.from_multibase(proof["verificationMethod"].partition("#")[2])
    suite = data_integrity.SUITES["eddsa-rdfc-2022"]
    assert data_integrity.holds(document, proof, suite, key)


@pytest.mark.parametrize("path", existing("vectors/context-SHA256SUMS"), ids=lambda path: path.name)
def test_contexts_have_the_published_digests(path: Path) -> None:
    published = {line.split()[0] for line in path.read_text().splitlines()}
    manifest = json.loads((Path(contexts.__file__).parent / "manifest.json").read_bytes())
    assert {entry["sha256"] for entry in manifest["contexts"]} <= published
