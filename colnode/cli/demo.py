"""A demonstration city for `colnode run --demo`: its own folder, filled once, never a real city."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.cli.line import Line
from colnode.config import Config, sample_config
from colnode.errors import ConfigurationError, NotFound, Refused, _

if TYPE_CHECKING:
    from colnode.demo import DemoCity
    from colnode.node import Node

__all__ = ["configuration", "find_city", "prepare", "run_all", "welcome"]


def find_city(key: str) -> "DemoCity":
    """The demonstration city of this key, the first for ""; raises NotFound."""
    from colnode.demo import CITIES

    if key and key not in CITIES:
        raise NotFound(
            _("There is no demonstration city {key}. There are: {keys}."),
            key=key,
            keys=", ".join(CITIES),
        )
    return CITIES[key or next(iter(CITIES))]


def run_all(line: Line, port: int | None) -> int:
    """Run every demonstration city, each as its own command; they end together.

    With `port` the first city is there and the others on the ports after it.
    """
    from colnode.demo import CITIES

    options = ["--config", str(line.config_path)] if line.config_path else []
    command = [sys.executable, "-m", "colnode.cli", *options, "run", "--demo"]
    cities = [
        subprocess.Popen([*command, key, "--port", str(port + index if port else city.port)])
        for index, (key, city) in enumerate(CITIES.items())
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(city.poll() is None for city in cities):
            time.sleep(0.2)
        return next(city.returncode for city in cities if city.returncode is not None)
    finally:
        for city in cities:
            city.terminate()
        for city in cities:
            city.wait()


def configuration(
    line: Line, config: Config, city: "DemoCity", *, host: str | None, port: int | None
) -> Config:
    """The configuration of a demonstration city, in a folder of its own.

    Its address is localhost, because did:web knows names and no numbers. Raises Refused when
    `config` is that of a real city.
    """
    if _state(line, config) == "real":
        raise Refused(
            _(
                "This configuration is that of {city}, a real city. Start the demonstration in "
                "another folder, or with --config of its own."
            ),
            city=config.city.name,
        )
    port = port or city.port
    server = replace(
        config.server,
        base_url=f"http://localhost:{port}",
        host=host or "127.0.0.1",
        port=port,
        data_dir=str((config.data_dir / "demo" / city.key).absolute()),
        key_file="",
        demo=True,
        behind_proxy=False,
    )
    federation = replace(config.federation, allow_loopback=True, poll_minutes=1)
    return replace(config, city=city.city, server=server, federation=federation)


def prepare(line: Line, config: Config, city: "DemoCity") -> Path:
    """Make the database and fill it unless that was done before; returns the configuration file.

    A filling that was cut short starts over.
    """
    file = config.data_dir / "colnode.toml"
    state = _state(line, config)
    if state == "cut short":
        _start_over(config)
    file.write_text(sample_config(config, show_secrets=True), encoding="utf-8")
    file.chmod(0o600)
    if state != "ready":
        _fill(line, config, city)
    return file


def _state(line: Line, config: Config) -> str:
    """What the database holds: nothing, real, cut short or ready."""
    from colnode.node import get_fact

    if config.database_url.startswith("sqlite:///"):
        path = Path(config.database_url.removeprefix("sqlite:///"))
        if not path.exists():
            return "nothing"
    with line.node(config, migrated=False) as node:
        if not _has_facts(node):
            return "nothing"
        with node.reading():
            if get_fact(node, "is_demo") != "true":
                return "nothing" if get_fact(node, "node_id") is None else "real"
            state = "ready" if get_fact(node, "demo_loaded") else "cut short"
        _upgrade(node)
        return state


def _has_facts(node: "Node") -> bool:
    from sqlalchemy import inspect

    return bool(inspect(node.engine).has_table("node_fact"))


def _upgrade(node: "Node") -> None:
    from colnode.host.migrate import check_schema, upgrade

    try:
        check_schema(node.engine, node.host)
    except ConfigurationError:
        upgrade(node.engine, node.host)


def _start_over(config: Config) -> None:
    if not config.database_url.startswith("sqlite:///"):
        raise Refused(
            _("The demonstration was cut short. Empty its PostgreSQL database, then start again.")
        )
    shutil.rmtree(config.data_dir)
    config.data_dir.mkdir(parents=True)


def _fill(line: Line, config: Config, city: "DemoCity") -> None:
    from colnode import jobs
    from colnode.demo import load
    from colnode.federation import publish
    from colnode.identity import key_file
    from colnode.node import set_fact

    key_file.ensure_key_file(config)
    with line.node(config, migrated=False) as node:
        _upgrade(node)
    with line.node(config) as node:
        with node.unit():
            set_fact(node, "is_demo", "true")
            publish.init_identity(node)
        with line.progress(f"Filling {city.name}") as done:
            load(node, city, progress=done)
        with node.unit():
            set_fact(node, "demo_loaded", "true")
        jobs.run_due(node)


def welcome(config: Config, city: "DemoCity") -> str:
    """What is printed once the demonstration answers: the address and the accounts."""
    lines = ["", f"  {city.name} is open: {config.server.base_url}", ""]
    width = max((len(account.email) for account in city.accounts), default=0)
    lines += [
        f"  {account.email.ljust(width)}  {account.password}  {account.role}"
        for account in city.accounts
    ]
    return "\n".join([*lines, "", "  Mail is shown at /dev/mail. Stop with Ctrl+C.", ""])
