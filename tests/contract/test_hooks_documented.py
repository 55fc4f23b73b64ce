"""docs/plugin-api.md is true: every hook with its exact signature and an example that runs."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy
import pytest

from colnode import plugin
from colnode.app import create_app
from colnode.host import deprecated, hookspecs
from colnode.host.call import HookCalls
from colnode.host.types import Link, Panel
from colnode.node import Node
from colnode.openbadges.findings import BadgeSummary, Finding
from tests.contract.sources import ROOT, python_files
from tests.plugins.installing import install_example

HOOKS = (*hookspecs.START, *hookspecs.GATE, *hookspecs.AFTER, *hookspecs.SHOW)
PAGE = (ROOT / "docs" / "plugin-api.md").read_text(encoding="utf-8")
SHOWN = {"panels": Panel, "links": Link, "verification_findings": Finding}


def signature(name: str) -> str:
    """A hook's signature as the page writes it."""
    text = str(inspect.signature(getattr(hookspecs, name))).replace("'", "")
    for prefix in ("colnode.host.types.", "colnode.jobs.", "collections.abc.", "typing."):
        text = text.replace(prefix, "")
    return f"{name}{text}"


def section(name: str) -> str:
    """What the page says of a hook after its signature."""
    start = f"### {name}\n```python\n{signature(name)}\n```\n"
    return re.split(r"^#{2,3} ", PAGE.partition(start)[2], flags=re.M)[0]


def examples() -> Iterator[tuple[str, str]]:
    """Each hook with the code of its example."""
    for name in HOOKS:
        for code in re.findall(r"```python\n(.*?)```", section(name), flags=re.S):
            yield name, code


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_signature(name: str) -> None:
    words = section(name).partition("```python")[0].strip()
    assert words, "no section with the exact signature"
    assert len(words.split("\n\n")) >= 2, "what it gets and gives, then when it is not called"


def test_every_hook_has_a_kind() -> None:
    declared = {name for name, value in vars(hookspecs).items() if hasattr(value, "colnode_spec")}
    assert declared == set(HOOKS)


def test_every_hook_has_an_example_and_is_used_by_the_example_plugin_and_its_tests() -> None:
    assert {name for name, _code in examples()} == set(HOOKS)
    source = (ROOT / "docs/example-plugin/colnode_trail/__init__.py").read_text("utf-8")
    assert [name for name in HOOKS if f"@hookimpl\ndef {name}(" not in source] == []


@pytest.mark.databases("sqlite")
def test_every_example_runs(
    monkeypatch: pytest.MonkeyPatch,
    make_node: Callable[..., Node],
    make_person: Callable[..., Any],
    make_credential: Callable[..., Any],
) -> None:
    install_example(monkeypatch)
    node = make_node(plugins=("trail",))
    credential = make_credential(on=node)
    person, other = make_person(on=node), make_person(on=node)
    given = {
        "node": node,
        "achievement_id": credential.achievement_id,
        "credential_id": credential.id,
        "person_id": person.id,
        "into_id": other.id,
        "document": {"name": "Robot builder"},
        "origin": "self",
        "record_type": "trail",
        "record_id": "r1",
        "reference": "n_abc/trail/r1",
        "subject": None,
        "viewer": None,
        "verdict": SimpleNamespace(summary=BadgeSummary(tags=("trail",))),
    }
    app = create_app(node=node)
    for name, code in examples():
        module = ModuleType("colnode_example")
        exec(compile(code, f"docs/plugin-api.md: {name}", "exec"), vars(module))
        calls = calls_of(module)
        assert calls.has(name), f"{name}: the example does not implement it"
        is_in_unit = name not in {*hookspecs.AFTER, "startup"}  # as the host calls them
        with app.test_request_context(), node.unit() if is_in_unit else nullcontext():
            for place in ("home", "my_badges"):
                ask(calls, name, {**given, "place": place})
        assert not calls.faults, f"{name}: {calls.faults}"


def calls_of(module: ModuleType) -> HookCalls:
    """The calls of one plugin, whose hooks are known and have known arguments."""
    manager = pluggy.PluginManager("colnode")
    manager.add_hookspecs(hookspecs)
    manager.register(module, name="trail")
    manager.check_pending()
    return HookCalls(manager)


def ask(calls: HookCalls, name: str, given: Mapping[str, Any]) -> None:
    """Call a hook as the host does."""
    if name in hookspecs.START:
        found = calls.start(name, "trail", **given)
        assert found or name == "startup"
    elif name in hookspecs.GATE:
        calls.gate(name, **given)
    elif name in hookspecs.AFTER:
        calls.after(name, **given)
    else:
        calls.show(name, SHOWN[name], **given)


NAMES = """
    AwardRule Base Block BlockStyle ColnodeError Command ConfigurationError Conflict
    DemoPart DemoScene EarnedBadge Facet Finding FindingStatus Forbidden Gone Indexed
    Invalid JobKind LangMap Link NavItem NavPlace Node NotFound Notification Pages Panel
    Permission Picture RecordType Refused Role Setting SignedEndorsement TooLarge
    UTCDateTime Unavailable _ age_words allow_images_from ask_for_badge audit
    carry_endorsements catalogue complete_record completed_records create_rule current_node
    current_person current_person_id did_of draw_cover draw_pdf duration_words
    earned_achievements end_rule enqueue error_text facet_groups fetch find_earned gettext
    has_earned holder_of hookimpl insert_into join_by_mail let_people_ask look_at_rules may media
    modules_when_used names_of_people new_id ngettext notify offer_badge operation
    organisations pick_language qr_markup record_links render require revoke_endorsement
    secret send_mail setting sign_endorsement structured_data uncomplete_record url verify_document
"""


def test_the_facade_keeps_its_names_and_each_is_documented() -> None:
    """A name that goes breaks plugins: it is first deprecated. A new one is added here."""
    assert sorted(plugin.__all__) == plugin.__all__
    assert plugin.__all__ == NAMES.split()
    assert [name for name in plugin.__all__ if not hasattr(plugin, name)] == []
    table = PAGE.partition("| names | for |")[2].partition("\n\n")[0]
    documented = set(re.findall(r"`(\w+)`", table))
    assert [name for name in plugin.__all__ if name not in documented] == []


def test_a_deprecated_name_works_and_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    change = deprecated.Renamed("draw_picture", "draw_cover", since="0.2", gone_in="1.0")
    monkeypatch.setattr(deprecated, "RENAMED", (change,))
    with pytest.warns(DeprecationWarning, match="draw_cover instead"):
        assert plugin.draw_picture is plugin.draw_cover
    with pytest.raises(AttributeError):
        _ = plugin.never_was


def test_every_place_that_plugins_may_fill_takes_panels_and_links_and_is_documented() -> None:
    pages = "".join(file.read_text("utf-8") for file in python_files("colnode/web/pages"))
    panels = set(re.findall(r'panels_for\(\s*"(\w+)"', pages))
    links = set(re.findall(r'links_for\(\s*"(\w+)"', pages))
    table = PAGE.partition("| place | page | subject |")[2].partition("\n\n")[0]
    documented = {
        place
        for row in table.splitlines()
        for place in re.findall(r"`(\w+)`", row.partition("|")[2].partition("|")[0])
    }
    assert panels == links == documented
