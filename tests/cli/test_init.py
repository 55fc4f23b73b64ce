"""Making a city: everything is there afterwards, or nothing is."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Run

CITY = (
    *("init", "--no-input", "--name", "Šilutė", "--domain", "learn.silute.example"),
    *("--languages", "lt, en", "--country", "lt", "--centre", "55.35, 21.48", "--radius-km", "12"),
    *("--time-zone", "Europe/Vilnius", "--contact", "help@silute.example"),
)


def test_a_city_is_made_of_configuration_keys_database_sheet_and_admin_link(
    colnode: Run, tmp_path: Path
) -> None:
    done = colnode(*CITY, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    made = json.loads(done.stdout)
    assert made["admin_link"].startswith("https://learn.silute.example/link/")
    shown = json.loads(colnode("config", "show", "--json").stdout)
    assert shown["city"]["name"] == "Šilutė"
    assert shown["city"]["languages"] == ["lt", "en"]
    assert (shown["city"]["latitude"], shown["city"]["radius_km"]) == (55.35, 12.0)
    assert shown["server"]["base_url"] == "https://learn.silute.example"
    assert shown["server"]["behind_proxy"] is True
    assert colnode("db", "check").returncode == 0


def test_the_recovery_sheet_is_a_page_that_only_this_user_reads(
    colnode: Run, tmp_path: Path
) -> None:
    done = colnode(*CITY)
    sheet = tmp_path / "var" / "recovery-sheet.html"
    page = sheet.read_text(encoding="utf-8")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "colnode.toml").stat().st_mode) == 0o600
    assert "Recovery sheet of Šilutė" in page
    assert "<svg" in page
    assert "https://" not in page.replace("https://learn.silute.example", "")
    key = page.partition("<code>")[2].partition("</code>")[0]
    assert len(key) > 30
    assert key not in done.stdout + done.stderr


def test_what_is_missing_is_named(colnode: Run, tmp_path: Path) -> None:
    done = colnode("init", "--no-input", "--domain", "learn.example")
    assert (done.returncode, done.stderr) == (1, "colnode: --name is missing.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--centre", "Vilnius", "--centre should look like"),
        ("--radius-km", "far", "--radius-km should look like"),
        ("--time-zone", "Vilnius", "There is no time zone Vilnius"),
        ("--domain", "learn.example/badges", "server.base_url should look like"),
    ],
)
def test_an_answer_that_does_not_fit_leaves_nothing(
    colnode: Run, tmp_path: Path, option: str, value: str, hint: str
) -> None:
    done = colnode(*CITY, option, value)
    assert done.returncode == 1
    assert hint in done.stderr
    assert not (tmp_path / "colnode.toml").exists()
    assert not (tmp_path / "var").exists()


def test_a_second_city_is_not_put_over_the_first(colnode: Run, tmp_path: Path) -> None:
    colnode(*CITY)
    before = (tmp_path / "colnode.toml").read_bytes()
    done = colnode(*CITY)
    assert done.returncode == 1
    assert "holds a city already" in done.stderr
    assert (tmp_path / "colnode.toml").read_bytes() == before


def test_a_configuration_written_by_hand_is_kept_and_completed(
    colnode: Run, tmp_path: Path
) -> None:
    text = '[city]\nname = "By Hand"\n'
    (tmp_path / "colnode.toml").write_text(text)
    done = colnode("init")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "colnode.toml").read_text() == text
    assert (tmp_path / "var" / "recovery-sheet.html").exists()


def test_a_sheet_in_the_way_stops_before_the_identity_is_made(colnode: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    sheet = tmp_path / "var" / "recovery-sheet.html"
    sheet.write_text("the sheet of an earlier try")
    done = colnode(*CITY)
    assert done.returncode == 1
    assert "move it first" in done.stderr
    assert sheet.read_text() == "the sheet of an earlier try"
    assert not (tmp_path / "colnode.toml").exists()
    sheet.unlink()
    assert colnode(*CITY).returncode == 0


def test_an_admin_gets_a_new_link_later(colnode: Run) -> None:
    first = json.loads(colnode(*CITY, "--json").stdout)["admin_link"]
    again = json.loads(colnode("admin", "link", "--json").stdout)["admin_link"]
    assert again.startswith("https://learn.silute.example/link/")
    assert again != first


def test_a_database_of_a_newer_version_is_left_alone(colnode: Run, tmp_path: Path) -> None:
    colnode(*CITY)
    with sqlite3.connect(tmp_path / "var" / "colnode.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_future'")
    database.close()
    for words in (["db", "check"], ["db", "upgrade"], ["worker", "--once"]):
        done = colnode(*words)
        assert done.returncode == 1, words
        assert "newer version" in done.stderr
        assert "9999_future" in done.stderr


def test_an_older_database_says_which_command_upgrades_it(colnode: Run) -> None:
    done = colnode("db", "check")
    assert done.returncode == 1
    assert "colnode db upgrade" in done.stderr or "cannot be used" in done.stderr
    assert colnode("db", "upgrade").returncode == 0
    assert colnode("db", "check").returncode == 0
    assert "Nothing to do" in colnode("db", "upgrade").stdout
