"""The command line: thin commands, each in its own module, imported when it is asked for.

Nothing but this file is read for `colnode --help`; plugins are not looked for. Exit codes: 0 done,
1 failed (one line on stderr says why), 64 wrong usage, 130 interrupted; `verify` has its own.
"""

import sys
from importlib import import_module

__all__ = ["COMMANDS", "main"]

COMMANDS: dict[str, dict[str, str]] = {
    "Your city": {
        "init": "make this machine a city's node: configuration, keys, database",
        "run": "serve the city and do its background work; --demo shows one filled with life",
        "worker": "do background work only, on this or another machine",
        "admin": "make a link with which an admin signs in",
        "config": "show, check or explain the configuration",
        "db": "bring the database up to date, or check it",
        "backup": "write the whole city to one file, also while it runs",
        "restore": "make a city from a backup, in an empty place",
        "recover": "go on after a restore, or when the city's key is lost or stolen",
        "mail": "send a test message",
    },
    "Other cities": {
        "peer": "add, list, allow, block or read other cities",
    },
    "Badges": {
        "badge": "sign, bake, give and take back badges; try the certifications",
        "keys": "list, renew or revoke the keys of an organisation",
        "verify": "check a badge from a file (JSON, JWT, PNG or SVG); needs no node",
    },
    "Plugins": {
        "plugin": "list, begin, check and purge plugins, or run a plugin's own command",
    },
    "Developers": {
        "bench": "measure this version side by side with others",
    },
}

GLOBAL_OPTIONS = """\
Options of every command:
  --config FILE   configuration (default: $COLNODE_CONFIG, then ./colnode.toml)
  --json          print what programs read
  --quiet         print only results and errors
  --version       print the version
  --help          explain a command: colnode COMMAND --help
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    leading, name, rest = _split(arguments)
    if name is None:
        if "--version" in leading:
            from colnode import __version__

            print(f"colnode {__version__}")
            return 0
        wants_help = not leading or "--help" in leading or "-h" in leading
        print(_help(), file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else 64
    known = {command for group in COMMANDS.values() for command in group}
    if name not in known:
        print(f"colnode: there is no command {name}. See `colnode --help`.", file=sys.stderr)
        return 64
    from colnode.cli.line import run_command

    return run_command(name, import_module(f"colnode.cli.{name}"), leading + rest)


def _split(arguments: list[str]) -> tuple[list[str], str | None, list[str]]:
    """Options before the command, the command, and what follows it."""
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        index += 2 if arguments[index] == "--config" else 1
    if index >= len(arguments):
        return arguments, None, []
    if arguments[index] == "help":
        return ["--help"], *_help_for(arguments[index + 1 :])
    return arguments[:index], arguments[index], arguments[index + 1 :]


def _help_for(words: list[str]) -> tuple[str | None, list[str]]:
    return (words[0], words[1:]) if words else (None, [])


def _help() -> str:
    lines = ["colnode: the software a city runs to be a City of Learning.", ""]
    lines += ["usage: colnode COMMAND ...", ""]
    for group, commands in COMMANDS.items():
        lines.append(f"{group}:")
        lines += [f"  {name:<8}  {text}" for name, text in commands.items()]
        lines.append("")
    return "\n".join(lines) + "\n" + GLOBAL_OPTIONS.rstrip()
