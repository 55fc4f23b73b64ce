"""The rows of a database as lines of JSON, the same for SQLite and PostgreSQL.

One line is one row, in the order of the columns that the first line names. What a type is in JSON
follows from the column that it is in, not from the line.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    Table,
    bindparam,
    func,
    insert,
    inspect,
    select,
    text,
)

from colnode.db import Base, Json, UTCDateTime
from colnode.errors import Invalid, _
from colnode.host.migrate import chains

if TYPE_CHECKING:
    from colnode.host.loader import PluginHost

__all__ = ["dump", "left_out", "load", "restart_sequences", "tables_of"]

_ROWS_AT_ONCE = 1_000
_DECLARING = (
    "audit",
    "badges.models",
    "catalogue.models",
    "exchange.models",
    "federation.models",
    "host.models",
    "identity.models",
    "identity.setting_models",
    "jobs",
    "media.models",
    "node",
)
"""The core's modules that declare tables: rooms import theirs when they are used, which is late."""


def tables_of(host: "PluginHost") -> list[Table]:
    """Every table of the core and of the enabled plugins, those that others name first."""
    for name in _DECLARING:
        import_module(f"colnode.{name}")
    found: list[Table] = []
    for chain in chains(host):
        ordered = chain.metadata.sorted_tables
        found += [table for table in ordered if chain.prefix is None or chain.owns(table.name)]
    return found


def left_out(connection: Connection, host: "PluginHost") -> list[str]:
    """Tables that are in the database and that no enabled plugin declares."""
    known = {table.name for table in (*Base.metadata.sorted_tables, *tables_of(host))}
    known |= {chain.version_table for chain in chains(host)}
    names = inspect(connection).get_table_names()
    return sorted(name for name in names if name not in known and not _is_index(name))


def _is_index(name: str) -> bool:
    """What triggers make anew from `record`: the full-text index and SQLite's own tables."""
    return name.startswith(("record_search", "sqlite_"))


def dump(
    connection: Connection,
    table: Table,
    write: Callable[[bytes], None],
    tell: Callable[[int], None],
) -> int:
    """Write every row of a table in the connection's transaction; how many there were."""
    columns = list(table.columns)
    write(_line([column.name for column in columns]))
    encoders = [_encoder(column) for column in columns]
    count = 0
    result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
    for rows in result.partitions(_ROWS_AT_ONCE):
        lines = [
            _line(
                [
                    value if value is None else code(value)
                    for code, value in zip(encoders, row, strict=True)
                ]
            )
            for row in rows
        ]
        write(b"".join(lines))
        count += len(rows)
        tell(len(rows))
    return count


def load(connection: Connection, table: Table, lines: Iterator[bytes]) -> int:
    """Insert the rows of a dump; how many there were. Raises Invalid for what is no such dump."""
    names = _row(next(lines, b""))
    columns = [table.columns.get(name) for name in names if isinstance(name, str)]
    known = [column for column in columns if column is not None]
    if len(known) != len(names) or len(known) != len(table.columns):
        raise _wrong(table)
    values = {column.name: bindparam(column.name, type_=_null_as_null(column)) for column in known}
    statement = insert(table).values(values)
    decoders = [_decoder(column) for column in known]
    count = 0
    for some in _batches(lines):
        try:
            rows = [
                {
                    column.name: value if value is None else decode(value)
                    for column, decode, value in zip(known, decoders, _row(line), strict=True)
                }
                for line in some
            ]
        except (ValueError, TypeError) as error:
            raise _wrong(table) from error
        connection.execute(statement, rows)
        count += len(rows)
    return count


def restart_sequences(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL number on from the largest number that was loaded; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": table.name, "column": column.name},
        )
        largest = connection.scalar(select(func.max(column)))
        if sequence is not None and largest is not None:
            connection.execute(
                text("SELECT setval(:name, :value)"), {"name": sequence, "value": largest}
            )


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _row(line: bytes) -> list[Any]:
    values = json.loads(line) if line else []
    if not isinstance(values, list):
        raise ValueError
    return values


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    for line in lines:
        some.append(line)
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _encoder(column: "Column[Any]") -> Callable[[Any], Any]:
    if isinstance(column.type, LargeBinary):
        return lambda value: base64.b64encode(value).decode("ascii")
    if isinstance(column.type, UTCDateTime):
        return datetime.isoformat
    return lambda value: value


def _decoder(column: "Column[Any]") -> Callable[[Any], Any]:
    if isinstance(column.type, LargeBinary):
        return base64.b64decode
    if isinstance(column.type, UTCDateTime):
        return datetime.fromisoformat
    return lambda value: value


def _null_as_null(column: "Column[Any]") -> Any:
    """The column's type; where it is JSON, nothing is NULL and not the JSON null."""
    return JSON(none_as_null=True) if isinstance(column.type, Json) else column.type


def _wrong(table: Table) -> Invalid:
    return Invalid(
        _("The rows of {table} in this backup do not fit this version."), table=table.name
    )
