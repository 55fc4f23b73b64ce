"""Whatever a plugin does wrong, in each kind of hook: a gap and a named warning, no broken page."""

import json
import logging
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from markupsafe import Markup

from colnode import catalogue
from colnode.errors import ConfigurationError, Invalid, Refused
from colnode.host import faults
from colnode.host.types import Facet, Indexed, Notification, RecordType
from colnode.identity import people
from colnode.node import Node
from colnode.plugin import Finding, FindingStatus, Link, Panel
from tests.plugins.fault import plugin
from tests.plugins.installing import install

pytestmark = pytest.mark.databases("sqlite")
START = (
    "register_settings",
    "register_permissions",
    "register_jobs",
    "register_record_types",
    "register_facets",
    "register_notifications",
    "register_award_rules",
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The plugin is known, and does nothing wrong before and after the test."""
    install(
        monkeypatch, fault="tests.plugins.fault.plugin", misspelt="tests.plugins.fault.misspelt"
    )
    plugin.ways.clear()
    yield
    plugin.ways.clear()


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city with the fault plugin alone."""
    return make_node(plugins=("fault",))


@pytest.mark.parametrize("way", [plugin.crash, plugin.wrong_type])
@pytest.mark.parametrize("hook", START)
def test_a_start_hook_stops_the_start_and_names_the_plugin(
    make_node: Callable[..., Node], hook: str, way: Callable[[], Any]
) -> None:
    plugin.ways[hook] = way
    with pytest.raises(ConfigurationError, match=f"The plugin fault fails in {hook}"):
        make_node(plugins=("fault",))


def test_a_startup_that_crashes_stops_the_start(make_node: Callable[..., Node]) -> None:
    plugin.ways["startup"] = plugin.crash
    with pytest.raises(ConfigurationError, match="The plugin fault fails in startup"):
        make_node(plugins=("fault",))


def test_an_unknown_hook_stops_the_start_with_its_name(make_node: Callable[..., Node]) -> None:
    with pytest.raises(ConfigurationError, match="panles"):
        make_node(plugins=("misspelt",))


@pytest.mark.parametrize(
    ("hook", "value"),
    [
        ("register_facets", Facet("level", "Level", ("x",), lambda body: [])),
        ("register_notifications", Notification("walk", "Walks")),
    ],
)
def test_names_that_could_meet_start_with_the_plugins(
    make_node: Callable[..., Node], hook: str, value: Any
) -> None:
    plugin.ways[hook] = lambda: [value]
    with pytest.raises(ConfigurationError, match=f"should be called fault_{value.name}"):
        make_node(plugins=("fault",))


@pytest.mark.parametrize("way", [plugin.crash, plugin.wrong_type])
def test_a_gate_refuses_and_undoes_what_was_begun(
    node: Node, make_person: Callable[..., Any], way: Callable[[], Any]
) -> None:
    person = make_person()
    plugin.ways["person_erasing"] = plugin.ways["person_exporting"] = way
    with pytest.raises(Refused, match="The plugin fault failed"), node.unit():
        people.erase(node, person.id, actor_id=person.id)
    with node.reading():
        assert people.get_person(node, person.id).display_name
        with pytest.raises(Refused, match="The plugin fault failed"):
            people.export(node, person.id)


@pytest.mark.parametrize("way", [plugin.crash, plugin.wrong_type])
def test_a_badge_is_not_given_when_a_gate_fails_and_is_when_an_after_hook_does(
    node: Node, make_credential: Callable[..., Any], way: Callable[[], Any]
) -> None:
    for hook in ("credential_document", "credential_endorsements"):
        plugin.ways[hook] = way
        with pytest.raises(Refused, match=r"The plugin fault (failed|gives)"):
            make_credential()
        plugin.ways.clear()
    plugin.ways.clear()
    plugin.ways["credential_issued"] = way
    assert make_credential().document


def test_every_page_with_places_stays_whole(
    node: Node,
    make_client: Callable[..., Any],
    make_person: Callable[..., Any],
    sign_in: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = make_client(node)
    sign_in(client, make_person(is_admin=True))
    for way in (plugin.crash, plugin.wrong_type):
        plugin.ways["panels"] = plugin.ways["links"] = way
        for path in ("/", "/search", "/about", "/privacy", "/my-badges", "/account", "/admin"):
            assert client.get(path).status_code == 200, path
    page = client.get("/admin/plugins/fault").text
    assert "ZeroDivisionError in fault/plugin.py" in page
    assert "panels" in page
    assert "ada@example.org" not in page
    with node.reading():
        found = faults.list_faults(node, "fault")
    assert {fault.hook for fault in found} == {"panels", "links"}
    assert "ada@" not in "".join(fault.reason for fault in found)
    assert "plugin fault failed in panels" in caplog.text


def test_panels_and_links_are_really_shown_in_their_places(
    node: Node,
    make_client: Callable[..., Any],
    make_person: Callable[..., Any],
    make_organisation: Callable[..., Any],
    make_achievement: Callable[..., Any],
    make_credential: Callable[..., Any],
    sign_in: Callable[..., None],
) -> None:
    person = make_person(is_admin=True)
    organisation = make_organisation("Library", owner=person)
    achievement = make_achievement(organisation)
    credential = make_credential(person, achievement)
    client = make_client(node)
    sign_in(client, person)
    plugin.ways["panels"] = lambda: [Panel("A panel", Markup("<p>Panel words</p>"))]
    plugin.ways["links"] = lambda: [Link("A way on", "/way-on")]
    none = ("/", "/search", "/about", "/privacy", "/network", "/my-badges", "/account", "/admin")
    paths = (
        *none,
        "/organiser",
        f"/organiser/{organisation.id}",
        f"/organisations/{organisation.slug}",
        f"/badges/{achievement.id}",
        f"/credentials/{credential.address}",
        "/admin/plugins/fault",
    )
    for path in paths:
        page = client.get(path).text
        assert "Panel words" in page, path
        assert 'href="/way-on"' in page, path
    data = {"file": (BytesIO(credential.document.encode()), "badge.json")}
    assert "Panel words" in client.post("/verify", data=data).text


def test_slow_hooks_of_every_kind_are_named(
    node: Node,
    make_client: Callable[..., Any],
    make_person: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    person = make_person()
    client = make_client(node)
    plugin.ways["panels"] = plugin.slow
    plugin.ways["person_exporting"] = lambda: plugin.slow() and None
    with caplog.at_level(logging.WARNING):
        assert client.get("/").status_code == 200
        plugin.ways["person_exporting"] = lambda: dict(plugin.slow())
        with node.reading():
            people.export(node, person.id)
    assert "plugin fault took" in caplog.text
    assert {fault.hook for fault in node.host.calls.faults} == {"panels", "person_exporting"}


@pytest.mark.parametrize("status", [FindingStatus.OK, FindingStatus.UNKNOWN, FindingStatus.FAILED])
def test_a_finding_never_makes_a_verdict_better(
    node: Node,
    make_client: Callable[..., Any],
    make_credential: Callable[..., Any],
    status: FindingStatus,
) -> None:
    client = make_client(node)
    document = json.loads(make_credential().document)
    forged = document | {"name": "Changed"}
    foreign = json.loads(json.dumps(document).replace("localhost:8000", "nowhere.example"))
    before = [_outcome(client, each) for each in (document, forged, foreign)]
    plugin.ways["verification_findings"] = lambda: [
        Finding("proof_valid", status, "All is well, says the plugin.")
    ]
    after = [_outcome(client, each) for each in (document, forged, foreign)]
    order = ["valid", "indeterminate", "invalid", "not_a_badge"]
    assert before[:2] == ["valid", "invalid"]
    assert all(order.index(a) >= order.index(b) for a, b in zip(after, before, strict=True))
    assert after[0] == {"ok": "valid", "unknown": "indeterminate", "failed": "invalid"}[status]


def test_a_facet_or_type_that_fails_on_a_record_is_noted_and_nothing_else_breaks(
    make_node: Callable[..., Node], make_client: Callable[..., Any]
) -> None:
    def kind(name: str, index: Callable[..., Any]) -> RecordType:
        return RecordType(
            name, "Thing", "Things", "box", f"urn:test:{name}", {}, index, lambda found: "/"
        )

    plugin.ways["register_record_types"] = lambda: [
        kind("thing", lambda body: Indexed(title=body["title"])),
        kind("broken", lambda body: plugin.crash()),
    ]
    plugin.ways["register_facets"] = lambda: [
        Facet("fault_size", "Size", ("thing",), lambda body: plugin.crash()),
        Facet("fault_hue", "Hue", ("thing",), lambda body: ["red"], lambda value: plugin.crash()),
    ]
    node = make_node(plugins=("fault",))
    with node.unit():
        catalogue.publish(node, "thing", "t1", {"title": {"en": "A red thing"}})
        with pytest.raises(Invalid, match="ZeroDivisionError"):
            catalogue.publish(node, "broken", "b1", {"title": {"en": "Broken"}})
    page = make_client(node).get("/search").text
    assert "A red thing" in page
    assert "facet=fault_hue:red" in page
    with node.reading():
        hooks = {fault.hook for fault in faults.list_faults(node, "fault")}
    assert hooks == {"register_facets", "register_record_types"}


@pytest.mark.parametrize("way", [plugin.crash, plugin.wrong_type])
def test_a_verdict_stands_when_a_plugin_fails(
    node: Node,
    make_client: Callable[..., Any],
    make_credential: Callable[..., Any],
    way: Callable[[], Any],
) -> None:
    plugin.ways["verification_findings"] = way
    data = BytesIO(make_credential().document.encode())
    answer = make_client(node).post("/verify", data={"file": (data, "badge.json")})
    assert 'class="verdict is-valid"' in answer.text


def _outcome(client: Any, document: dict[str, Any]) -> str:
    told: dict[str, Any] = client.post("/api/v1/verify", json={"badge": document}).json
    return str(told["outcome"])
