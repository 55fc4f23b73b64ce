"""`colnode verify` on badges that other projects published: the exit code that each deserves."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.conftest import Run
from tests.openbadges.samples import existing, folder

VALID, INVALID, INDETERMINATE, NOT_A_BADGE = range(4)
EXPECTED = {
    "ob30/simple.json": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple-multiple-proofs.json": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple-context-alias.json": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple-json.svg": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple-did-key-method.json": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple-jwt.png": (INDETERMINATE, "issuer_unverified"),
    "ob30/simple.jwt": (INDETERMINATE, "key_unavailable"),
    "ob30/simple_v1.json": (INDETERMINATE, "version_1"),
    "ob30/credential-status-revoked.json": (INDETERMINATE, "status_unreachable"),
    "ob30/endorsement-valid.json": (INDETERMINATE, "proof_valid"),
    "ob30/simple-err-context.json": (INVALID, "context_missing"),
    "ob30/simple-err-expired.json": (INVALID, "expired"),
    "ob30/simple-err-proof-value.json": (INVALID, "proof_invalid"),
    "ob30/simple-err-type.json": (INVALID, "type_unknown"),
    "ob20/basic-assertion.json": (INDETERMINATE, "hosted_unreachable"),
    "ob20/assertion-with-data-image.json": (INDETERMINATE, "hosted_unreachable"),
    "ob20/basic-assertion-expired.json": (INVALID, "expired"),
    "ob20/simple-badge.png": (INDETERMINATE, "hosted_unreachable"),
    "ob20/simple.jwt": (INDETERMINATE, "hosted_unreachable"),
    "ob20/simple-revoked.jwt": (INDETERMINATE, "hosted_unreachable"),
    "ob20/assets/robotics-badge.json": (NOT_A_BADGE, "not_a_badge"),
}
"""Without a network, as the sites that the Open Badges 2.0 name do not exist; what their answers
change is tested in tests/openbadges and tests/web."""


@pytest.mark.skipif(not folder().exists(), reason="the samples are not at hand")
def test_each_sample_ends_with_its_exit_code_and_reason(colnode: Run) -> None:
    found = {name: tuple(existing(name)) for name in EXPECTED}
    assert all(found.values()), found

    def verified(name: str) -> "subprocess.CompletedProcess[str]":
        return colnode("verify", str(found[name][0]), "--json", "--offline")

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(EXPECTED, pool.map(verified, EXPECTED), strict=True))
    told = {name: (done.returncode, [*_ids(done.stdout)]) for name, done in answers.items()}
    wrong = {
        name: told[name]
        for name, (code, reason) in EXPECTED.items()
        if told[name][0] != code or reason not in told[name][1]
    }
    assert wrong == {}


def _ids(output: str) -> Iterator[str]:
    for finding in json.loads(output)["findings"]:
        yield finding["id"]
