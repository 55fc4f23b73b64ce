"""Do the city's background work until stopped: mail, the catalogue's log, other cities."""

import argparse
import os
import signal
import sys
import threading

from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end when standard input does: `colnode run` starts it so, to never leave it behind",
    )
    parser.add_argument("--once", action="store_true", help="do what is due, then end")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode import jobs
    from colnode.cli.logs import write_log

    write_log()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if arguments.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    with line.node() as node:
        if arguments.once:
            done = jobs.run_due(node)
            line.show({"done": done}, f"{done} jobs done.")
        else:
            if not arguments.until_stdin_closes:
                line.say(f"Working for {node.config.city.name}. Stop with Ctrl+C.")
            jobs.run_forever(node, stop)
    return 0


def _watch_stdin(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()
