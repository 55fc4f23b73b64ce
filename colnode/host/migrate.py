"""Schema changes: the core's chain, then each plugin's own, each with its own version table.

So a core upgrade keeps working after a plugin is gone. Scripts are named 0001_word.py, 0002_...;
the highest is the newest, which lets a start compare versions without importing Alembic.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, resources, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, MetaData, inspect, text

from colnode.db import Base, PluginBase
from colnode.errors import ConfigurationError, _

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

    from colnode.host.loader import PluginHost

__all__ = ["Chain", "chains", "check_schema", "differences", "downgrade", "upgrade"]


@dataclass(frozen=True)
class Chain:
    """One line of schema versions: the core's, or a plugin's (then `prefix` names its tables)."""

    name: str
    folder: Path
    version_table: str
    prefix: str | None
    package: str | None = None

    @property
    def head(self) -> str:
        """The newest revision's id, empty when the chain has none."""
        return max((file.stem for file in self.folder.glob("[0-9]*.py")), default="")

    @property
    def revisions(self) -> frozenset[str]:
        """Every revision's id."""
        return frozenset(file.stem for file in self.folder.glob("[0-9]*.py"))

    @property
    def metadata(self) -> MetaData:
        """The tables' declarations; those of a plugin are in its models.py."""
        if self.package is not None and util.find_spec(f"{self.package}.models") is not None:
            import_module(f"{self.package}.models")
        return Base.metadata if self.prefix is None else PluginBase.metadata

    def owns(self, table: str) -> bool:
        """Whether a table belongs to this chain."""
        return self.prefix is None or table.startswith(f"{self.prefix}_")


def chains(host: "PluginHost") -> Iterator[Chain]:
    """The core's chain, then those of the enabled plugins that have migrations."""
    core = Path(str(resources.files("colnode.migrations"))) / "versions"
    yield Chain("core", core, "alembic_version", None)
    for plugin in host.plugins:
        folder = plugin.folder / "migrations"
        if folder.is_dir():
            version_table = f"{plugin.prefix}_alembic_version"
            yield Chain(plugin.name, folder, version_table, plugin.prefix, plugin.module.__name__)


def upgrade(engine: Engine, host: "PluginHost") -> list[str]:
    """Bring every chain to its newest version; returns the chains that moved.

    Each chain is one transaction: one that fails leaves its tables as they were. Raises
    ConfigurationError that names it; what moved before stays moved.
    """
    from alembic import command

    moved = []
    for chain in chains(host):
        current = _current(engine, chain)
        _refuse_newer(chain, current)
        if current == chain.head:
            continue
        try:
            with engine.execution_options(colnode_writes=True).begin() as connection:
                settings = _alembic(chain)
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")
        except Exception as error:
            raise _failed(chain, current, error) from error
        moved.append(chain.name)
    return moved


def _failed(chain: Chain, current: str, error: Exception) -> ConfigurationError:
    reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return ConfigurationError(
        _(
            "The tables of {chain} could not be changed: {reason}. They are as they were "
            "({revision}). Install the version before, or put the cause right and run it again."
        ),
        chain=chain.name,
        reason=reason.splitlines()[0].rstrip("."),
        revision=current or "none",
    )


def downgrade(engine: Engine, chain: Chain, revision: str = "base") -> None:
    """Take a chain back to a revision, by default to nothing, in one transaction.

    Raises ConfigurationError when a newer version wrote the tables or a script fails.
    """
    from alembic import command

    current = _current(engine, chain)
    _refuse_newer(chain, current)
    try:
        with engine.execution_options(colnode_writes=True).begin() as connection:
            settings = _alembic(chain)
            settings.attributes["connection"] = connection
            command.downgrade(settings, revision)
    except Exception as error:
        raise _failed(chain, current, error) from error


def differences(engine: Engine, chain: Chain, *, but: tuple[str, ...] = ()) -> list[object]:
    """What a chain's models declare and the database lacks, or the other way round.

    Tables whose names begin with one of `but` are stored by other means than models.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compared(item: Any, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        if kind == "table" and not chain.owns(name or ""):
            return False  # another plugin's, declared in the same process
        if kind == "table" and reflected and other is None and (name or "").startswith(but):
            return False
        return not (kind == "index" and reflected and other is None and _is_partial(item))

    with engine.connect() as connection:
        options = {"version_table": chain.version_table, "include_object": compared}
        context = MigrationContext.configure(connection, opts=options)
        found: list[object] = compare_metadata(context, chain.metadata)
    return found


def _is_partial(index: Any) -> bool:
    """Whether an index covers a part of its table; those stand in migrations alone."""
    return any(
        index.dialect_options[dialect].get("where") is not None
        for dialect in ("sqlite", "postgresql")
    )


def check_schema(engine: Engine, host: "PluginHost") -> None:
    """Compare the database with the code. Raises ConfigurationError that says what to do."""
    for chain in chains(host):
        current = _current(engine, chain)
        _refuse_newer(chain, current)
        if current != chain.head:
            raise ConfigurationError(
                _("The database is older than this version ({chain}). Run `colnode db upgrade`."),
                chain=chain.name,
            )


def _refuse_newer(chain: Chain, current: str) -> None:
    if current and current not in chain.revisions:
        raise ConfigurationError(
            _(
                "The database was written by a newer version ({chain} is at {revision}). "
                "Install that version, or restore a backup made with this one."
            ),
            chain=chain.name,
            revision=current,
        )


def _current(engine: Engine, chain: Chain) -> str:
    with engine.connect() as connection:
        if not inspect(connection).has_table(chain.version_table):
            return ""
        query = text(f"SELECT version_num FROM {chain.version_table}")  # noqa: S608 - own name
        return connection.execute(query).scalar() or ""


def _alembic(chain: Chain) -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    root = Path(str(resources.files("colnode.migrations")))
    settings.set_main_option("script_location", str(root).replace("%", "%%"))
    settings.set_main_option("version_locations", str(chain.folder).replace("%", "%%"))
    settings.set_main_option("path_separator", "newline")
    settings.attributes["chain"] = chain
    return settings
