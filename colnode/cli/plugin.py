"""List the installed plugins, or run a command that a plugin brings.

`colnode plugin run NAME` lists the commands of a plugin.
"""

import argparse

from colnode.cli.line import Line, Parser
from colnode.errors import NotFound, _

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="every installed plugin, and whether it is enabled")
    runs = verbs.add_parser("run", help="run a plugin's command", add_help=False)
    runs.add_argument("name", metavar="NAME", help="the plugin's name")
    runs.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.verb == "list":
        return _list(line)
    return _run(line, arguments.name, arguments.words)


def _list(line: Line) -> int:
    from colnode.host.loader import installed_plugins, load_plugins

    config = line.config()
    loaded = {plugin.name: plugin for plugin in load_plugins(config).plugins}
    order = [*loaded, *sorted(set(installed_plugins()) - set(loaded))]
    points = installed_plugins()
    rows = []
    for name in order:
        point = points[name]
        rows.append(
            {
                "name": name,
                "enabled": "yes" if name in loaded else "no",
                "version": point.dist.version if point.dist else "",
                "about": loaded[name].title if name in loaded else "",
            }
        )
    line.table(rows, when_empty="No plugin is installed.")
    return 0


def _run(line: Line, name: str, words: list[str]) -> int:
    with line.node() as node:
        if name not in {plugin.name for plugin in node.host.plugins}:
            raise NotFound(
                _("The plugin {name} is not enabled. Enabled: {names}."),
                name=name,
                names=", ".join(plugin.name for plugin in node.host.plugins) or "none",
            )
        found = node.host.collect("register_commands")
        commands = {value.name: value for plugin, value in found if plugin.name == name}
        parser = Parser(prog=f"colnode plugin run {name}")
        verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for command in commands.values():
            command.configure(verbs.add_parser(command.name, help=command.help))
        parsed = parser.parse_args(words)
        parsed.progress = line.progress
        parsed.say = line.say
        parsed.as_json = line.as_json
        code: int = commands[parsed.command].run(node, parsed)
        return code
