"""A start pays for its first page only: rooms are imported when they are first used."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import colnode.badges
from colnode import later
from colnode.badges import status as imported_already

_FIRST_PAGE = """
    import sys
    from pathlib import Path
    from colnode.app import create_app, open_node
    from colnode.config import load_config

    config = load_config(Path("colnode.toml"))
    app = create_app(node=open_node(config))
    assert app.test_client().get("/").status_code == 200
    print(*sorted(sys.modules))
"""


def test_the_first_page_needs_no_badges_no_kernel_and_no_reading_of_others(tmp_path: Path) -> None:
    """Each of these costs a tenth of a start or more; whoever imports one at the top is told."""
    command = [sys.executable, "-m", "colnode.cli", "init", "--no-input", "--name", "Testville"]
    where = ("--centre", "54.7,25.3", "--base-url", "http://localhost:8123")
    subprocess.run([*command, *where], cwd=tmp_path, check=True, capture_output=True)
    code = textwrap.dedent(_FIRST_PAGE)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    imported = set(done.stdout.split())
    assert "colnode.web.pages.passport" in imported
    heavy = {
        "colnode.badges.models",
        "colnode.badges.issuing",
        "colnode.openbadges.keys",
        "colnode.openbadges.verify",
        "colnode.federation.models",
        "colnode.identity.keys",
        "colnode.mail",
        "sqlalchemy.dialects.postgresql",
    }
    assert imported & heavy == set()


def test_a_stand_in_gives_and_takes_what_its_module_has(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = later.submodules("colnode.badges")("status")
    assert stand_in.mark is imported_already.mark  # type: ignore[attr-defined]
    monkeypatch.setattr(stand_in, "mark", "other")
    assert vars(sys.modules["colnode.badges.status"])["mark"] == "other"
    monkeypatch.undo()
    assert vars(sys.modules["colnode.badges.status"])["mark"] is not None


def test_what_is_no_module_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = colnode.badges.nothing  # type: ignore[attr-defined]
    assert not hasattr(colnode.badges, "_private")
