"""A plugin's fault stays the plugin's."""

import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy
import pytest

from colnode.config import Config, PluginsConfig
from colnode.errors import ConfigurationError, Refused
from colnode.host import hookspecs
from colnode.host.call import HookCalls
from colnode.host.hookspecs import hookimpl
from colnode.host.loader import load_plugins
from colnode.host.types import Panel


def calls_of(**hooks: Any) -> HookCalls:
    """The calls of a node whose plugins are given by name, each a mapping of hooks."""
    manager = pluggy.PluginManager("colnode")
    manager.add_hookspecs(hookspecs)
    for name, functions in reversed(hooks.items()):
        module = ModuleType(name)
        for hook, function in functions.items():
            setattr(module, hook, hookimpl(function))
        manager.register(module, name=name)
    return HookCalls(manager)


def crash() -> Any:
    raise ZeroDivisionError("the plugin's own mistake")


def test_a_panel_that_fails_leaves_a_gap_and_the_others_in_order() -> None:
    calls = calls_of(
        first={"panels": lambda: [Panel("One", "1")]},  # type: ignore[arg-type]
        broken={"panels": crash},
        last={"panels": lambda: [Panel("Two", "2")]},  # type: ignore[arg-type]
    )
    shown = calls.show("panels", Panel, node=None, place="home", subject=None, viewer=None)
    assert [panel.title for panel in shown] == ["One", "Two"]
    assert [(fault.plugin, fault.hook) for fault in calls.faults] == [("broken", "panels")]


def test_a_panel_of_the_wrong_type_is_left_out_and_named() -> None:
    calls = calls_of(sloppy={"panels": lambda: ["<b>text</b>"]})
    assert calls.show("panels", Panel, node=None, place="home", subject=None, viewer=None) == []
    assert calls.faults[0].reason == "TypeError: str is not a Panel"


def test_a_slow_panel_is_named_and_rests_after_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = SimpleNamespace(now=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: moment.now)
    asked = []

    def slow() -> list[Panel]:
        asked.append(moment.now)
        moment.now += 2
        return []

    calls = calls_of(slow={"panels": slow})
    for _again in range(5):
        calls.show("panels", Panel, node=None, place="home", subject=None, viewer=None)
    assert len(asked) == 3
    moment.now += 301
    calls.show("panels", Panel, node=None, place="home", subject=None, viewer=None)
    assert len(asked) == 4


def test_a_gate_that_crashes_refuses() -> None:
    calls = calls_of(broken={"person_erasing": crash})
    with pytest.raises(Refused, match="The plugin broken failed"):
        calls.gate("person_erasing", node=None, person_id="p")


def test_a_gate_that_refuses_says_why() -> None:
    def refuse() -> None:
        raise Refused("The course is not over yet.")

    calls = calls_of(strict={"person_erasing": refuse})
    with pytest.raises(Refused, match="not over yet"):
        calls.gate("person_erasing", node=None, person_id="p")


def test_an_after_hook_that_fails_does_not_stop_the_next() -> None:
    seen: list[str] = []

    def careful(credential_id: str) -> None:
        seen.append(credential_id)

    calls = calls_of(
        broken={"credential_issued": crash},
        careful={"credential_issued": careful},
    )
    calls.after("credential_issued", node=None, credential_id="c")
    assert seen == ["c"]


def test_a_start_hook_that_fails_names_the_plugin() -> None:
    calls = calls_of(broken={"register_jobs": crash})
    with pytest.raises(ConfigurationError, match="The plugin broken fails in register_jobs"):
        calls.start("register_jobs", "broken")


def test_an_unknown_plugin_stops_with_the_list_of_installed_ones() -> None:
    config = Config(plugins=PluginsConfig(enabled=["nonsense"]))
    with pytest.raises(ConfigurationError, match=r"no plugin nonsense\. Installed: .*map"):
        load_plugins(config)


def test_a_plugins_unknown_setting_stops_with_its_name() -> None:
    config = Config(plugin_settings={"map": {"no_such": 1}})
    with pytest.raises(ConfigurationError, match="plugin map has no setting no_such"):
        load_plugins(config)
