"""`colnode badge bulk --template` and `badge revoke --list`: many badges in files, no node."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from colnode.openbadges import issuing
from colnode.openbadges.keys import SigningKey, generate
from colnode.openbadges.status_list import BitstringStatusList, status_list_credential
from colnode.openbadges.verify import Outcome, verify
from tests.cli.conftest import Run
from tests.cli.test_badge_files import write_credential, write_key

LIST_URL = "https://city.example/status/1"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """A key whose did:key issues, in the file `key`; a template; a signed status list."""
    made = generate()
    write_key(tmp_path, made)
    template = write_credential(tmp_path, made)
    template["credentialStatus"] = {
        "id": LIST_URL,
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "0",
        "statusListCredential": LIST_URL,
    }
    del template["id"]
    (tmp_path / "template.json").write_text(json.dumps(template))
    did = f"did:key:{made.multibase}"
    listed = status_list_credential(
        url=LIST_URL, issuer=did, status_list=BitstringStatusList(), valid_from=NOW
    )
    signed = issuing.issue(
        listed, key=made, verification_method=f"{did}#{made.multibase}", created=NOW
    )
    (tmp_path / "list.json").write_bytes(signed)
    return made


def outcome(folder: Path, name: str, list_name: str) -> Outcome:
    class Resolver:
        """Gives the status list that lies in the folder, nothing else."""

        def fetch(self, url: str, accept: str) -> bytes:
            assert url == LIST_URL
            return (folder / list_name).read_bytes()

    return verify((folder / name).read_bytes(), resolver=Resolver(), now=NOW).outcome


def told(done: Any) -> Any:
    return json.loads(done.stdout)


def test_a_table_is_signed_resumed_and_taken_back(
    colnode: Run, tmp_path: Path, key: SigningKey
) -> None:
    (tmp_path / "people.csv").write_text(
        "recipient,index,narrative,evidence\n"
        "urn:example:1,11,Led three walks.,https://example.org/a https://example.org/b\n"
        "nobody,12,,\n"
        "did:example:3,13,,\n"
    )
    words = ("badge", "bulk", "people.csv", "--template", "template.json", "--key", "key")
    trial = colnode(*words, "--out", "out", "--dry-run", "--json")
    assert (trial.returncode, told(trial)["signed"]) == (1, 2)
    assert not (tmp_path / "out").exists()
    done = colnode(*words, "--out", "out", "--json")
    assert (done.returncode, told(done)["signed"]) == (1, 2)
    assert [item["row"] for item in told(done)["problems"]] == [2]
    first = json.loads((tmp_path / "out" / "1.json").read_text())
    assert first["credentialSubject"]["id"] == "urn:example:1"
    assert first["credentialSubject"]["narrative"] == "Led three walks."
    assert [item["id"] for item in first["evidence"]] == [
        "https://example.org/a",
        "https://example.org/b",
    ]
    again = colnode(*words, "--out", "out", "--json")
    assert (told(again)["signed"], told(again)["kept"]) == (0, 2)
    assert json.loads((tmp_path / "out" / "1.json").read_text()) == first
    assert outcome(tmp_path, "out/1.json", "list.json") is Outcome.VALID

    revoke = ("badge", "revoke", "out/1.json", "12", "--key", "key")
    taken = colnode(*revoke, "--list", "list.json", "-o", "newer.json", "--json")
    assert (told(taken)["revoked"], told(taken)["revoked_before"]) == (2, 0)
    assert outcome(tmp_path, "out/1.json", "newer.json") is Outcome.INVALID
    assert outcome(tmp_path, "out/3.json", "newer.json") is Outcome.VALID
    twice = colnode(*revoke, "--list", "newer.json", "-o", "newest.json")
    assert twice.stdout.startswith("0 taken back, 2 were so before.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bulk", "people.csv", "--template", "template.json"), "--key"),
        (("bulk", "no.csv", "--template", "template.json", "--key", "key", "--out", "o"), "no.csv"),
        (("bulk", "odd.csv", "--template", "template.json", "--key", "key", "--out", "o"), "index"),
        (("bulk", "people.csv", "--template", "no.json", "--key", "key", "--out", "o"), "no.json"),
        (("revoke", "1", "--list", "list.json"), "--output"),
        (("revoke", "1", "--list", "template.json", "--key", "key", "-o", "o"), "status list"),
        (("revoke", "credential.json", "--list", "list.json", "--key", "key", "-o", "o"), "not in"),
        (("revoke", "999999999", "--list", "list.json", "--key", "key", "-o", "o"), "outside"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    colnode: Run, tmp_path: Path, key: SigningKey, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "people.csv").write_text("recipient,index\nurn:example:1,1\n")
    (tmp_path / "odd.csv").write_text("recipient,colour\nurn:example:1,red\n")
    done = colnode("badge", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_rows_without_an_index_are_named(colnode: Run, tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "people.csv").write_text("recipient\nurn:example:1\n")
    words = ("badge", "bulk", "people.csv", "--template", "template.json", "--key", "key")
    done = colnode(*words, "--out", "out")
    assert done.returncode == 1
    assert "index" in done.stdout
    assert list((tmp_path / "out").iterdir()) == []
