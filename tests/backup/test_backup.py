"""A city in one file and back again, from either database to either, and nothing by halves."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, inspect, select

from colnode import backup, catalogue, jobs, media
from colnode.app import open_node
from colnode.backup import tables
from colnode.config import load_config, sample_config
from colnode.db import connect
from colnode.errors import ColnodeError, Conflict, Invalid, TooLarge, Unavailable
from colnode.federation import serving, standing
from colnode.identity import keys
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.badges.models import Credential
    from colnode.testing.databases import Templates

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def config_file(node: Node, tmp_path: Path) -> Path:
    """The configuration of the city as a file."""
    path = tmp_path / "city.toml"
    path.write_text(sample_config(node.config, show_secrets=True), encoding="utf-8")
    return path


@pytest.fixture
def full(node: Node, make_credential: "Callable[..., Credential]") -> "Credential":
    """A city with a badge that somebody holds, a picture and a log."""
    held = make_credential()
    with node.unit():
        media.store(node, PICTURE, kind="badge")
    jobs.run_due(node)
    return held


def rows(node: Node) -> dict[str, int]:
    """How many rows each table has."""
    with node.reading():
        return {
            table.name: node.db.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.tables_of(node.host)
        }


def restored(archive: Path, folder: Path, **changed: Any) -> Node:
    """A city from a backup in a folder of its own, opened."""
    folder.mkdir(exist_ok=True)
    with backup.Archive.open(archive) as opened:
        opened.check(lambda _done, _all: None)
        backup.restore(opened, folder / "colnode.toml", data_dir=str(folder / "data"), **changed)
    return open_node(load_config(folder / "colnode.toml"))


def test_city_comes_back_on_either_database(
    node: Node,
    full: "Credential",
    config_file: Path,
    tmp_path: Path,
    colnode_templates: "Templates",
) -> None:
    made = backup.make(node, tmp_path / "b.zip", config_file=config_file, with_key_file=True)
    assert made.left_out == []
    before = rows(node)
    with node.reading():
        log = serving.entries_page(node, 0).lines
        key = keys.node_signing_key(node).public
        found = catalogue.search(node, catalogue.Query(text="robot")).items
    for kind in ("sqlite", "postgresql"):
        again = restored(
            tmp_path / "b.zip", tmp_path / kind, database_url=colnode_templates.empty(kind)
        )
        try:
            after = rows(again)
            assert after.pop("node_fact") == before["node_fact"] + 1
            assert after == {name: count for name, count in before.items() if name != "node_fact"}
            with again.reading():
                assert keys.node_signing_key(again).public == key
                assert "restored from a backup" in str(standing.fault(again))
                assert serving.entries_page(again, 0).lines == log
                hits = catalogue.search(again, catalogue.Query(text="robot")).items
                assert [hit.id for hit in hits] == [hit.id for hit in found] != []
            with again.unit():
                standing.resume(again)
                catalogue.withdraw(again, "achievement", found[0].id)
            jobs.run_due(again)
            assert rows(again)["log_entry"] > before["log_entry"]
        finally:
            again.close()
        pictures = [path for path in (tmp_path / kind / "data" / "media").glob("*/*.svg")]
        assert pictures


def test_restored_status_lists_give_no_index_away(
    node: Node, full: "Credential", config_file: Path, tmp_path: Path
) -> None:
    from colnode.badges import status

    backup.make(node, tmp_path / "b.zip", config_file=config_file, with_key_file=True)
    again = restored(tmp_path / "b.zip", tmp_path / "again", database_url="")
    with again.unit():
        old = status.get_list(again, full.status_list_id)
        assert not old.is_open
        list_id, _position = status.allocate(again, old.organisation_id)
    again.close()
    assert list_id != full.status_list_id


def test_backup_is_one_moment_while_the_city_writes(
    node: Node, full: "Credential", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tables.dump
    before = rows(node)

    def dump(*args: Any) -> int:
        if args[1].name in {"person", "job"}:
            with node.unit():
                jobs.enqueue(node, "mail.send", {"n": args[1].name})
        return real(*args)

    monkeypatch.setattr(tables, "dump", dump)
    made = backup.make(node, tmp_path / "b.zip")
    monkeypatch.undo()
    assert rows(node)["job"] == before["job"] + 2
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        kept = archive.read("database/job.ndjson").count(b"\n") - 1
    assert kept == made.tables["job"] == before["job"]


def test_key_file_is_in_it_only_when_asked_for(node: Node, tmp_path: Path) -> None:
    plain = backup.make(node, tmp_path / "a.zip")
    whole = backup.make(node, tmp_path / "b.zip", with_key_file=True)
    assert (plain.has_key_file, whole.has_key_file) == (False, True)
    secret = node.config.key_file.read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert all(secret not in archive.read(name) for name in archive.namelist())
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0


def test_backup_that_fails_leaves_no_file(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there.zip").write_bytes(b"x")
    with pytest.raises(Conflict):
        backup.make(node, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_bytes() == b"x"

    def full_disk(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "dump", full_disk)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(Unavailable, match="No space left"):
        backup.make(node, folder / "b.zip")
    assert list(folder.iterdir()) == []


HOSTILE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "climbs out": lambda files: files.update({"media/../../evil.svg": b"x"}),
    "absolute": lambda files: files.update({"/etc/passwd": b"x"}),
    "unnamed file": lambda files: files.update({"media/aa/" + "a" * 64 + ".svg": b"x"}),
    "other bytes": lambda files: files.update({"colnode.toml": files["colnode.toml"] + b"\n"}),
    "same size": lambda files: files.update(
        {"colnode.toml": files["colnode.toml"].replace(b"colnode", b"colnodf", 1)}
    ),
    "missing file": lambda files: files.pop("colnode.toml") and None,
    "no manifest": lambda files: files.pop("manifest.json") and None,
    "manifest is a list": lambda files: files.update({"manifest.json": b"[]"}),
    "manifest is deep": lambda files: files.update({"manifest.json": b"[" * 100_000}),
    "named climber": lambda files: _name(files, "media/../evil.svg"),
    "named elsewhere": lambda files: _name(files, "keys/other.key"),
    "negative size": lambda files: _manifest(
        files, lambda m: m["files"]["colnode.toml"].update(size=-1)
    ),
    "newer format": lambda files: _manifest(files, lambda m: m.update(format=2)),
    "missing table": lambda files: _manifest(files, lambda m: m["tables"].update(ghost=1)),
}


def _manifest(files: dict[str, bytes], change: Callable[[Any], object]) -> None:
    document = json.loads(files["manifest.json"])
    change(document)
    files["manifest.json"] = json.dumps(document).encode()


def _name(files: dict[str, bytes], name: str) -> None:
    """Put a file in that the manifest names with its true digest."""
    import hashlib

    files[name] = b"x"
    entry = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    _manifest(files, lambda document: document["files"].update({name: entry}))


def test_hostile_archives_are_refused_and_leave_nothing(
    node: Node, config_file: Path, tmp_path: Path
) -> None:
    backup.make(node, tmp_path / "b.zip", config_file=config_file, with_key_file=True)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        true = {name: archive.read(name) for name in archive.namelist()}
    for number, (name, spoil) in enumerate(HOSTILE.items()):
        files = dict(true)
        spoil(files)
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for entry, data in files.items():
                archive.writestr(entry, data)
        folder = tmp_path / f"place{number}"
        with pytest.raises(ColnodeError) as caught:
            restored(path, folder)
        assert isinstance(caught.value, Invalid), name
        assert [item for item in folder.iterdir() if item.name != "data"] == [], name
    for data in (b"", b"PK\x03\x04", (tmp_path / "b.zip").read_bytes()[:-99]):
        (tmp_path / "torn.zip").write_bytes(data)
        with pytest.raises(Invalid):
            restored(tmp_path / "torn.zip", tmp_path / "torn")
    assert not (tmp_path / "evil.svg").exists()


def test_restore_needs_an_empty_place_and_undoes_what_fails(
    node: Node,
    full: "Credential",
    config_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    colnode_templates: "Templates",
    colnode_database: str,
) -> None:
    backup.make(node, tmp_path / "b.zip", config_file=config_file, with_key_file=True)
    with pytest.raises(Conflict), backup.Archive.open(tmp_path / "b.zip") as archive:
        backup.restore(archive, tmp_path / "new.toml")  # the city itself is there
    folder, url = tmp_path / "again", colnode_templates.empty(colnode_database)

    def killed(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(standing, "stop_restored", killed)
        with pytest.raises(KeyboardInterrupt):
            restored(tmp_path / "b.zip", folder, database_url=url)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    if colnode_database == "postgresql":
        engine = connect(url)
        assert inspect(engine).get_table_names() == []
        engine.dispose()
    else:
        assert not Path(url.removeprefix("sqlite:///")).exists()
    with backup.Archive.open(tmp_path / "b.zip") as archive:
        backup.restore(
            archive,
            folder / "colnode.toml",
            data_dir=str(folder / "data"),
            database_url=url,
            dry_run=True,
        )
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    restored(tmp_path / "b.zip", folder, database_url=url).close()
    with pytest.raises(Conflict):
        restored(tmp_path / "b.zip", folder, database_url=url)


def test_backup_larger_than_the_disk_is_not_begun(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.make(node, tmp_path / "b.zip")
    with backup.Archive.open(tmp_path / "b.zip") as archive:
        archive.manifest = replace(
            made, files={"colnode.toml": replace(made.files["colnode.toml"], size=10**18)}
        )
        with pytest.raises(TooLarge):
            archive.check_room(tmp_path)
