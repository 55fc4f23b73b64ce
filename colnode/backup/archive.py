"""The file of a backup: a ZIP archive with a manifest that names every file, its size and digest.

What is read is held to the manifest before anything of it is used: names, sizes, digests.
"""

import hashlib
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from colnode.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable, _

__all__ = ["CONFIGURATION", "KEY_FILE", "Archive", "FileEntry", "Manifest", "Progress", "Writer"]

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

FORMAT = 1
MANIFEST = "manifest.json"
CONFIGURATION = "colnode.toml"
KEY_FILE = "keys/node.key"
_MOST_MANIFEST_BYTES = 256 * 1024 * 1024
_CHUNK = 256 * 1024
_NAMES = re.compile(
    r"colnode\.toml|keys/node\.key|database/[a-z][a-z0-9_]{0,62}\.ndjson"
    r"|media/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]{3,4}"
)


@dataclass(frozen=True)
class FileEntry:
    """A file of the archive: its bytes and their SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `schema` gives the revision of each chain, `tables` their rows.

    `left_out` names tables of plugins that were not enabled, which are not in the backup.
    """

    version: str
    made_at: str
    node_id: str
    city: str
    database: str
    log_size: int
    schema: Mapping[str, str]
    tables: Mapping[str, int]
    left_out: list[str] = field(default_factory=list)
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    @property
    def has_key_file(self) -> bool:
        """Whether the key that opens the private keys is in it."""
        return KEY_FILE in self.files

    @property
    def byte_count(self) -> int:
        """The bytes of all files."""
        return sum(entry.size for entry in self.files.values())


class Writer:
    """Writes an archive beside its place and moves it there when it is whole."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, FileEntry] = {}

    @classmethod
    @contextmanager
    def to(cls, path: Path) -> "Iterator[Writer]":
        """A writer whose archive appears at `path` at the end, or never.

        Raises Conflict when something is there, Unavailable when the disk is full.
        """
        if path.exists():
            raise Conflict(_("The file {file} exists; choose another name."), file=path)
        part = path.with_name(f".{path.name}.part")
        try:
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w+b") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                    yield cls(archive)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise Unavailable(
                _("The backup cannot be written to {file}: {reason}."),
                file=path,
                reason=error.strerror or error,
            ) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    @contextmanager
    def file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Write one file in pieces."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as target:

            def write(data: bytes) -> None:
                nonlocal size
                digest.update(data)
                size += len(data)
                target.write(data)

            yield write
        self.files[name] = FileEntry(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, which is the last file."""
        document = {"format": FORMAT, **asdict(manifest)}
        self._archive.writestr(MANIFEST, json.dumps(document, indent=1, ensure_ascii=False))


class Archive:
    """An archive that was opened; its names and sizes hold to its manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest = _read_manifest(archive)
        found = [item.filename for item in archive.infolist()]
        if sorted(found) != sorted([MANIFEST, *self.manifest.files]):
            raise _damaged(_("its files are not those that it names"))
        for name, entry in self.manifest.files.items():
            if not _NAMES.fullmatch(name) or archive.getinfo(name).file_size != entry.size:
                raise _damaged(_("a file in it is not what it should be"))

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> "Iterator[Archive]":
        """Open a file that somebody says is a backup. Raises NotFound and Invalid."""
        try:
            with zipfile.ZipFile(path) as archive:
                yield cls(archive)
        except FileNotFoundError as error:
            raise NotFound(_("There is no file {file}."), file=path) from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
            raise _damaged(_("it is no archive, or a part of it is missing")) from error

    def check(self, progress: Progress) -> None:
        """Hold every file to its digest. Raises Invalid."""
        done = 0
        for name in self.manifest.files:
            for chunk in self.chunks(name):
                done += len(chunk)
                progress(done, self.manifest.byte_count)

    def check_room(self, folder: Path) -> None:
        """Raise TooLarge unless what is in it fits onto the disk of a folder."""
        there = next(item for item in (folder, *folder.absolute().parents) if item.exists())
        free = shutil.disk_usage(there).free
        if self.manifest.byte_count * 2 > free:
            raise TooLarge(
                _("The backup needs {needed} MB on the disk of {folder}, and {free} MB are free."),
                needed=self.manifest.byte_count * 2 // 1_000_000 + 1,
                free=free // 1_000_000,
                folder=folder,
            )

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, held to its size and digest. Raises Invalid."""
        entry = self.manifest.files[name]
        digest, left = hashlib.sha256(), entry.size
        with self._open(name) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _damaged(_("a file in it is not what it should be"))
                digest.update(chunk)
                yield chunk
        if left or digest.hexdigest() != entry.sha256:
            raise _damaged(_("a file in it is not what it should be"))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file without their line feeds."""
        rest = b""
        for chunk in self.chunks(name):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        if rest:
            raise _damaged(_("a file in it is not what it should be"))

    def read(self, name: str) -> bytes:
        """All bytes of a small file."""
        return b"".join(self.chunks(name))

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._archive.open(name)
        except (RuntimeError, KeyError) as error:  # with a password, or not there
            raise _damaged(_("a file in it is not what it should be")) from error


def _read_manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
            raise ValueError
        document = json.loads(archive.read(MANIFEST))
        if document.pop("format") != FORMAT:
            raise Invalid(_("This backup was made by a newer version. Install that one."))
        files = {
            name: FileEntry(int(item["size"]), str(item["sha256"]))
            for name, item in document.pop("files").items()
        }
        manifest = Manifest(**document, files=files)
        tables = {f"database/{name}.ndjson" for name in manifest.tables}
        if any(entry.size < 0 for entry in files.values()) or not tables <= files.keys():
            raise ValueError
    except (KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise _damaged(_("it has no manifest that can be read")) from error
    return manifest


def _damaged(reason: str) -> Invalid:
    return Invalid(_("This is not a backup of a city, or it is damaged: {reason}."), reason=reason)
