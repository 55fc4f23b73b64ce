"""Settings of plugins: what holds, where it comes from, and changing it on the admin's page.

The environment beats the configuration file, the file beats what an admin saved, and that beats the
default (docs/decisions/0013). Kept in this room because a secret is sealed like a private key.
"""

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select

from colnode import audit
from colnode.config import read_value
from colnode.errors import ConfigurationError, Invalid, NotFound, Refused, _
from colnode.host.types import Setting
from colnode.identity.key_file import derive_secret
from colnode.identity.setting_models import PluginSetting

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Source", "Value", "list_settings", "purge", "reset", "save", "value_of"]

_log = logging.getLogger(__name__)
_CACHE = "identity.plugin_settings"
_NONCE_BYTES = 12


class Source(StrEnum):
    """Where the value of a setting comes from."""

    ENVIRONMENT = "environment"
    FILE = "file"
    SAVED = "saved"
    DEFAULT = "default"


@dataclass(frozen=True)
class Value:
    """A setting with what holds now. `is_fixed` ones can only be changed by the operator."""

    setting: Setting
    value: Any
    source: Source

    @property
    def is_fixed(self) -> bool:
        """Whether the configuration decides it."""
        return self.source in {Source.ENVIRONMENT, Source.FILE}


def value_of(node: "Node", plugin: str, name: str) -> Any:
    """The value of a plugin's setting as it holds now. Raises KeyError for one not declared.

    What an admin saved is read once a unit, so that every process sees it with its next request.
    """
    setting = node.host.declared[plugin][name]
    given = node.host.given[plugin]
    if name in given:
        return given[name]
    return _saved(node).get((plugin, name), setting.default)


def list_settings(node: "Node", plugin: str) -> Sequence[Value]:
    """Every setting of an enabled plugin. Raises NotFound for another."""
    if plugin not in node.host.declared:
        raise NotFound(_("There is no such plugin here."))
    return [
        Value(setting, value_of(node, plugin, name), _source(node, plugin, name))
        for name, setting in node.host.declared[plugin].items()
    ]


def _source(node: "Node", plugin: str, name: str) -> Source:
    if (plugin, name) in node.host.from_environment:
        return Source.ENVIRONMENT
    if name in node.host.given[plugin]:
        return Source.FILE
    return Source.SAVED if (plugin, name) in _saved(node) else Source.DEFAULT


def save(node: "Node", plugin: str, values: Mapping[str, str], *, actor_id: str) -> list[str]:
    """Keep what an admin typed; returns the names of what changed.

    Texts are read as in the environment: true or false, numbers, lists with commas. An empty
    secret stays as it is. Raises NotFound, Refused for a setting that the configuration fixes, and
    Invalid with a message beside each field that does not fit.
    """
    settings = {item.setting.name: item for item in list_settings(node, plugin)}
    wanted: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, text in values.items():
        item = settings.get(name)
        if item is None:
            raise NotFound(
                _("The plugin {plugin} has no setting {name}."), plugin=plugin, name=name
            )
        if item.setting.is_secret and not text:
            continue
        try:
            value = read_value(name, text, type(item.setting.default))
        except ConfigurationError:
            faults[name] = _FAULTS.get(type(item.setting.default), _("This does not fit."))
            continue
        if value == item.value:
            continue
        _refuse_fixed(plugin, item)
        fault = _fault(item.setting, value)
        if fault is None:
            wanted[name] = value
        else:
            faults[name] = fault
    if faults:
        raise Invalid(_("Some settings do not fit."), fields=faults)
    for name, value in wanted.items():
        _write(node, plugin, settings[name].setting, value, actor_id)
    return sorted(wanted)


_FAULTS: Mapping[type, str] = {
    int: _("This should be a whole number."),
    float: _("This should be a number."),
    bool: _("This should be true or false."),
}


def _fault(setting: Setting, value: Any) -> str | None:
    """What the plugin's own check says against a value."""
    try:
        if setting.check is not None:
            setting.check(value)
    except Invalid as error:
        return str(error)
    return None


def _refuse_fixed(plugin: str, item: Value) -> None:
    if item.is_fixed:
        raise Refused(
            _("{name} is set in the configuration, so it is changed there."),
            name=f"{plugin}.{item.setting.name}",
        )


def _write(node: "Node", plugin: str, setting: Setting, value: Any, actor_id: str) -> None:
    text = json.dumps(value, ensure_ascii=False)
    sealed = _seal(node, plugin, setting.name, text) if setting.is_secret else None
    node.db.merge(
        PluginSetting(
            plugin=plugin,
            name=setting.name,
            value=None if setting.is_secret else text,
            sealed_value=sealed,
            changed_by=actor_id,
            changed_at=node.clock.now(),
        )
    )
    _record(node, "plugin.setting_saved", plugin, setting.name, actor_id)


def reset(node: "Node", plugin: str, name: str, *, actor_id: str) -> None:
    """Forget what was saved, so that the default holds again. Raises NotFound."""
    row = node.db.get(PluginSetting, (plugin, name))
    if row is None:
        raise NotFound(_("This setting was not changed here."))
    node.db.delete(row)
    _record(node, "plugin.setting_reset", plugin, name, actor_id)


def purge(node: "Node", plugin: str) -> None:
    """Forget everything that was saved for a plugin, which need not be enabled."""
    node.db.execute(delete(PluginSetting).where(PluginSetting.plugin == plugin))
    node.db.info.pop(_CACHE, None)


def _record(node: "Node", action: str, plugin: str, name: str, actor_id: str) -> None:
    node.db.flush()
    node.db.info.pop(_CACHE, None)
    audit.record(
        node,
        action,
        subject_type="plugin",
        subject_id=plugin,
        actor_id=actor_id,
        detail={"setting": name},
    )


def _saved(node: "Node") -> Mapping[tuple[str, str], Any]:
    with node.reading() as session:
        found: dict[tuple[str, str], Any] | None = session.info.get(_CACHE)
        if found is None:
            rows = session.scalars(select(PluginSetting)).all()
            found = {(row.plugin, row.name): _read(node, row) for row in rows}
            found = {key: value for key, value in found.items() if _fits(node, key, value)}
            session.info[_CACHE] = found
        return found


def _fits(node: "Node", key: tuple[str, str], value: Any) -> bool:
    """Whether the plugin still has the setting, of this type: a new version may differ."""
    setting = node.host.declared.get(key[0], {}).get(key[1])
    return setting is not None and type(setting.default) is type(value)


def _read(node: "Node", row: PluginSetting) -> Any:
    if row.plugin not in node.host.declared:
        return None
    if row.sealed_value is None:
        return json.loads(row.value or "null")
    return json.loads(_open(node, row))


def _key(node: "Node") -> AESGCM:
    return AESGCM(derive_secret(node.config, "plugin settings"))


def _seal(node: "Node", plugin: str, name: str, text: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _key(node).encrypt(nonce, text.encode(), f"{plugin}.{name}".encode())


def _open(node: "Node", row: PluginSetting) -> str:
    assert row.sealed_value is not None
    nonce, sealed = row.sealed_value[:_NONCE_BYTES], row.sealed_value[_NONCE_BYTES:]
    try:
        opened = _key(node).decrypt(nonce, sealed, f"{row.plugin}.{row.name}".encode())
    except InvalidTag:  # the default holds, and the page can save it again
        _log.warning("the saved setting %s.%s does not open", row.plugin, row.name)
        return "null"
    return opened.decode()
