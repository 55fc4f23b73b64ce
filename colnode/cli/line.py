"""What every command shares: options, the configuration, an open node, printing, errors."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from colnode.cli.progress import Bar
from colnode.config import Config, load_config
from colnode.errors import ColnodeError, ConfigurationError, Invalid, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["WRONG_USAGE", "Line", "Parser", "run_command"]

WRONG_USAGE = 64


class Parser(argparse.ArgumentParser):
    """Ends wrong usage with 64, because 1 to 3 mean something to `verify`."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


class Line:
    """One call of the command line."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.as_json: bool = arguments.json
        self.is_quiet: bool = arguments.quiet
        self._named: str | None = arguments.config
        self._shows_traceback: bool = arguments.debug

    @property
    def named_config(self) -> Path | None:
        """The configuration file that the option or the environment names, there or not."""
        named = self._named or os.environ.get("COLNODE_CONFIG")
        return Path(named) if named else None

    @property
    def config_path(self) -> Path | None:
        """The configuration file: the option's, the environment's, ./colnode.toml, or none."""
        if self.named_config is not None:
            return self.named_config
        here = Path("colnode.toml")
        return here if here.exists() else None

    def config(self) -> Config:
        """The configuration; raises ConfigurationError."""
        return load_config(self.config_path)

    def guard(self, action: Callable[[], int]) -> int:
        """Run the action and give its exit code; an error becomes one line and exit code 1."""
        try:
            return action()
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except Exception as error:
            if self._shows_traceback:
                traceback.print_exc()
            _print_error(error, as_json=self.as_json)
            return 1

    @contextmanager
    def node(self, config: Config | None = None, *, migrated: bool = True) -> "Iterator[Node]":
        """An open node; a database that does not answer becomes an error of one line."""
        from sqlalchemy.exc import OperationalError

        from colnode.app import open_node

        config = config or self.config()
        try:
            node = open_node(config, migrated=migrated)
            try:
                yield node
            finally:
                node.close()
        except OperationalError as error:
            raise ConfigurationError(
                _("The database cannot be used: {reason}. Check database.url and its folder."),
                reason=str(error.orig).strip().splitlines()[0],
            ) from error

    def say(self, text: str) -> None:
        """Tell how it goes, on stderr, unless --quiet or --json."""
        if not self.is_quiet and not self.as_json:
            print(text, file=sys.stderr, flush=True)

    def show(self, data: Any, text: str) -> None:
        """Print the result: `text` for people, `data` with --json."""
        words = json.dumps(data, ensure_ascii=False, indent=2) if self.as_json else text
        print(_harmless(words), flush=True)

    def table(self, rows: Sequence[dict[str, Any]], *, when_empty: str) -> None:
        """Print rows with aligned columns, or as JSON."""
        self.show(list(rows), _aligned(rows) if rows else when_empty)

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Bar]:
        """A bar on stderr: `with line.progress("Importing", 5000) as done: done(1)`."""
        bar = Bar(label, total, is_shown=sys.stderr.isatty() and not self.is_quiet)
        try:
            yield bar
        finally:
            bar.close()


def _harmless(text: str) -> str:
    """Without control characters: what another city wrote must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _aligned(rows: Sequence[dict[str, Any]]) -> str:
    names = list(rows[0])
    cells = [[str("" if row[name] is None else row[name]) for name in names] for row in rows]
    widths = [max(len(line[column]) for line in [names, *cells]) for column in range(len(names))]
    lines = [names, *cells]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def run_command(name: str, module: ModuleType, words: Sequence[str]) -> int:
    """Parse the words of one command and run it; errors become one line and an exit code."""
    shared = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    shared.add_argument("--config", metavar="FILE", help="the configuration file")
    shared.add_argument("--json", action="store_true", help="print what programs read")
    shared.add_argument("--quiet", action="store_true", help="print only results and errors")
    shared.add_argument("--debug", action="store_true", help="show where an error came from")
    parser = Parser(prog=f"colnode {name}", description=module.__doc__, parents=[shared])
    module.configure(parser)
    everywhere, rest = shared.parse_known_args(words)
    arguments = parser.parse_args(rest)
    vars(arguments).update(vars(everywhere))
    line = Line(arguments)
    return line.guard(lambda: module.run(line, arguments))


def _print_error(error: Exception, *, as_json: bool) -> None:
    if isinstance(error, ColnodeError):
        code, text = error.code, str(error)
        if isinstance(error, Invalid) and error.fields:
            text += " " + " ".join(f"{name}: {reason}" for name, reason in error.fields.items())
    else:
        code = "error"
        text = f"{type(error).__name__}: {error} (a fault in colnode; --debug shows where)"
    text = " ".join(text.split())
    document = {"error": code, "detail": text}
    print(json.dumps(document) if as_json else f"colnode: {text}", file=sys.stderr)
