"""Make a city from a backup, in an empty place: everything arrives, or nothing is left behind.

The configuration is written to --config or ./colnode.toml. The key file has to be in its place
already, unless the backup has it. Run `colnode recover` afterwards; until then the city may only
be read.
"""

import argparse
from pathlib import Path

from colnode.cli.folders import check_writable
from colnode.cli.line import Line

__all__ = ["configure", "run"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `colnode backup` wrote")
    parser.add_argument("--data-dir", help="another folder than the backup's configuration names")
    parser.add_argument("--database-url", help="another database, also of the other kind")
    parser.add_argument("--dry-run", action="store_true", help="check the backup and the place")


def run(line: Line, arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from colnode import backup

    config_file = line.named_config or Path("colnode.toml")
    check_writable(config_file.absolute().parent)
    with backup.Archive.open(arguments.file) as archive:
        with line.progress("Checking") as bar:
            archive.check(bar.at)
        with line.progress("Rows") as bar:
            config = backup.restore(
                archive,
                config_file,
                data_dir=arguments.data_dir,
                database_url=arguments.database_url,
                dry_run=arguments.dry_run,
                progress=bar.at,
            )
        manifest = archive.manifest
    rows = sum(manifest.tables.values())
    if arguments.dry_run:
        text = [f"The backup of {manifest.city} from {manifest.made_at} is whole: {rows} rows."]
    else:
        text = [f"{manifest.city} is back as of {manifest.made_at}: {rows} rows.", ""]
        if not config.key_file.exists():
            text.append(f"1. Put the key file to {config.key_file}, readable by this user only.")
            text.append("   If it is lost: colnode recover --lost-key")
        text.append("Then run `colnode recover`. Until then the city may only be read.")
    line.show(
        {
            "city": manifest.city,
            "node_id": manifest.node_id,
            "made_at": manifest.made_at,
            "rows": rows,
            "config": str(config_file),
            "has_key_file": config.key_file.exists(),
            "restored": not arguments.dry_run,
        },
        "\n".join(text),
    )
    return 0
