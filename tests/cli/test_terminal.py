"""What only happens on a terminal: questions and progress bars."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import Run

COLNODE = [sys.executable, "-m", "colnode.cli"]


def on_a_terminal(command: list[str], folder: Path, answers: dict[str, str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal and answer what it asks; exit code and what was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    shown = ""
    waiting = dict(answers)
    ends_at = time.monotonic() + 120
    while time.monotonic() < ends_at:
        try:
            shown += os.read(ours, 4096).decode(errors="replace")
        except OSError:
            break
        for question, answer in list(waiting.items()):
            if question in shown:
                os.write(ours, answer.encode() + b"\n")
                del waiting[question]
    os.close(ours)
    return process.wait(30), shown


def test_init_asks_what_is_missing_and_offers_defaults(colnode: Run, tmp_path: Path) -> None:
    code, shown = on_a_terminal(
        [*COLNODE, "init", "--domain", "learn.asked.example"],
        tmp_path,
        {
            "The city's name: ": "Askham",
            "Languages of the site, the main one first [en]: ": "",
            "Country code": "gb",
            "latitude, longitude: ": "53.9, -1.2",
            "in kilometres [20]: ": "",
            "Time zone [": "Europe/London",
            "need help: ": "",
        },
    )
    assert code == 0, shown
    assert "Askham is ready." in shown
    settings = colnode("config", "show").stdout
    assert 'name = "Askham"' in settings
    assert 'country = "GB"' in settings
    assert "longitude = -1.2" in settings


def test_a_long_command_draws_a_bar_only_on_a_terminal(tmp_path: Path) -> None:
    program = (
        "import argparse; from colnode.cli.line import Line;"
        "line = Line(argparse.Namespace(json=False, quiet=False, debug=False, config=None))\n"
        "with line.progress('Importing', 50) as done:\n"
        "    for _ in range(50): done(1)\n"
    )
    command = [sys.executable, "-c", program]
    _code, shown = on_a_terminal(command, tmp_path, {})
    assert "Importing" in shown
    assert "50/50" in shown
    assert "100%" in shown
    silent = subprocess.run(command, capture_output=True, text=True, check=True)
    assert silent.stdout + silent.stderr == ""
