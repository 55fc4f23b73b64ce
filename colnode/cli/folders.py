"""Checks of folders and ports before anything is started or written, and files for one user."""

import errno
import os
import socket
import tempfile
from pathlib import Path

from colnode.errors import ConfigurationError, Conflict, _

__all__ = ["check_port_is_free", "check_writable", "write_private"]


def check_writable(folder: Path) -> None:
    """Make a folder if need be and write to it; raises ConfigurationError that says what to do."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o750)  # it will hold a database of people
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            _(
                "The folder {folder} cannot be written to ({reason}). Give this user the right, "
                "or choose another with server.data_dir."
            ),
            folder=folder.absolute(),
            reason=error.strerror,
        ) from error


def check_port_is_free(host: str, port: int) -> None:
    """Raise ConfigurationError when the address is in use or not this machine's.

    granian would start beside another server and never be asked.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            if number == errno.EADDRINUSE:
                raise ConfigurationError(
                    _(
                        "Port {port} is in use by another program. Stop it, or choose another "
                        "with --port or server.port."
                    ),
                    port=port,
                ) from error
            raise ConfigurationError(
                _("The address {host}:{port} cannot be listened on ({reason})."),
                host=host,
                port=port,
                reason=getattr(error, "strerror", None) or error,
            ) from error


def write_private(path: Path, text: str, written: list[Path]) -> None:
    """Write a file that only this user may read, to the disk; refuses to overwrite one.

    Adds it to `written`, so that whoever fails later can take it away again. Raises Conflict.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict(_("The file {file} is in the way; move it first."), file=path) from error
    written.append(path)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
