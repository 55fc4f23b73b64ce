"""What can be said of a plugin by reading it: imports, settings, templates, translations."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from colnode.host.loader import LoadedPlugin, PluginHost
from colnode.host.types import RecordType
from colnode.workshop.templates import policy_faults, spoken_words

__all__ = [
    "bare_hooks",
    "foreign_imports",
    "loose_record_types",
    "open_settings",
    "share_translated",
    "template_faults",
    "translations_of",
]

_ALLOWED = ("colnode.plugin", "colnode.testing")


def foreign_imports(plugin: LoadedPlugin) -> Iterator[str]:
    """Imports of colnode beyond the facade and the test kit; migrations may import none at all."""
    for file in sorted(plugin.folder.rglob("*.py")):
        name = file.relative_to(plugin.folder)
        in_migration = name.parts[0] == "migrations"
        own = plugin.module.__name__
        for line, module in _imports(file):
            is_core = module == "colnode" or module.startswith("colnode.")
            if is_core and (in_migration or not module.startswith(_ALLOWED)):
                yield f"{name}, line {line}, imports {module}"
            elif in_migration and module.partition(".")[0] == own:
                yield f"{name}, line {line}, imports {module}: a migration stands alone"


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module == "colnode":
                yield from ((node.lineno, f"colnode.{name.name}") for name in node.names)
            else:
                yield node.lineno, node.module


def open_settings(host: PluginHost, plugin: LoadedPlugin) -> Iterator[str]:
    """Settings without a text that helps."""
    for setting in host.declared[plugin.name].values():
        if len(setting.help.strip()) < 10:
            yield f"the setting {setting.name} has no help text"


def template_faults(plugin: LoadedPlugin) -> Iterator[str]:
    """Templates against the content policy, and words that cannot be translated."""
    for file in sorted((plugin.folder / "templates").rglob("*.html")):
        text, name = file.read_text(encoding="utf-8"), file.relative_to(plugin.folder)
        for fault in policy_faults(text):
            yield f"{name} has {fault}"
        for words in spoken_words(text)[:3]:
            yield f"{name}: “{words[:40]}” cannot be translated; write it as _('...')"


def translations_of(plugin: LoadedPlugin) -> list[Path]:
    """The messages.po of each language but English."""
    files = (plugin.folder / "translations").glob("*/messages.po")
    return sorted(file for file in files if not file.parent.name.startswith("en"))


def share_translated(plugin: LoadedPlugin) -> float:
    """How much of the plugin's texts its fullest translation has, 0 to 1; 1 without any text."""
    from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
    from babel.messages.pofile import read_po

    marked: Mapping[str, Any] = {"lazy_gettext": None, "NavItem": (1,), "Permission": (2,)}
    found = extract_from_dir(
        plugin.folder,
        [("**.py", "python"), ("**/templates/**.html", "jinja2")],
        {},
        {**DEFAULT_KEYWORDS, **marked},
    )
    wanted = {text if isinstance(text, str) else text[0] for _file, _no, text, _c, _x in found}
    best = 0.0 if wanted else 1.0
    for file in translations_of(plugin):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=file.parent.name)
        said = {
            message.id if isinstance(message.id, str) else message.id[0]
            for message in catalogue
            if message.id and all(_forms(message.string))
        }
        best = max(best, len(wanted & said) / len(wanted) if wanted else 1.0)
    return best


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def bare_hooks(host: PluginHost, plugin: LoadedPlugin) -> Iterator[str]:
    """Hook implementations without a docstring."""
    for caller in host.calls.manager.get_hookcallers(plugin.module) or []:
        for impl in caller.get_hookimpls():
            if impl.plugin is plugin.module and not (impl.function.__doc__ or "").strip():
                yield f"the hook {caller.name} has no docstring"


def loose_record_types(record_types: Iterator[RecordType]) -> Iterator[str]:
    """Record types whose schema lets unknown members through."""
    for kind in record_types:
        for place in _loose(kind.schema, ""):
            yield f"the record type {kind.name} lets unknown members through at {place or '/'}"


def _loose(schema: Any, place: str) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    if "properties" in schema and schema.get("additionalProperties", True) is True:
        yield place
    for name, inner in (schema.get("properties") or {}).items():
        yield from _loose(inner, f"{place}/{name}")
    yield from _loose(schema.get("items"), f"{place}/items")
