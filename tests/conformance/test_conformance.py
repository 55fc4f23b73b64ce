"""The self-test of the certifications says yes to what it tried, and names tests that exist."""

import argparse
import json
from pathlib import Path

import pytest

from colnode.cli import badge_conformance
from colnode.cli.line import Line
from colnode.conformance.points import POINTS, Answer

ROOT = Path(__file__).parents[2]
NOT_OFFERED = {
    "Service Consumer (Write): send a profile to a Host (putProfile)",
}


def line(*, as_json: bool) -> Line:
    """A call of the command line."""
    return Line(argparse.Namespace(json=as_json, quiet=True, config=None, debug=False))


def test_every_required_point_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    code = badge_conformance.run(line(as_json=True), argparse.Namespace())
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) == len(POINTS)
    missed = {row["asks"]: row["detail"] for row in rows if row["answer_is"] == Answer.NO}
    assert set(missed) == NOT_OFFERED, missed
    assert code == 0


def test_every_point_names_a_test_that_exists() -> None:
    named = [point for point in POINTS if point.attempt is not None]
    assert [point.asks for point in named if not (ROOT / point.shown_by).is_file()] == []


def test_what_is_missing_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from colnode.conformance import points

    monkeypatch.setattr(points, "POINTS", points.POINTS[4:5])
    assert badge_conformance.run(line(as_json=False), argparse.Namespace()) == 0
    table = capsys.readouterr().out
    assert table.count("✗ no") == 1
    assert "not tried" in table
    assert table.endswith("0 yes, 1 no\n")
