"""Keys of an organisation from the command line."""

import json
from pathlib import Path
from typing import Any

from colnode.app import open_node
from colnode.config import load_config
from colnode.federation import identity, serving
from colnode.identity import organisations, people
from tests.cli.conftest import Run
from tests.cli.processes import free_port


def test_keys_are_listed_renewed_retired_and_revoked(tmp_path: Path, colnode: Run) -> None:
    colnode(
        *("init", "--no-input", "--name", "Testville", "--centre", "54.7,25.3"),
        *("--base-url", f"http://localhost:{free_port()}"),
    )
    node = open_node(load_config(tmp_path / "colnode.toml"))
    with node.unit():
        ada = people.create(
            node, email="ada@example.org", display_name="Ada", password=None, is_proven=True
        )
        organisations.create(node, name={"en": "Library"}, actor_id=ada.id)
    node.close()

    def keys(*words: str) -> Any:
        done = colnode("keys", *words, "--json")
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    def states(rows: Any) -> list[str]:
        return sorted(f"{row['kind']} {row['state']}" for row in rows)

    assert states(keys("list", "library")) == ["ed25519 active", "p256 active"]
    rows = keys("rotate", "library", "--reason", "New year.")
    assert states(rows) == ["ed25519 active", "ed25519 retired", "p256 active", "p256 retired"]
    (other,) = (row for row in rows if (row["kind"], row["state"]) == ("p256", "active"))
    assert "p256 active" not in states(keys("retire", "library", other["key"]))
    (signing,) = (row for row in rows if (row["kind"], row["state"]) == ("ed25519", "active"))
    assert "only key" in keys("retire", "library", signing["key"])
    rows = keys("revoke", "library", signing["public"], "--reason", "Laptop stolen.")
    assert states(rows).count("ed25519 revoked") == states(rows).count("ed25519 active") == 1
    assert "no such organisation" in keys("list", "nobody")


def test_key_of_the_city_is_renewed_and_the_log_says_so(tmp_path: Path, colnode: Run) -> None:
    colnode(
        *("init", "--no-input", "--name", "Testville", "--centre", "54.7,25.3"),
        *("--base-url", f"http://localhost:{free_port()}"),
    )
    done = colnode("keys", "rotate", "--city", "--reason", "New year.", "--json")
    rows = json.loads(done.stdout)
    assert [row["state"] for row in rows] == ["active", "retired"]
    node = open_node(load_config(tmp_path / "colnode.toml"))
    with node.reading():
        known = identity.read_identity(serving.identity_lines(node), node.id)
        assert known.open(serving.current_head(node).note).size == 3
    node.close()
    assert known.key.multibase == rows[0]["public"]
    assert colnode("keys", "rotate").returncode == 64
