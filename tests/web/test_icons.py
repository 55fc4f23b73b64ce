"""Icons of pages: kept from one start to the next, and never wrong for it."""

from pathlib import Path

import pytest

from colnode import icons
from colnode.web.icons import KeptIcons, icon


def _file(folder: Path) -> Path:
    (file,) = folder.glob("icons-*.json")
    return file


def test_an_icon_that_was_shown_once_is_drawn_without_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = KeptIcons(tmp_path).icon("map", 32, turns=True)
    assert drawn == icon("map", 32, turns=True)
    monkeypatch.setattr(icons, "icon_shapes", None)
    assert KeptIcons(tmp_path).icon("map", 32, turns=True) == drawn


@pytest.mark.parametrize("content", ["", "{", "[]", '{"map": 1}', '"map"'])
def test_a_damaged_file_is_made_anew(tmp_path: Path, content: str) -> None:
    KeptIcons(tmp_path).icon("map")
    _file(tmp_path).write_text(content)
    assert KeptIcons(tmp_path).icon("map") == icon("map")


def test_another_version_of_the_set_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KeptIcons(tmp_path).icon("map")
    monkeypatch.setattr(icons, "archive_state", lambda: "1-2")
    monkeypatch.setattr(icons, "icon_shapes", lambda name: f"<new-{name}/>")
    assert "<new-map/>" in KeptIcons(tmp_path).icon("map")


@pytest.mark.parametrize("is_named", [True, False])
def test_pages_have_icons_where_nothing_can_be_kept(tmp_path: Path, is_named: bool) -> None:
    folder = tmp_path / "missing" if is_named else None
    assert KeptIcons(folder).icon("map") == icon("map")
