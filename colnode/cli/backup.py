"""Write the whole city to one new file, also while it runs: database, pictures, configuration.

Private keys are in the file as the database has them, encrypted. The key file that opens them is
not, unless you ask for it: whoever has both can sign in your city's name. Passwords that stand in
the configuration are in the file, so keep it as you keep them.
"""

import argparse
from pathlib import Path

from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a new file, e.g. monday.zip")
    parser.add_argument(
        "--with-key-file", action="store_true", help="put the key file in too; lock it away then"
    )


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode import backup

    with line.node() as node, line.progress("Rows") as bar:
        made = backup.make(
            node,
            arguments.file,
            config_file=line.config_path,
            with_key_file=arguments.with_key_file,
            progress=bar.at,
        )
        key_file = node.config.key_file
    rows, files = sum(made.tables.values()), len(made.files)
    text = [f"{arguments.file}: {rows} rows, {files} files, the log up to entry {made.log_size}."]
    if made.has_key_file:
        text.append("The key file is in it: whoever reads it can sign in your city's name.")
    else:
        text.append(f"Not in it is the key file {key_file}: keep a copy of that apart.")
    if made.left_out:
        names = ", ".join(made.left_out)
        text.append(f"Left out, because their plugins are not enabled: {names}.")
    line.show(
        {
            "file": str(arguments.file),
            "rows": rows,
            "files": files,
            "log_size": made.log_size,
            "has_key_file": made.has_key_file,
            "left_out": made.left_out,
        },
        "\n".join(text),
    )
    return 0
