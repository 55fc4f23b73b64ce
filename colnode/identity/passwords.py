"""Passwords: how strong one must be, and how it is kept. Nothing here knows about people."""

import hashlib
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from colnode.errors import Invalid, _

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["check_strength", "hash_password", "hash_secret", "new_secret", "verify_password"]

LEAST_LENGTH = 10
MOST_LENGTH = 200
_LEAST_SCORE = 2  # zxcvbn: 2 means more than a million guesses


def check_strength(password: str, *, known_words: Sequence[str] = ()) -> None:
    """Refuse a password that is short, common or made of `known_words` (name, address, city).

    Raises Invalid with a message for the field `password`.
    """
    problem = None
    if len(password) < LEAST_LENGTH:
        problem = _("Use at least 10 characters. Three or four words in a row are easy to keep.")
    elif len(password) > MOST_LENGTH:
        problem = _("Use at most 200 characters.")
    elif _is_guessable(password, known_words):
        problem = _("This password is easy to guess. Add a word or two that nobody expects.")
    if problem:
        raise Invalid(problem, fields={"password": problem})


def _is_guessable(password: str, known_words: Sequence[str]) -> bool:
    from zxcvbn import zxcvbn  # its word lists take 70 ms to load, and only sign-ups need them

    words = [part for word in known_words for part in word.replace("@", " ").split()]
    words += [word.replace(" ", "") for word in known_words]
    score: int = zxcvbn(password[:72], user_inputs=words)["score"]
    return score < _LEAST_SCORE


def hash_password(password: str) -> str:
    """An Argon2id hash in PHC string form."""
    return _hasher().hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long when there is no stored hash at all."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _hasher() -> "PasswordHasher":
    """Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet)."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return hash_password(secrets.token_urlsafe())


def new_secret() -> str:
    """A random secret of 256 bits for a session, link or token, as URL-safe text."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """SHA-256 in hex of a random secret; enough, because nobody can guess 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
