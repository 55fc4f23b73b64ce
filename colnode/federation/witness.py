"""The witness: a file beside the keys that remembers the newest checkpoint this city has shown.

It lies outside the database, so a database that was put back from a backup is noticed. A checkpoint
is served only once it is in this file and on the disk.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colnode.config import Config
from colnode.errors import ConfigurationError, _

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["Witness", "file_of", "keep", "read", "start_anew"]

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Witness:
    """A checkpoint that was shown to others: its place, its signed note, the tree's frontier."""

    node_id: str
    epoch: int
    size: int
    note: bytes
    frontier: bytes

    @property
    def place(self) -> tuple[int, int]:
        """What orders checkpoints: epoch, then size."""
        return self.epoch, self.size


def file_of(config: Config) -> Path:
    """Where the witness lies: beside the key file."""
    return config.key_file.with_name("witness.json")


def read(config: Config) -> Witness | None:
    """What was shown last, None when nothing was. Raises ConfigurationError for a damaged file."""
    path = file_of(config)
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_MOST_BYTES))
        return Witness(
            str(document["node"]),
            int(document["epoch"]),
            int(document["size"]),
            str(document["checkpoint"]).encode(),
            base64.b64decode(document["frontier"], validate=True),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            _(
                "The file {file} cannot be read ({reason}). Move it away and run "
                "`colnode recover`, which asks other cities what they have read."
            ),
            file=path,
            reason=type(error).__name__,
        ) from error


def keep(node: "Node", shown: Witness) -> Witness:
    """Remember a checkpoint that is about to be shown; gives the newest one that was ever shown.

    When that is a later one, the database is behind. Raises ConfigurationError when the file
    cannot be written.
    """
    path = file_of(node.config)
    try:
        with _locked(path):
            before = read(node.config)
            is_later = before is not None and before.node_id == shown.node_id
            if before is not None and is_later and before.place > shown.place:
                return before
            if before is None or not is_later or before.note != shown.note:
                _write(path, shown)
    except OSError as error:
        raise ConfigurationError(
            _("The file {file} cannot be written: {reason}. Nothing is shown until it can."),
            file=path,
            reason=error.strerror,
        ) from error
    return shown


def start_anew(config: Config) -> None:
    """Forget the witness, because the city's log goes on from elsewhere."""
    with suppress(FileNotFoundError):
        file_of(config).unlink()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time compare and write."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_name("witness.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, shown: Witness) -> None:
    """Replace the file so that the old or the new one is there, also after a power cut."""
    document = {
        "node": shown.node_id,
        "epoch": shown.epoch,
        "size": shown.size,
        "checkpoint": shown.note.decode(),
        "frontier": base64.b64encode(shown.frontier).decode("ascii"),
    }
    new = path.with_name(".witness-new.json")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
