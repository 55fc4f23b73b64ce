"""Serve the city, with its background work in a second process that lives and ends with it."""

import argparse
import gc
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.cli.folders import check_port_is_free, check_writable
from colnode.cli.line import Line
from colnode.config import Config
from colnode.errors import ConfigurationError, _

if TYPE_CHECKING:
    from flask import Flask

    from colnode.node import Node

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("--host", help="the address to listen on (default: server.host)")
    parser.add_argument("--port", type=int, help="the port to listen on (default: server.port)")
    parser.add_argument(
        "--demo",
        nargs="?",
        const="",
        metavar="CITY",
        help="show a city filled with life, kept apart in var/demo; CITY names which, or all",
    )
    parser.add_argument(
        "--without-worker", action="store_true", help="leave background work to `colnode worker`"
    )


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode.cli.serving import supervise

    if arguments.demo == "all":
        from colnode.cli import demo

        return demo.run_all(line, arguments.port)
    if arguments.demo is None:
        config, file = _listening(line.config(), arguments), line.config_path
        check_port_is_free(config.server.host, config.server.port)
        check_writable(config.data_dir)
        welcome = f"{config.city.name}: {config.server.base_url}"
    else:
        from colnode.cli import demo

        city = demo.find_city(arguments.demo)
        config = demo.configuration(
            line, line.config(), city, host=arguments.host, port=arguments.port
        )
        check_port_is_free(config.server.host, config.server.port)
        check_writable(config.data_dir)
        file = demo.prepare(line, config, city)
        welcome = demo.welcome(config, city)
    return supervise(
        config.server,
        web=lambda: line.guard(lambda: _serve(line, config)),
        worker=None if arguments.without_worker else _worker_words(file),
        when_ready=lambda: line.say(welcome),
    )


def _serve(line: Line, config: Config) -> int:
    """The web process: make the application once, let go of the database, serve.

    It works in UTC, whatever the machine's time zone: every time that people see is the city's.
    What is made here lives as long as the process, so the garbage collector neither looks through
    it while it is made (a fifth of a start) nor copies its pages in the forked web workers.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    gc.disable()
    from colnode.cli.serving import run_granian

    with line.node(config) as node:
        app = _application(node)
        _warn(line, node)
        node.engine.dispose()
        gc.freeze()
        gc.enable()
        run_granian(app, config.server)
    return 0


def _warn(line: Line, node: "Node") -> None:
    """Say it when the city may only be read (colnode.federation.standing)."""
    from colnode.federation import standing

    fault = standing.check(node)
    if fault is not None:
        line.say(f"{node.config.city.name}: {fault}")


def _listening(config: Config, arguments: argparse.Namespace) -> Config:
    host = arguments.host or config.server.host
    port = arguments.port or config.server.port
    return replace(config, server=replace(config.server, host=host, port=port))


def _worker_words(file: Path | None) -> list[str]:
    return [*(["--config", str(file)] if file else []), "worker", "--until-stdin-closes"]


def _application(node: "Node") -> "Flask":
    from colnode.app import create_app
    from colnode.node import get_fact

    with node.reading():
        if get_fact(node, "node_id") is None:
            raise ConfigurationError(
                _(
                    "There is no city here yet: `colnode init` makes one, "
                    "`colnode run --demo` shows one."
                )
            )
    return create_app(node=node)
