"""Sockets with a budget: a request that has used up its time or its header bytes ends."""

import socket
import ssl
import time
from typing import TYPE_CHECKING

from colnode.errors import TooLarge, _

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Budget", "TimedSocket", "TimedTLSSocket"]

SILENCE_SECONDS = 30.0
MAX_HEADER_BYTES = 64 * 1024


class Budget:
    """What one request may still use: seconds until its end, and bytes of headers."""

    def __init__(self, timeout_seconds: float) -> None:
        self._ends_at = time.monotonic() + timeout_seconds
        self._header_bytes_left: int | None = MAX_HEADER_BYTES

    def seconds_left(self, at_most: float = SILENCE_SECONDS) -> float:
        """Seconds for the next step; raises TimeoutError when none are left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)

    def received(self, count: int) -> None:
        if self._header_bytes_left is not None:
            self._header_bytes_left -= count
            if self._header_bytes_left < 0:
                raise TooLarge(_("The server sent more than 64 KiB of headers."))

    def headers_are_complete(self) -> None:
        self._header_bytes_left = None


class TimedSocket(socket.socket):
    """A socket whose every read gets only the time that is left of the whole request."""

    budget: Budget

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(self.budget.seconds_left())
        count = super().recv_into(buffer, nbytes, flags)
        self.budget.received(count)
        return count


class TimedTLSSocket(ssl.SSLSocket):
    """The same over TLS; the context makes it once the handshake begins."""

    budget: Budget

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        self.settimeout(self.budget.seconds_left())
        count = super().recv_into(buffer, nbytes, flags)
        self.budget.received(count)
        return count
