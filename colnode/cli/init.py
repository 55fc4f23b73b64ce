"""Make a city's node: configuration, keys, database, identity, recovery sheet, first admin.

Asks what the options do not say. With a configuration that exists already it asks nothing and
makes what is missing.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.cli.folders import check_writable, write_private
from colnode.cli.line import Line
from colnode.config import Config, load_config, sample_config
from colnode.errors import Conflict, Invalid, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["configure", "run"]


@dataclass(frozen=True)
class _Question:
    """An option, what is asked when it is missing, and what is taken when nothing is answered."""

    option: str
    prompt: str
    default: str | None


QUESTIONS = (
    _Question("name", "The city's name", None),
    _Question("domain", "The domain people will type (learn.city.example)", None),
    _Question("languages", "Languages of the site, the main one first", "en"),
    _Question("country", "Country code (LT, PT, NL ...)", ""),
    _Question("centre", "Centre of the city: latitude, longitude", None),
    _Question("radius-km", "How far the city reaches from there, in kilometres", "20"),
    _Question("time-zone", "Time zone", "Europe/Vilnius"),
    _Question("contact", "E-mail address for people who need help", ""),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    for question in QUESTIONS:
        parser.add_argument(f"--{question.option}", help=question.prompt)
    parser.add_argument("--base-url", help="the address people type, if not https://DOMAIN")
    parser.add_argument("--data-dir", default="var", help="folder for database, pictures and keys")
    parser.add_argument("--database-url", default="", help="postgresql://..., if not SQLite")
    parser.add_argument("--no-input", action="store_true", help="never ask; take the defaults")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    file = line.config_path or Path("colnode.toml")
    is_new = not file.exists()
    config = _new_config(arguments) if is_new else load_config(file)
    check_writable(config.data_dir)
    check_writable(file.absolute().parent)
    sheet = config.data_dir / "recovery-sheet.html"
    link = _make(line, config, sheet, file if is_new else None)
    text = [
        f"{config.city.name} is ready.",
        "",
        f"1. Print {sheet} and keep it in a safe. Then delete the file:",
        "   it is the only way back when the node's key is lost or stolen.",
        f"2. Look through {file}: who may sign up, how mail leaves (`colnode mail test`).",
        "3. Start the city: colnode run",
        f"4. Open this once to become its first admin: {link}",
    ]
    line.show(
        {"config": str(file), "recovery_sheet": str(sheet), "admin_link": link}, "\n".join(text)
    )
    return 0


def _new_config(arguments: argparse.Namespace) -> Config:
    """The configuration that the answers make; raises Invalid for one that does not fit."""
    asks = sys.stdin.isatty() and not arguments.no_input
    answers = {question.option: _answer(question, arguments, asks) for question in QUESTIONS}
    latitude, longitude = _numbers(answers["centre"], 2, "centre", "54.687, 25.280")
    (radius,) = _numbers(answers["radius-km"], 1, "radius-km", "20")
    config = Config()
    languages = [word for word in answers["languages"].replace(",", " ").split() if word]
    city = replace(
        config.city,
        name=answers["name"],
        languages=languages,
        country=answers["country"].upper(),
        latitude=latitude,
        longitude=longitude,
        radius_km=radius,
        time_zone=_time_zone(answers["time-zone"]),
        contact=answers["contact"],
    )
    base_url = (arguments.base_url or f"https://{answers['domain']}").rstrip("/")
    server = replace(
        config.server,
        base_url=base_url,
        behind_proxy=base_url.startswith("https:"),
        data_dir=str(Path(arguments.data_dir).absolute()),
    )
    database = replace(config.database, url=arguments.database_url)
    return _understood(replace(config, city=city, server=server, database=database))


def _understood(config: Config) -> Config:
    """The configuration as it is read back; raises ConfigurationError when it would not be."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(sample_config(config, show_secrets=True))
        file.flush()
        return load_config(Path(file.name))


def _answer(question: _Question, arguments: argparse.Namespace, asks: bool) -> str:
    given: str | None = getattr(arguments, question.option.replace("-", "_"))
    if question.option == "domain" and arguments.base_url and given is None:
        return ""
    shown = f" [{question.default}]" if question.default else ""
    while given is None or (given == "" and question.default is None):
        if asks:
            given = input(f"{question.prompt}{shown}: ").strip() or question.default
        elif question.default is not None:
            given = question.default
        else:
            raise Invalid(_("--{option} is missing."), option=question.option)
    return given


def _numbers(text: str, count: int, option: str, example: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise Invalid(_("--{option} should look like {example}."), option=option, example=example)
    return numbers


def _time_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            _("There is no time zone {name}; one looks like Europe/Lisbon."), name=name
        ) from error


def _make(line: Line, config: Config, sheet: Path, new_file: Path | None) -> str:
    """Make keys, tables and identity; all files are in place when the database says yes, or none.

    Returns the address that makes the first admin.
    """
    from colnode.host.migrate import upgrade
    from colnode.identity import key_file

    key_file.ensure_key_file(config)
    with line.node(config, migrated=False) as node:
        upgrade(node.engine, node.host)
    written: list[Path] = []
    try:
        with line.node(config) as node, node.unit():
            link = _found(node, lambda path, text: write_private(path, text, written), sheet)
            if new_file is not None:
                write_private(new_file, sample_config(config, show_secrets=True), written)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return link


def _found(node: "Node", write: Callable[[Path, str], None], sheet: Path) -> str:
    """Give the node its identity in the caller's transaction; returns the first admin's address."""
    from colnode.cli.recovery import recovery_sheet
    from colnode.federation import publish
    from colnode.identity import links
    from colnode.node import get_fact

    if get_fact(node, "node_id") is not None:
        raise Conflict(
            _(
                "This database holds a city already. `colnode run` starts it, `colnode admin link` "
                "makes a link with which an admin signs in."
            )
        )
    recovery_key = publish.init_identity(node)
    write(sheet, recovery_sheet(node, recovery_key))
    return node.config.server.base_url + links.create_first_admin_link(node)
