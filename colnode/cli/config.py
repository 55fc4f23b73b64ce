"""Show the configuration in force, check it, or print an example with every setting explained."""

import argparse

from colnode.cli.line import Line
from colnode.config import sample_config

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("show", help="print the settings in force; secrets are starred")
    verbs.add_parser("check", help="check every setting, the plugins' too, and the data folder")
    verbs.add_parser("example", help="print a configuration file with every setting explained")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.verb == "example":
        print(sample_config(), end="")
    elif arguments.verb == "show":
        config = line.config()
        document = sample_config(config)
        line.show(_as_data(document), document.rstrip())
    else:
        _check(line)
    return 0


def _as_data(document: str) -> object:
    import tomllib

    return tomllib.loads(document)


def _check(line: Line) -> None:
    from colnode.cli.folders import check_writable
    from colnode.host.loader import load_plugins

    config = line.config()
    host = load_plugins(config)
    check_writable(config.data_dir)
    names = [plugin.name for plugin in host.plugins]
    source = str(line.config_path) if line.config_path else "the defaults and the environment"
    text = f"{source}: every setting is understood. Plugins: {', '.join(names) or 'none'}."
    line.show({"file": source, "plugins": names}, text)
