"""Calls hooks so that a plugin's fault stays the plugin's. The only place that isolates plugins."""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy

from colnode.errors import ColnodeError, ConfigurationError, Refused, _

__all__ = ["Fault", "HookCalls"]

_log = logging.getLogger(__name__)
_SLOW_SECONDS = 1.0
_SLOW_TIMES = 3
_REST_SECONDS = 300.0


@dataclass(frozen=True)
class Fault:
    """Something that a plugin did wrong, kept for the admin's page."""

    plugin: str
    hook: str
    reason: str


@dataclass
class _Pace:
    slow: int = 0
    rests_until: float = 0.0


@dataclass
class HookCalls:
    """Runs the hooks of one node's plugins with the isolation of each kind."""

    manager: pluggy.PluginManager
    faults: deque[Fault] = field(default_factory=lambda: deque(maxlen=100))
    _paces: dict[tuple[str, str], _Pace] = field(default_factory=dict)

    def start(self, hook: str, plugin: str, **given: Any) -> list[Any]:
        """Call one plugin's start hook. Raises ConfigurationError that names the plugin."""
        values: list[Any] = []
        for impl in self._impls(hook):
            if impl.plugin_name != plugin:
                continue
            try:
                values.extend(_call(impl, given) or ())
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
        """Call a gate in the transaction. A Refused passes through; a crash refuses as well."""
        values = []
        for impl in self._impls(hook):
            try:
                values.append((impl.plugin_name, _call(impl, given)))
            except Refused:
                raise
            except Exception as error:
                self._note(impl, hook, error)
                raise Refused(
                    _("The plugin {plugin} failed, so nothing was done. Ask the city's admin."),
                    plugin=impl.plugin_name,
                ) from error
        return values

    def after(self, hook: str, **given: Any) -> None:
        """Call an after hook; what fails is logged and the next one runs."""
        for impl in self._impls(hook):
            try:
                _call(impl, given)
            except Exception as error:
                self._note(impl, hook, error)

    def show(self, hook: str, kind: type, **given: Any) -> list[Any]:
        """Call a show hook; values that are not of `kind` and plugins that fail leave a gap."""
        values: list[Any] = []
        for impl in self._impls(hook):
            pace = self._paces.setdefault((impl.plugin_name, hook), _Pace())
            if time.monotonic() < pace.rests_until:
                continue
            began = time.monotonic()
            try:
                for value in _call(impl, given) or ():
                    if not isinstance(value, kind):
                        raise TypeError(f"{type(value).__name__} is not a {kind.__name__}")
                    values.append(value)
            except Exception as error:
                self._note(impl, hook, error)
            self._keep_pace(impl, hook, pace, time.monotonic() - began)
        return values

    def _impls(self, hook: str) -> Iterator[pluggy.HookImpl]:
        caller = getattr(self.manager.hook, hook)
        yield from reversed(caller.get_hookimpls())

    def _note(self, impl: pluggy.HookImpl, hook: str, error: Exception) -> None:
        _log.error("plugin %s failed in %s", impl.plugin_name, hook, exc_info=error)
        self.faults.append(Fault(impl.plugin_name, hook, f"{type(error).__name__}: {error}"))

    def _keep_pace(self, impl: pluggy.HookImpl, hook: str, pace: _Pace, seconds: float) -> None:
        if seconds <= _SLOW_SECONDS:
            return
        pace.slow += 1
        _log.warning("plugin %s took %.1f s in %s", impl.plugin_name, seconds, hook)
        self.faults.append(Fault(impl.plugin_name, hook, f"slow: {seconds:.1f} s"))
        if pace.slow >= _SLOW_TIMES:
            pace.slow, pace.rests_until = 0, time.monotonic() + _REST_SECONDS


def _call(impl: pluggy.HookImpl, given: Mapping[str, Any]) -> Any:
    return impl.function(*(given[name] for name in impl.argnames))
