"""How the kernel asks for a document. The network itself lives above, behind this Protocol."""

from typing import Protocol

from colnode.errors import ColnodeError, Unavailable, Withdrawn, _

__all__ = ["FETCH_LIMIT", "CountingResolver", "OfflineResolver", "Resolver"]

# How many addresses one verification may ask.
FETCH_LIMIT = 40


class Resolver(Protocol):
    """Fetches one document by its address."""

    def fetch(self, url: str, accept: str) -> bytes:
        """The bytes at `url`, asked for as the media types in `accept`.

        Raises colnode.errors.Unavailable when nothing can be had; Withdrawn, which is one, when
        the address answers that it is gone for good (HTTP 410).
        """


class OfflineResolver:
    """Reaches nothing: every verdict that needs the network is indeterminate."""

    def fetch(self, url: str, accept: str) -> bytes:
        raise Unavailable(_("{url} could not be reached."), url=url)


class CountingResolver:
    """Remembers answers during one verification and stops after a bounded number of fetches.

    A document decides which addresses are asked for, so it must not decide how many.
    """

    def __init__(self, inner: Resolver) -> None:
        self._inner = inner
        self._answers: dict[str, bytes | Withdrawn | None] = {}

    def fetch(self, url: str, accept: str) -> bytes:
        if url not in self._answers:
            self._answers[url] = self._ask(url, accept)
        answer = self._answers[url]
        if answer is None:
            raise Unavailable(_("{url} could not be reached."), url=url)
        if isinstance(answer, Withdrawn):
            raise answer
        return answer

    def _ask(self, url: str, accept: str) -> bytes | Withdrawn | None:
        if len(self._answers) >= FETCH_LIMIT:
            return None
        try:
            return self._inner.fetch(url, accept)
        except Withdrawn as error:
            return error
        except ColnodeError:
            return None
