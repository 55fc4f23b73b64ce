"""The database: declarative bases, column types, engines. Tables live in their rooms."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Double,
    Engine,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator, TypeEngine

from colnode.errors import ConfigurationError, _

__all__ = [
    "Base",
    "Json",
    "LangMap",
    "PluginBase",
    "UTCDateTime",
    "connect",
    "insert_into",
    "new_id",
    "random_id",
    "session_factory",
]

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LangMap = dict[str, str]
"""A text in several languages: {"en": "Robotics", "lt": "Robotika"}."""


class Json(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, text on SQLite.

    What belongs to PostgreSQL alone is imported there alone: it costs a tenth of a start.
    """

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON())
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB())


class UTCDateTime(TypeDecorator[datetime]):
    """A UTC-aware datetime; refuses naive ones. SQLite stores text, PostgreSQL timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_TYPES: dict[Any, Any] = {
    datetime: UTCDateTime(),
    float: Double(),
    dict[str, str]: Json(),
    dict[str, Any]: Json(),
    list[str]: Json(),
    list[dict[str, Any]]: Json(),
}


class Base(DeclarativeBase):
    """Base of the core's tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = _TYPES


class PluginBase(DeclarativeBase):
    """Base of plugins' tables; each table's name starts with its plugin's name."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = _TYPES


def new_id() -> str:
    """A new UUIDv7 (RFC 9562 section 5.7) as text: random, and later ones sort later."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 68) << 64 & 0xFFF << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return _as_uuid(value)


def random_id() -> str:
    """A new UUIDv4 (RFC 9562 section 5.4) as text: nothing but random, not even a time."""
    value = int.from_bytes(os.urandom(16), "big")
    value = value & ~(0xF << 76) & ~(0b11 << 62) | 0x4 << 76 | 0b10 << 62
    return _as_uuid(value)


def _as_uuid(value: int) -> str:
    """RFC 9562 section 4. Several times as fast as the standard library's class, made in bulk."""
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT of the database's own kind, which has on_conflict_do_update and _do_nothing."""
    dialect = session.get_bind().dialect.name
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Open an engine with the rules of both databases set.

    Errors name no values: they reach the log, and values are about people.
    SQLite: WAL, synchronous FULL, foreign keys, busy timeout; a unit that writes begins IMMEDIATE
    so that two writers wait for each other instead of failing.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith("postgresql+psycopg://"):
        raise ConfigurationError(_("database.url should start with sqlite:/// or postgresql://."))
    try:
        return create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            _("PostgreSQL needs the extra: pip install 'colnode[postgres]'.")
        ) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("colnode_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def session_factory(engine: Engine, *, writes: bool) -> Callable[[], Session]:
    """Sessions on the engine: for units that write, or for reading only."""
    bind = engine.execution_options(colnode_writes=writes)
    return sessionmaker(bind, expire_on_commit=False, autoflush=True)
