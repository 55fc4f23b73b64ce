"""The city office's plugins: what each is, what it does and did wrong, and its settings."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode.errors import ColnodeError, NotFound
from colnode.host import loader, overview
from colnode.identity import plugin_settings
from colnode.web.auth import current_node, current_person_id, require
from colnode.web.forms import field_errors
from colnode.web.rendering import links_for, panels_for, render

__all__ = ["bp"]

bp = Blueprint("admin_plugins", __name__)

_KINDS = {"list": "list", "bool": "bool", "int": "number", "float": "number"}


@bp.route("/admin/plugins")
@require("city.manage")
def show() -> ResponseReturnValue:
    """Every enabled plugin, then those that are installed and off."""
    node = current_node()
    enabled = {plugin.name for plugin in node.host.plugins}
    return render(
        "admin/plugins.html",
        plugins=overview.list_plugins(node),
        switched_off=sorted(set(loader.installed_plugins()) - enabled),
    )


@bp.route("/admin/plugins/<name>", methods=["GET", "POST"])
@require("city.manage")
def one(name: str) -> ResponseReturnValue:
    """One plugin with its settings; what is saved holds at once, in every process."""
    if request.method != "POST":
        return _page(name)
    node = current_node()
    values = {
        item.setting.name: _typed(item)
        for item in plugin_settings.list_settings(node, name)
        if not item.is_fixed
    }
    try:
        changed = plugin_settings.save(node, name, values, actor_id=current_person_id())
    except ColnodeError as error:
        return _page(name, error)
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("admin_plugins.one", name=name))


@bp.route("/admin/plugins/<name>/settings/<setting>/reset", methods=["POST"])
@require("city.manage")
def reset(name: str, setting: str) -> ResponseReturnValue:
    """Go back to the default of one setting."""
    plugin_settings.reset(current_node(), name, setting, actor_id=current_person_id())
    flash(_("The setting is what it was at first."), "success")
    return redirect(url_for("admin_plugins.one", name=name))


@bp.route("/admin/plugins/<name>/check", methods=["POST"])
@require("city.manage")
def check(name: str) -> ResponseReturnValue:
    """Have the plugin's level found out in the background."""
    overview.ask_for_check(current_node(), name)
    flash(_("It is being checked. Look again in a minute."), "success")
    return redirect(url_for("admin_plugins.one", name=name))


def _typed(item: plugin_settings.Value) -> str:
    """What the form says of a setting; a box that is not ticked is not sent at all."""
    text = request.form.get(item.setting.name, "")
    if isinstance(item.setting.default, bool):
        return "true" if text else "false"
    if isinstance(item.setting.default, list):
        return ",".join(text.splitlines())
    return text.strip()


def _page(name: str, error: ColnodeError | None = None) -> ResponseReturnValue:
    node = current_node()
    found = next((view for view in overview.list_plugins(node) if view.plugin.name == name), None)
    if found is None:
        raise NotFound("There is no such plugin here.")
    page = render(
        "admin/plugin.html",
        view=found,
        settings=plugin_settings.list_settings(node, name),
        kinds=_KINDS,
        values=request.form if error else None,
        errors=field_errors(error, otherwise="form") if error else {},
        panels=panels_for("plugin", found.plugin),
        more_links=links_for("plugin", found.plugin),
    )
    return page, error.status if error else 200
