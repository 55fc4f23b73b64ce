"""The key file: 32 random bytes beside the database, from which every other secret is derived."""

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from colnode.config import Config
from colnode.errors import ConfigurationError, _

__all__ = ["derive_secret", "ensure_key_file"]

_KEY_BYTES = 32


def ensure_key_file(config: Config) -> Path:
    """Make the key file if there is none: 32 random bytes that only this user may read.

    Raises ConfigurationError when the folder cannot be written.
    """
    path = config.key_file
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return path
    except OSError as error:
        raise ConfigurationError(
            _("The key file {file} cannot be written: {reason}."), file=path, reason=error.strerror
        ) from error
    return path


def _read_key_file(config: Config) -> bytes:
    path = config.key_file
    try:
        data = path.read_bytes()
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        raise ConfigurationError(
            _(
                "The key file {file} is missing. Without it the city's private keys cannot be "
                "read: copy it back from your backup. A new city gets one from `colnode init`."
            ),
            file=path,
        ) from None
    except OSError as error:
        raise ConfigurationError(
            _("The key file {file} cannot be read: {reason}."), file=path, reason=error.strerror
        ) from error
    if len(data) != _KEY_BYTES:
        raise ConfigurationError(
            _("The key file {file} should hold 32 bytes, not {size}. Copy it from your backup."),
            file=path,
            size=len(data),
        )
    if os.name == "posix" and mode & 0o077:
        raise ConfigurationError(
            _("The key file {file} can be read by others. Run: chmod 600 {file}"), file=path
        )
    return data


def derive_secret(config: Config, purpose: str) -> bytes:
    """32 bytes for one purpose, e.g. `web session`, derived from the key file (RFC 5869).

    Raises ConfigurationError when the key file is missing or damaged.
    """
    info = f"colnode {purpose}".encode()
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(_read_key_file(config))
