"""Calls hooks so that a plugin's fault stays the plugin's. The only place that isolates plugins."""

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pluggy

from colnode.errors import ColnodeError, ConfigurationError, Refused, _
from colnode.host.hookspecs import GATE_LISTS, VALUES

__all__ = ["Fault", "HookCalls"]

_log = logging.getLogger(__name__)
_SLOW_SECONDS = 1.0
_SLOW_TIMES = 3
_REST_SECONDS = 300.0


@dataclass(frozen=True)
class Fault:
    """Something that a plugin did wrong, kept for the admin's page.

    `place` says what and where without what the error says, which may be about people.
    """

    plugin: str
    hook: str
    reason: str
    place: str


@dataclass
class _Pace:
    slow: int = 0
    rests_until: float = 0.0


@dataclass
class HookCalls:
    """Runs the hooks of one node's plugins with the isolation of each kind."""

    manager: pluggy.PluginManager
    faults: deque[Fault] = field(default_factory=lambda: deque(maxlen=100))
    keep: Callable[[Fault], None] | None = None
    """Remembers a fault beyond this process; set once the node is open."""
    _paces: dict[tuple[str, str], _Pace] = field(default_factory=dict)

    def start(self, hook: str, plugin: str, **given: Any) -> list[Any]:
        """Call one plugin's start hook. Raises ConfigurationError that names the plugin."""
        values: list[Any] = []
        for impl in self._impls(hook):
            if impl.plugin_name != plugin:
                continue
            try:
                given_values = list(_call(impl, given) or ())
                _check_values(hook, given_values)
                values.extend(given_values)
            except ColnodeError:
                raise
            except Exception as error:
                raise ConfigurationError(
                    _("The plugin {plugin} fails in {hook}: {reason}."),
                    plugin=plugin,
                    hook=hook,
                    reason=error,
                ) from error
        return values

    def has(self, hook: str) -> bool:
        """Whether any plugin implements the hook; what many share may be skipped when none does."""
        return any(True for _impl in self._impls(hook))

    def gate(self, hook: str, **given: Any) -> list[tuple[str, Any]]:
        """Call a gate in the transaction. A Refused passes through; a crash refuses as well.

        So does a value of the wrong type: a gate gives nothing, or members by name; those of
        GATE_LISTS a list.
        """
        values = []
        wanted = (list, tuple) if hook in GATE_LISTS else (Mapping,)
        for impl in self._impls(hook):
            began = time.monotonic()
            try:
                value = _call(impl, given)
                if value is not None and not isinstance(value, wanted):
                    raise TypeError(f"{hook} cannot give a {type(value).__name__}")
                values.append((impl.plugin_name, value))
            except Refused:
                raise
            except Exception as error:
                self.note(impl.plugin_name, hook, error)
                raise Refused(
                    _("The plugin {plugin} failed, so nothing was done. Ask the city's admin."),
                    plugin=impl.plugin_name,
                ) from error
            self._warn_if_slow(impl, hook, time.monotonic() - began)
        return values

    def after(self, hook: str, **given: Any) -> None:
        """Call an after hook; what fails is logged and the next one runs."""
        for impl in self._impls(hook):
            began = time.monotonic()
            try:
                _call(impl, given)
            except Exception as error:
                self.note(impl.plugin_name, hook, error)
            self._warn_if_slow(impl, hook, time.monotonic() - began)

    def show(self, hook: str, kind: type, **given: Any) -> list[Any]:
        """Call a show hook; values that are not of `kind` and plugins that fail leave a gap."""
        return [value for _plugin, value in self.show_named(hook, kind, **given)]

    def show_named(self, hook: str, kind: type, **given: Any) -> list[tuple[str, Any]]:
        """What `show` gives, each value with the name of the plugin that gave it."""
        values: list[tuple[str, Any]] = []
        for impl in self._impls(hook):
            pace = self._paces.setdefault((impl.plugin_name, hook), _Pace())
            if time.monotonic() < pace.rests_until:
                continue
            began = time.monotonic()
            try:
                for value in _call(impl, given) or ():
                    if not isinstance(value, kind):
                        raise TypeError(f"{type(value).__name__} is not a {kind.__name__}")
                    values.append((impl.plugin_name, value))
            except Exception as error:
                self.note(impl.plugin_name, hook, error)
            self._keep_pace(impl, hook, pace, time.monotonic() - began)
        return values

    def _impls(self, hook: str) -> Iterator[pluggy.HookImpl]:
        caller = getattr(self.manager.hook, hook)
        yield from reversed(caller.get_hookimpls())

    def note(self, plugin: str, hook: str, error: Exception) -> None:
        """Log what a plugin did wrong, and keep it for the admin's page."""
        _log.error("plugin %s failed in %s", plugin, hook, exc_info=error)
        self._add(Fault(plugin, hook, f"{type(error).__name__}: {error}", _place(error)))

    def _add(self, fault: Fault) -> None:
        self.faults.append(fault)
        if self.keep is not None:
            self.keep(fault)

    def _keep_pace(self, impl: pluggy.HookImpl, hook: str, pace: _Pace, seconds: float) -> None:
        if not self._warn_if_slow(impl, hook, seconds):
            return
        pace.slow += 1
        if pace.slow >= _SLOW_TIMES:
            pace.slow, pace.rests_until = 0, time.monotonic() + _REST_SECONDS

    def _warn_if_slow(self, impl: pluggy.HookImpl, hook: str, seconds: float) -> bool:
        if seconds <= _SLOW_SECONDS:
            return False
        _log.warning("plugin %s took %.1f s in %s", impl.plugin_name, seconds, hook)
        reason = f"slow: {seconds:.1f} s"
        self._add(Fault(impl.plugin_name, hook, reason, reason))
        return True


def _check_values(hook: str, values: Sequence[Any]) -> None:
    wanted = VALUES.get(hook)
    for value in values:
        if wanted is not None and not isinstance(value, wanted):
            raise TypeError(f"{type(value).__name__} is not a {wanted.__name__}")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    name = "/".join(frames[-1].filename.replace("\\", "/").split("/")[-2:])
    return f"{type(error).__name__} in {name}, line {frames[-1].lineno}"


def _call(impl: pluggy.HookImpl, given: Mapping[str, Any]) -> Any:
    return impl.function(*(given[name] for name in impl.argnames))
