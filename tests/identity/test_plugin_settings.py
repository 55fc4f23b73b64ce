"""Settings of plugins: what beats what, saving, secrets at rest, and other processes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from colnode import audit
from colnode.app import open_node
from colnode.config import Config, load_config
from colnode.errors import Invalid, NotFound, Refused
from colnode.host.loader import load_plugins
from colnode.identity import plugin_settings, tokens
from colnode.node import Node
from tests.plugins.installing import install_example


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example plugin is known."""
    install_example(monkeypatch)


@pytest.fixture
def city(make_node: Callable[..., Node]) -> Node:
    """A city that fixes one setting of the example plugin in its file."""
    return make_node(plugins=("trail",), plugin_settings={"trail": {"most_trails": 7}})


def save(node: Node, **values: str) -> list[str]:
    with node.unit():
        return plugin_settings.save(node, "trail", values, actor_id=None)  # type: ignore[arg-type]


def value(node: Node, name: str) -> Any:
    with node.reading():
        return plugin_settings.value_of(node, "trail", name)


def test_what_was_saved_holds_in_every_process_at_once(city: Node) -> None:
    other = open_node(city.config, clock=city.clock)
    assert value(other, "greeting") == "Walk with us"
    changed = save(city, greeting="Come along", shows_panel="false", closed_levels="hard, middle")
    assert changed == ["closed_levels", "greeting", "shows_panel"]
    for node in (city, other):
        assert value(node, "greeting") == "Come along"
        assert value(node, "shows_panel") is False
        assert value(node, "closed_levels") == ["hard", "middle"]
    with city.unit():
        plugin_settings.reset(city, "trail", "greeting", actor_id="a")
        with pytest.raises(NotFound):
            plugin_settings.reset(city, "trail", "greeting", actor_id="a")
    assert value(other, "greeting") == "Walk with us"
    with city.reading():
        actions = [event.action for event in audit.latest_events(city, subject_id="trail")]
    assert actions == ["plugin.setting_reset", *["plugin.setting_saved"] * 3]
    other.close()


def test_the_configuration_beats_what_is_saved(city: Node) -> None:
    with pytest.raises(Refused, match="set in the configuration"):
        save(city, most_trails="9")
    assert save(city, most_trails="7") == []
    with city.reading():
        sources = {
            item.setting.name: str(item.source)
            for item in plugin_settings.list_settings(city, "trail")
        }
    assert sources["most_trails"] == "file"
    assert sources["greeting"] == "default"


def test_the_environment_beats_the_file_and_secrets_have_files(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("hush\n")
    file = tmp_path / "colnode.toml"
    file.write_text(
        '[plugins]\nenabled = ["trail"]\n[plugins.trail]\nmost_trails = 7\n'
        f'partner_key_file = "{secret}"\n'
    )
    config = load_config(file, {"COLNODE_PLUGINS_TRAIL_MOST_TRAILS": "8"})
    host = load_plugins(config)
    assert host.given["trail"] == {"most_trails": 8, "partner_key": "hush"}
    assert host.from_environment == {("trail", "most_trails")}
    by_file = load_config(None, {"COLNODE_PLUGINS_TRAIL_PARTNER_KEY_FILE": str(secret)})
    given = Config(plugins=config.plugins, plugin_environ=by_file.plugin_environ)
    assert load_plugins(given).given["trail"] == {"partner_key": "hush"}


def test_what_does_not_fit_is_named_and_nothing_is_kept(city: Node) -> None:
    with pytest.raises(Invalid) as caught:
        save(city, greeting="Come along", most_trails="many")
    assert list(caught.value.fields) == ["most_trails"]
    assert value(city, "greeting") == "Walk with us"
    with pytest.raises(NotFound):
        save(city, no_such="1")


def test_a_secret_is_sealed_and_survives_an_empty_field(city: Node) -> None:
    save(city, partner_key="hush-hush")
    assert save(city, partner_key="") == []
    assert value(city, "partner_key") == "hush-hush"
    with city.reading() as session:
        stored = session.execute(text("SELECT value, sealed_value FROM plugin_setting")).one()
    assert stored[0] is None
    assert b"hush" not in bytes(stored[1])
    city.config.key_file.chmod(0o600)
    city.config.key_file.write_bytes(bytes(32))
    assert value(city, "partner_key") == ""


@pytest.mark.databases("sqlite")
def test_an_admin_changes_settings_on_a_page_and_over_the_api(
    city: Node, make_client: Callable[..., FlaskClient], make_person: Any, sign_in: Any
) -> None:
    client, admin = make_client(city), make_person(is_admin=True, on=city)
    sign_in(client, admin)
    assert "/admin/plugins/trail" in client.get("/admin/plugins").text
    page = client.get("/admin/plugins/trail").text
    assert "The line above the list of trails." in page
    assert "from the configuration file" in page
    assert "trail_walk" in page
    sent = {"greeting": "Come along", "shows_panel": "1", "closed_levels": "hard\nmiddle"}
    assert client.post("/admin/plugins/trail", data=sent).status_code == 302
    assert "Come along" in client.get("/trails").text
    assert value(city, "closed_levels") == ["hard", "middle"]
    reset = client.post("/admin/plugins/trail/settings/greeting/reset")
    assert reset.status_code == 302
    assert "Walk with us" in client.get("/trails").text
    assert client.get("/admin/plugins/nothing").status_code == 404
    with city.unit():
        token = tokens.create(city, admin.id, label="t", scopes=("city.manage",))
    headers = {"Authorization": f"Bearer {token}"}
    listed = client.get("/api/v1/plugins", headers=headers).json["items"][0]
    assert listed["tables"] == ["trail_trail", "trail_walk"]
    wanted = {"values": {"partner_key": "hush", "greeting": "Ahoy"}}
    answer = client.put("/api/v1/plugins/trail/settings", json=wanted, headers=headers).json
    values = {item["name"]: (item["value"], item["source"]) for item in answer["items"]}
    assert values["greeting"] == ("Ahoy", "saved")
    assert values["partner_key"] == (None, "saved")
    path = "/api/v1/plugins/trail"
    back = client.delete(f"{path}/settings/greeting", headers=headers).json
    values = {item["name"]: (item["value"], item["source"]) for item in back["items"]}
    assert values["greeting"] == ("Walk with us", "default")
    assert client.delete(f"{path}/settings/greeting", headers=headers).status_code == 404
    assert client.post(f"{path}/check", headers=headers).status_code == 204
    assert client.post("/api/v1/plugins/nothing/check", headers=headers).status_code == 404
