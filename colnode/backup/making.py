"""Making a backup while the city runs: one transaction sees the database as it is at one moment."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

import colnode
from colnode.backup import tables
from colnode.backup.archive import CONFIGURATION, KEY_FILE, Manifest, Progress, Writer
from colnode.clock import format_rfc3339
from colnode.config import sample_config
from colnode.errors import NotFound, _
from colnode.host.migrate import chains
from colnode.media import originals

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["make"]


def make(
    node: "Node",
    path: Path,
    *,
    config_file: Path | None = None,
    with_key_file: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Manifest:
    """Write the whole city to one new file: rows, pictures, configuration; what it holds.

    Private keys are in it as they are stored, encrypted; the key file that opens them only
    `with_key_file`. The file is whole or not there. Raises Conflict, NotFound and Unavailable.
    """
    key_file = node.config.key_file
    if with_key_file and not key_file.exists():
        raise NotFound(_("There is no file {file}."), file=key_file)
    with Writer.to(path) as writer, node.engine.connect() as plain:
        options = {"isolation_level": "REPEATABLE READ"} if _is_postgres(plain) else {}
        connection = plain.execution_options(**options)
        with connection.begin():
            manifest = _dump(node, connection, writer, progress)
        with writer.file(CONFIGURATION) as write:
            write(_configuration(node, config_file))
        if with_key_file:
            with writer.file(KEY_FILE) as write:
                write(key_file.read_bytes())
        for name, picture in originals(node.config.data_dir):
            with writer.file(f"media/{name}") as write:
                write(picture.read_bytes())
        whole = Manifest(**{**vars(manifest), "files": writer.files})
        writer.finish(whole)
    return whole


def _is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _dump(node: "Node", connection: Connection, writer: Writer, progress: Progress) -> Manifest:
    known = tables.tables_of(node.host)
    counts = {
        table.name: int(connection.scalar(text(f'SELECT count(*) FROM "{table.name}"')) or 0)  # noqa: S608 - names of our own
        for table in known
    }
    total, done = sum(counts.values()), 0

    def tell(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    for table in known:
        with writer.file(f"database/{table.name}.ndjson") as write:
            tables.dump(connection, table, write, tell)
    fact = "SELECT value FROM node_fact WHERE name = 'node_id'"
    return Manifest(
        version=colnode.__version__,
        made_at=format_rfc3339(node.clock.now()),
        node_id=str(connection.scalar(text(fact)) or ""),
        city=node.config.city.name,
        database=connection.dialect.name,
        log_size=int(connection.scalar(text("SELECT size FROM log_head")) or 0),
        schema={chain.name: chain.head for chain in chains(node.host)},
        tables=counts,
        left_out=tables.left_out(connection, node.host),
    )


def _configuration(node: "Node", config_file: Path | None) -> bytes:
    if config_file is not None:
        return config_file.read_bytes()
    return sample_config(node.config, show_secrets=True).encode()
