"""Node: the one object that is passed around. Configuration, clock, database, network, plugins.

A unit is one transaction. The edge (a request, a command, a job) opens it; verbs use `node.db`
and never commit. What must wait for the commit is handed to `after_commit`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.orm import Mapped, Session, mapped_column

from colnode.clock import Clock
from colnode.config import Config
from colnode.db import Base, session_factory

if TYPE_CHECKING:
    from colnode.host.loader import PluginHost
    from colnode.host.types import JobKind
    from colnode.http import GuardedClient
    from colnode.mail import Mailer

__all__ = ["Node", "NodeFact", "get_fact", "set_fact"]


class NodeFact(Base):
    """A small fact about this installation: its node id, whether it is a demonstration."""

    __tablename__ = "node_fact"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


@dataclass
class _Unit:
    session: Session
    writes: bool
    after: list[Callable[[], None]] = field(default_factory=list)
    always: list[Callable[[], None]] = field(default_factory=list)


class Node:
    """One city's installation, opened by colnode.app.open_node; two can live in one process."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        engine: Engine,
        http: "GuardedClient | None" = None,
        mail: "Mailer | None" = None,
    ) -> None:
        self.config = config
        self.clock = clock
        self.engine = engine
        self._http = http
        self._mail = mail
        self.host: PluginHost
        self.job_kinds: Mapping[str, JobKind] = {}
        self.translate: Callable[[str, str], str] = lambda text, language: text
        self.memory: dict[str, object] = {}
        """What rooms keep at hand of this node; never the only copy of anything."""
        self._new_writer = session_factory(engine, writes=True)
        self._new_reader = session_factory(engine, writes=False)
        self._current: ContextVar[_Unit | None] = ContextVar(f"unit-{id(self)}", default=None)
        self._id: str | None = None

    @property
    def http(self) -> "GuardedClient":
        """The guarded way to other machines, made when it is first needed."""
        if self._http is None:
            from colnode.http import GuardedClient

            self._http = GuardedClient(allow_loopback=self.config.federation.allow_loopback)
        return self._http

    @http.setter
    def http(self, client: "GuardedClient") -> None:
        self._http = client

    @property
    def mail(self) -> "Mailer":
        """The way to send mail, made when it is first needed."""
        if self._mail is None:
            from colnode.mail import Mailer

            self._mail = Mailer(self.config)
        return self._mail

    @mail.setter
    def mail(self, mailer: "Mailer") -> None:
        self._mail = mailer

    @property
    def db(self) -> Session:
        """The session of the current unit; RuntimeError outside of one."""
        unit = self._current.get()
        if unit is None:
            raise RuntimeError("there is no unit open: use node.unit() or node.reading()")
        return unit.session

    @property
    def is_in_unit(self) -> bool:
        """Whether a unit is open here."""
        return self._current.get() is not None

    @property
    def id(self) -> str:
        """The node id, `n_...` (docs/federation.md, 2). Needs an open unit the first time."""
        if self._id is None:
            self._id = get_fact(self, "node_id")
            if self._id is None:
                raise RuntimeError("this node has no identity yet: run `colnode init`")
        return self._id

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """One writing transaction. Inside another unit it joins that one."""
        current = self._current.get()
        if current is not None:
            if not current.writes:
                raise RuntimeError("a unit that writes cannot be opened while reading")
            yield current.session
            return
        unit = _Unit(self._new_writer(), writes=True)
        token = self._current.set(unit)
        try:
            yield unit.session
            unit.session.commit()
        except BaseException:
            unit.session.rollback()
            raise
        finally:
            unit.session.close()
            self._current.reset(token)
            for action in unit.always:
                action()
        for action in unit.after:
            action()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view without the right to write. Inside another unit it joins that one."""
        current = self._current.get()
        if current is not None:
            yield current.session
            return
        unit = _Unit(self._new_reader(), writes=False)
        token = self._current.set(unit)
        try:
            yield unit.session
        finally:
            unit.session.close()  # a rollback first would expire what the caller keeps
            self._current.reset(token)
            for action in unit.always:
                action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once the current unit has been committed; never when it is rolled back."""
        unit = self._current.get()
        if unit is None:
            raise RuntimeError("there is no unit open")
        unit.after.append(action)

    def at_end(self, action: Callable[[], None]) -> None:
        """Run `action` in a unit of its own after the current one, even if that is rolled back.

        For what must be remembered of a failure: a wrong password counts although nothing changed.
        """
        unit = self._current.get()
        if unit is None:
            raise RuntimeError("there is no unit open")

        def run() -> None:
            with self.unit():
                action()

        unit.always.append(run)

    def close(self) -> None:
        """Close the database connections."""
        self.engine.dispose()


def get_fact(node: Node, name: str) -> str | None:
    """The value of a fact, None when it was never set."""
    row = node.db.get(NodeFact, name)
    return row.value if row else None


def set_fact(node: Node, name: str, value: str) -> None:
    """Set a fact."""
    node.db.merge(NodeFact(name=name, value=value))
    node.db.flush()
