"""A city again from its backup, in an empty place: everything arrives, or nothing stays there."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, MetaData, inspect
from sqlalchemy.exc import SQLAlchemyError

from colnode import rooms
from colnode.backup import tables
from colnode.backup.archive import CONFIGURATION, KEY_FILE, Archive, Manifest, Progress
from colnode.badges import status
from colnode.clock import SystemClock
from colnode.config import Config, load_config, sample_config
from colnode.db import connect
from colnode.errors import Conflict, Invalid, _
from colnode.federation import standing
from colnode.host.loader import PluginHost, load_plugins
from colnode.host.migrate import chains, downgrade, upgrade
from colnode.node import Node

__all__ = ["restore"]


def restore(
    archive: Archive,
    config_file: Path,
    *,
    data_dir: str | None = None,
    database_url: str | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Config:
    """Make a city from a backup that was checked, where none is; gives its configuration.

    `config_file` is written; `data_dir` and `database_url` replace those of the backup, also by
    the other kind of database. The city may only be read until `colnode recover` has run. With
    `dry_run` nothing is written. Raises Conflict when something is in the way, Invalid, TooLarge.
    """
    config, written = _configuration(archive, data_dir, database_url)
    host = load_plugins(config)
    _check_schema(archive.manifest, host)
    _check_empty(archive, config, config_file)
    archive.check_room(config.data_dir)
    if dry_run:
        return config
    with ExitStack() as undo:
        _restore_files(archive, config, undo)
        _restore_database(archive, config, host, undo, progress)
        _write_new(config_file, written, undo)
        undo.pop_all()
    return config


def _configuration(
    archive: Archive, data_dir: str | None, database_url: str | None
) -> tuple[Config, bytes]:
    """The configuration in a backup with what is to be different, and its file."""
    data = archive.read(CONFIGURATION)
    with tempfile.NamedTemporaryFile("wb", suffix=".toml") as file:
        file.write(data)
        file.flush()
        config = load_config(Path(file.name))
    if data_dir is None and database_url is None:
        return config, data
    server, database = config.server, config.database
    if data_dir is not None:
        server = replace(server, data_dir=str(Path(data_dir).absolute()))
    if database_url is not None:
        database = replace(database, url=database_url)
    config = replace(config, server=server, database=database)
    return config, sample_config(config, show_secrets=True).encode()


def _check_schema(manifest: Manifest, host: PluginHost) -> None:
    if dict(manifest.schema) != {chain.name: chain.head for chain in chains(host)}:
        raise Invalid(
            _(
                "The backup was made by version {version} with other tables. Install that version "
                "and its plugins, restore, and upgrade then."
            ),
            version=manifest.version,
        )


def _check_empty(archive: Archive, config: Config, config_file: Path) -> None:
    media = config.data_dir / "media"
    files = [config_file]
    if archive.manifest.has_key_file:
        files.append(config.key_file)
    if config.database_url.startswith("sqlite"):
        files.append(_sqlite_file(config))
    elif _has_tables(config.database_url):
        raise Conflict(_("The database is not empty. Choose another with --database-url."))
    if media.exists() and any(media.iterdir()):
        files.append(media)
    in_the_way = [path for path in files if path == media or path.exists()]
    if in_the_way:
        raise Conflict(
            _("{file} is in the way: a backup is restored into an empty place only."),
            file=in_the_way[0],
        )


def _sqlite_file(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _has_tables(url: str) -> bool:
    engine = connect(url)
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _restore_files(archive: Archive, config: Config, undo: ExitStack) -> None:
    data_dir = config.data_dir
    if not data_dir.exists():
        data_dir.mkdir(parents=True, mode=0o750)
    media = data_dir / "media"
    if any(name.startswith("media/") for name in archive.manifest.files):
        undo.callback(shutil.rmtree, media, ignore_errors=True)
    for name in archive.manifest.files:
        if name.startswith("media/"):
            _write_file(archive, name, data_dir / name)
    if archive.manifest.has_key_file:
        undo.callback(config.key_file.unlink, missing_ok=True)
        _write_file(archive, KEY_FILE, config.key_file, folder_mode=0o700, mode=0o600)


def _write_file(
    archive: Archive, name: str, path: Path, *, folder_mode: int = 0o755, mode: int = 0o644
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in archive.chunks(name):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _restore_database(
    archive: Archive, config: Config, host: PluginHost, undo: ExitStack, progress: Progress
) -> None:
    """Make the tables, fill them and mark the city as restored."""
    is_sqlite = config.database_url.startswith("sqlite")
    part = _sqlite_file(config).with_name(".restoring.sqlite") if is_sqlite else None
    if part is not None:
        _remove_sqlite(part)
    engine = connect(f"sqlite:///{part}" if part else config.database_url)
    undo.callback(_drop_everything, engine, host, part)
    node = Node(config, clock=SystemClock(), engine=engine)
    node.host = host
    rooms.gather(node)
    upgrade(engine, host)
    try:
        _fill(archive, engine, host, progress)
    except SQLAlchemyError as error:
        raise Invalid(
            _("The rows of this backup cannot be stored: {reason}."), reason=type(error).__name__
        ) from error
    with node.unit():
        status.close_all(node)
        standing.stop_restored(node)
    if part is not None:
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
    engine.dispose()
    if part is not None:
        part.replace(_sqlite_file(config))
        undo.callback(_sqlite_file(config).unlink, missing_ok=True)


def _fill(archive: Archive, engine: Engine, host: PluginHost, progress: Progress) -> None:
    known = tables.tables_of(host)
    total, done = sum(archive.manifest.tables.values()), 0
    with engine.execution_options(colnode_writes=True).begin() as connection:
        for table in known:
            done += tables.load(connection, table, archive.lines(f"database/{table.name}.ndjson"))
            progress(done, total)
        tables.restart_sequences(connection, known)


def _drop_everything(engine: Engine, host: PluginHost, part: Path | None) -> None:
    """Leave the place as empty as it was found."""
    if part is None:
        for chain in reversed(list(chains(host))):
            downgrade(engine, chain)
        versions = MetaData()
        versions.reflect(engine)
        versions.drop_all(engine)
    engine.dispose()
    if part is not None:
        _remove_sqlite(part)


def _remove_sqlite(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _write_new(path: Path, data: bytes, undo: ExitStack) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    remove: Callable[[], None] = path.unlink
    undo.callback(remove)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
