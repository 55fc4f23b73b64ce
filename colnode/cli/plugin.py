"""List, begin, check and purge plugins, or run a command that a plugin brings.

`colnode plugin run NAME` lists the commands of a plugin. `new` and `check` need no city.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.cli.line import Line, Parser
from colnode.errors import NotFound, Refused, _

if TYPE_CHECKING:
    from colnode.workshop.check import Report
    from colnode.workshop.purging import Plan

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="every installed plugin, and whether it is enabled")
    new = verbs.add_parser("new", help="write a whole distribution to begin with")
    new.add_argument("name", metavar="NAME", help="small letters, digits, hyphens: trail-demo")
    new.add_argument("--into", metavar="FOLDER", default=".", help="where to write it")
    check = verbs.add_parser("check", help="try an installed plugin: bronze, silver or gold")
    check.add_argument("name", metavar="NAME", help="the plugin's name")
    check.add_argument(
        "--level",
        choices=["bronze", "silver", "gold"],
        default="bronze",
        help="end with 1 below this level",
    )
    purge = verbs.add_parser("purge", help="delete all that a plugin keeps, enabled or not")
    purge.add_argument("name", metavar="NAME", help="the plugin's name")
    purge.add_argument("--dry-run", action="store_true", help="say what would go, delete nothing")
    purge.add_argument("--yes", action="store_true", help="do not ask")
    runs = verbs.add_parser("run", help="run a plugin's command", add_help=False)
    runs.add_argument("name", metavar="NAME", help="the plugin's name")
    runs.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    match arguments.verb:
        case "list":
            return _list(line)
        case "new":
            return _new(line, arguments.name, Path(arguments.into))
        case "check":
            return _check(line, arguments.name, arguments.level)
        case "purge":
            return _purge(line, arguments.name, is_dry=arguments.dry_run, is_sure=arguments.yes)
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


def _new(line: Line, name: str, folder: Path) -> int:
    from colnode.workshop.skeleton import write_plugin

    target = write_plugin(name, folder)
    text = f"Written: {target}\nNext: cd {target} && pip install -e . && python -m pytest"
    line.show({"folder": str(target)}, text)
    return 0


def _check(line: Line, name: str, wanted: str) -> int:
    from colnode.workshop.check import Level, check_plugin

    report = check_plugin(name)
    data = {
        "name": report.name,
        "version": report.version,
        "level": report.level,
        "missing": {str(level): missing for level, missing in report.missing.items()},
    }
    line.show(data, _as_text(report))
    levels = list(Level)
    return 0 if levels.index(report.level) >= levels.index(Level(wanted)) else 1


def _as_text(report: "Report") -> str:
    title = "below bronze" if report.level == "none" else report.level
    lines = [f"{report.name} {report.version}: {title}".replace(" :", ":")]
    for level, missing in report.missing.items():
        if missing:
            lines.append(f"For {level}:")
            lines += [f"  - {item}" for item in missing]
    return "\n".join(lines)


def _purge(line: Line, name: str, *, is_dry: bool, is_sure: bool) -> int:
    from colnode.workshop.purging import plan_purge, purge

    with line.node(migrated=False) as node:
        with node.reading():
            plan = plan_purge(node, name)
        data = {
            "name": name,
            "rows": dict(plan.rows),
            "records": {kind: len(ids) for kind, ids in plan.records.items()},
            "is_deleted": not is_dry,
        }
        if is_dry:
            line.show(data, _plan_text(plan, "Would be deleted"))
            return 0
        if not is_sure:
            _ask(line, plan)
        purge(node, name)
    line.show(data, _plan_text(plan, "Deleted"))
    if plan.is_enabled:
        line.say("It is enabled: take it out of plugins.enabled, or run `colnode db upgrade`.")
    return 0


def _ask(line: Line, plan: "Plan") -> None:
    if not sys.stdin.isatty():
        raise Refused(_("This deletes data for good: say --yes, or --dry-run to see what."))
    print(_plan_text(plan, "This deletes for good"), file=sys.stderr)
    if input(f"Type {plan.name} to delete it: ").strip() != plan.name:
        raise Refused(_("Nothing was deleted."))


def _plan_text(plan: "Plan", title: str) -> str:
    lines = [f"{title}, of {plan.name}:"]
    lines += [f"  {table}: {count} rows" for table, count in plan.rows.items()]
    lines += [f"  published {kind}: {len(ids)}" for kind, ids in plan.records.items()]
    return "\n".join([*lines, "  its saved settings and noted faults"])


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
