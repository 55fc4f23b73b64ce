"""urllib3's HTTP conversation over a socket that the client has opened."""

import socket

from urllib3.connection import HTTPConnection

__all__ = ["PinnedConnection"]


class PinnedConnection(HTTPConnection):
    """A connection over a socket that is already open, to an address that was checked."""

    def __init__(self, host: str, port: int, opened: socket.socket) -> None:
        super().__init__(host, port)
        self._opened = opened

    def connect(self) -> None:
        self.sock = self._opened
