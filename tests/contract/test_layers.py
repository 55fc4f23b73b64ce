"""Imports go downward, Flask stays on top, tables in their room, plugins behind the facade."""

import re
from pathlib import Path

import pytest

from tests.contract.sources import ROOT, Import, imports_of, python_files

LAYERS = (
    ("clock", "colour", "errors", "config", "http", "db", "icons", "later"),
    ("letters",),
    ("jobs", "audit", "media", "mail"),
    ("node",),
    ("openbadges", "host"),
    ("catalogue",),
    ("identity",),
    ("badges",),
    ("exchange", "federation"),
    ("web",),
    ("plugin",),
    ("rooms", "app", "backup", "workshop"),
    ("demo", "bench", "conformance"),
    ("testing", "cli"),
)
RANKS = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
WITH_FLASK = {"app", "web", "plugin", "testing"}


def room_of(module: str) -> str | None:
    """The room of a colnode module: colnode.web.auth is in web."""
    parts = module.split(".")
    return parts[1] if parts[0] == "colnode" and len(parts) > 1 else None


def module_of(file: Path) -> str:
    """The dotted name of a file of the core."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def upward(file: Path, source: str | None = None) -> list[str]:
    """Imports of a file that go to a higher room."""
    own = room_of(module_of(file))
    if own is None:
        return []
    found = []
    for item in imports_of(file, source):
        other = room_of(item.module)
        if other in RANKS and RANKS[other] > RANKS[own]:
            found.append(str(item))
    return found


def test_every_room_has_a_layer() -> None:
    rooms = {room_of(module_of(file)) for file in python_files("colnode")} - {None}
    assert rooms <= set(RANKS)


@pytest.mark.parametrize("file", python_files("colnode"), ids=module_of)
def test_imports_go_downward(file: Path) -> None:
    assert upward(file) == []


def test_an_upward_import_would_be_found() -> None:
    file = ROOT / "colnode" / "badges" / "messages.py"
    assert upward(file, "from colnode.web import auth") != []


@pytest.mark.parametrize("file", python_files("colnode"), ids=module_of)
def test_flask_appears_only_in_web_rooms(file: Path) -> None:
    if room_of(module_of(file)) in WITH_FLASK:
        return
    assert [str(item) for item in imports_of(file) if item.module.startswith("flask")] == []


@pytest.mark.parametrize("file", python_files("colnode"), ids=module_of)
def test_only_a_room_imports_its_models(file: Path) -> None:
    own = room_of(module_of(file))
    foreign = [
        str(item)
        for item in imports_of(file)
        if re.fullmatch(r"colnode\.\w+\.models(\..*)?", item.module) and room_of(item.module) != own
    ]
    assert foreign == []


def allowed_in_plugin(item: Import) -> bool:
    """Whether a plugin may import it: the facade, the kit, and anything outside the core."""
    module = item.module
    if not (module == "colnode" or module.startswith("colnode.")):
        return True
    return module.startswith(("colnode.plugin", "colnode.testing"))


@pytest.mark.parametrize("file", python_files("plugins"), ids=str)
def test_plugins_import_only_the_facade(file: Path) -> None:
    assert [str(item) for item in imports_of(file) if not allowed_in_plugin(item)] == []


def test_no_plugin_is_named_in_the_core() -> None:
    names = [folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()]
    naming = [
        str(file.relative_to(ROOT))
        for file in python_files("colnode")
        for name in names
        if name in file.read_text(encoding="utf-8")
    ]
    assert naming == []
