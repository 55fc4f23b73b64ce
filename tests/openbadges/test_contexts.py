"""The pinned context documents."""

import json
from pathlib import Path

import pytest

from colnode.errors import ConfigurationError
from colnode.openbadges import contexts

FOLDER = Path(contexts.__file__).parent


def test_manifest_names_every_file_with_origin_and_licence() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_bytes())
    files = {path.name for path in FOLDER.glob("*.json")} - {"manifest.json"}
    assert {entry["file"] for entry in manifest["contexts"]} == files
    assert all(entry["origin"] and entry["licence"] for entry in manifest["contexts"])


def test_changed_context_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "credentials-v2.json").write_bytes(b'{"@context": {}}')
    monkeypatch.setattr(contexts, "files", lambda _package: tmp_path)
    with pytest.raises(ConfigurationError, match=r"credentials-v2\.json"):
        contexts.revisions.__wrapped__()  # past the cache, whose sets others hold


def test_older_revision_differs_only_where_the_publisher_changed_it() -> None:
    newest, *older = contexts.revisions()
    assert len(older) == 1
    changed = [u for u, d in newest.documents.items() if older[0].documents[u] != d]
    assert changed == [contexts.OB_3_0_3]
