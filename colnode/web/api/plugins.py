"""The city's plugins and their settings over the API, for admins' programs."""

from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from colnode.host import overview
from colnode.identity import plugin_settings
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_plugins", __name__)


class PluginItem(BaseModel):
    """An enabled plugin. `level` is empty until it was checked."""

    name: str
    title: str
    version: str
    level: str
    hooks: list[str]
    tables: list[str]
    failing_hooks: list[str]


class PluginList(BaseModel):
    """Enabled plugins in their order."""

    items: list[PluginItem]


class SettingItem(BaseModel):
    """A setting. `source` is environment, file, saved or default; a secret's value is null."""

    name: str
    help: str
    value: Any
    source: str


class SettingList(BaseModel):
    """The settings of one plugin."""

    items: list[SettingItem]


class SettingValues(BaseModel):
    """Values as texts, as in the environment: true or false, numbers, lists with commas."""

    values: dict[str, str]


@bp.route("/plugins")
@require("city.manage")
@operation(tag="plugins", response=PluginList)
def list_plugins() -> PluginList:
    """List the enabled plugins."""
    return PluginList(
        items=[
            PluginItem(
                name=view.plugin.name,
                title=view.plugin.title,
                version=view.plugin.version,
                level=view.level,
                hooks=list(view.hooks),
                tables=list(view.tables),
                failing_hooks=[fault.hook for fault in view.faults],
            )
            for view in overview.list_plugins(current_node())
        ]
    )


@bp.route("/plugins/<name>/settings")
@require("city.manage")
@operation(tag="plugins", response=SettingList)
def list_settings(name: str) -> SettingList:
    """List a plugin's settings with what holds and where it comes from."""
    return _settings(name)


@bp.route("/plugins/<name>/settings", methods=["PUT"])
@require("city.manage")
@operation(tag="plugins", body=SettingValues, response=SettingList)
def save_settings(name: str, json: SettingValues) -> SettingList:
    """Change settings; what is not named stays."""
    plugin_settings.save(current_node(), name, json.values, actor_id=current_person_id())
    return _settings(name)


@bp.route("/plugins/<name>/settings/<setting>", methods=["DELETE"])
@require("city.manage")
@operation(tag="plugins", response=SettingList)
def reset_setting(name: str, setting: str) -> SettingList:
    """Go back to the default of one setting that was changed here."""
    plugin_settings.reset(current_node(), name, setting, actor_id=current_person_id())
    return _settings(name)


@bp.route("/plugins/<name>/check", methods=["POST"])
@require("city.manage")
@operation(tag="plugins", status=204)
def check(name: str) -> None:
    """Have a plugin's level found out in the background."""
    overview.ask_for_check(current_node(), name)


def _settings(name: str) -> SettingList:
    return SettingList(
        items=[
            SettingItem(
                name=item.setting.name,
                help=item.setting.help,
                value=None if item.setting.is_secret else item.value,
                source=item.source,
            )
            for item in plugin_settings.list_settings(current_node(), name)
        ]
    )
