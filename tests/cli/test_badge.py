"""Badges for everybody in a file, and back again, from the command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from colnode.app import open_node
from colnode.badges import achievements
from colnode.badges.content import Content
from colnode.config import load_config
from colnode.identity import organisations, people
from tests.cli.conftest import Run
from tests.cli.processes import free_port


@pytest.fixture
def achievement_id(tmp_path: Path, colnode: Run) -> str:
    """A published badge of a city in the test's folder."""
    done = colnode(
        *("init", "--no-input", "--name", "Testville", "--centre", "54.7,25.3"),
        *("--base-url", f"http://localhost:{free_port()}"),
    )
    assert done.returncode == 0, done.stderr
    node = open_node(load_config(tmp_path / "colnode.toml"))
    with node.unit():
        ada = people.create(
            node, email="ada@example.org", display_name="Ada", is_proven=True, is_admin=True
        )
        library = organisations.create(node, name={"en": "Library"}, actor_id=ada.id)
        organisations.verify(node, library.id, actor_id=ada.id)
        content = Content(
            name={"en": "River guide"},
            description={"en": "Knows the river."},
            criteria={"en": "Lead a walk."},
            art={"shape": "circle", "icon": "waves", "first": "blue", "second": "green"},
        )
        badge = achievements.create(node, library.id, content=content, actor_id=ada.id)
        achievements.publish(node, badge.id, actor_id=ada.id)
    node.close()
    return badge.id


def answer(done: "subprocess.CompletedProcess[str]") -> Any:
    return json.loads(done.stdout)


def test_a_file_is_checked_given_and_taken_back(
    tmp_path: Path, colnode: Run, achievement_id: str
) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text(
        "recipient,narrative,evidence\n"
        "ada@example.org,Led three walks.,https://example.org/a https://example.org/b\n"
        "nobody@example.org,,\n"
        "urn:example:7,,\n"
    )
    words = (
        "badge",
        "bulk",
        "people.csv",
        "--achievement",
        f"http://localhost/badges/{achievement_id}",
    )
    trial = colnode(*words, "--dry-run", "--json")
    assert trial.returncode == 1
    assert answer(trial)["would_issue"] == 2
    assert answer(trial)["results"] == [
        {"row": 2, "recipient": "nobody@example.org", "problem": "unknown"}
    ]
    given = colnode(*words, "--json", "--out", "badges")
    assert given.returncode == 1
    assert (answer(given)["issued"], answer(given)["problems"]) == (2, {"unknown": 1})
    again = colnode(*words)
    assert again.stdout.splitlines() == [
        "2 of 3 have the badge.",
        "  row 2: nobody@example.org: nobody here has this address or id",
    ]
    assert sorted(path.name for path in (tmp_path / "badges").iterdir()) == ["1.json", "3.json"]
    document = json.loads((tmp_path / "badges" / "1.json").read_text())
    first, _problem, third = answer(given)["results"]
    assert document["id"] == first["address"]
    assert len(document["evidence"]) == 2

    taken = colnode("badge", "revoke", third["address"], "--reason", "By mistake.", "--json")
    assert answer(taken) == {"revoked": 1, "revoked_before": 0, "unknown": []}
    (tmp_path / "list.txt").write_text(
        f"{first['address']}\n{third['address']}\nhttps://x.example/1\n"
    )
    taken = colnode("badge", "revoke", "list.txt", "--reason", "By mistake.")
    assert taken.returncode == 1
    assert taken.stdout.splitlines() == [
        "1 taken back, 1 were so before.",
        "  not a badge of this city: https://x.example/1",
    ]
    taken = colnode("badge", "revoke", "badges/1.json", "--reason", "By mistake.", "--json")
    assert answer(taken)["revoked_before"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email\nada@example.org\n", "recipient"),
        ("recipient\n", "no rows"),
        ("recipient\nada@example.org\nurn:example:1\nADA@example.org\n", "Rows 1 and 3"),
        (b"recipient\n\xff\xfe\n", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, colnode: Run, text: str | bytes, said: str
) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = colnode("badge", "bulk", "people.csv", "--achievement", "x")
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_file_is_named(colnode: Run) -> None:
    for words in (("bulk", "no.csv", "--achievement", "x"), ("revoke", "no.txt", "--reason", "x")):
        done = colnode("badge", *words)
        assert (done.returncode, "cannot be read" in done.stderr) == (1, True)
