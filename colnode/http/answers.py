"""Answers of other machines: whole ones, and bodies that are read as they come."""

import http.client
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from colnode.errors import TooLarge, Unavailable, Untrusted, _

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["Response", "Stream", "translated"]

MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Response:
    """A whole answer: any status, headers by name in any case, the body after inflation."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Stream:
    """An answer whose body is read as it comes. Valid inside `GuardedClient.stream` only."""

    def __init__(self, url: str, raw: "BaseHTTPResponse", max_bytes: int) -> None:
        from requests.structures import CaseInsensitiveDict

        self.url = url
        self.status = raw.status
        self.headers: Mapping[str, str] = CaseInsensitiveDict(raw.headers)
        self._raw = raw
        self._max_bytes = max_bytes
        self._host = urlsplit(url).netloc

    def iter_chunks(self) -> Iterator[bytes]:
        """The body in pieces, inflated, at most `max_bytes` in all.

        Raises TooLarge beyond that, Unavailable when it stops early or takes too long.
        """
        with translated(self._host):
            announced = self.headers.get("Content-Length", "0")
            if announced.isdecimal() and int(announced) > self._max_bytes:
                raise self._too_large()
            chunks = self._within_limit(self._raw.stream(65536, decode_content=False))
            encoding = self.headers.get("Content-Encoding", "identity").strip().lower()
            if encoding in ("gzip", "x-gzip"):
                chunks = self._within_limit(self._inflated(chunks))
            elif encoding != "identity":
                raise Untrusted(
                    _("{host} answered in an encoding that was not asked for."), host=self._host
                )
            yield from chunks

    def iter_lines(self, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes]:
        """The body line by line without the line feeds, as NDJSON is read; raises TooLarge."""
        rest = b""
        for chunk in self.iter_chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > max_line_bytes or any(len(line) > max_line_bytes for line in lines):
                raise self._too_large()
            yield from lines
        if rest:
            yield rest

    def _within_limit(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        count = 0
        for chunk in chunks:
            count += len(chunk)
            if count > self._max_bytes:
                raise self._too_large()
            yield chunk

    def _inflated(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Inflate gzip (RFC 1952, several members allowed) in steps that stay small."""
        inflater = zlib.decompressobj(wbits=31)
        for chunk in chunks:
            data = chunk
            while data:
                if inflater.eof:
                    inflater = zlib.decompressobj(wbits=31)
                piece = inflater.decompress(data, 65536)
                data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                if piece:
                    yield piece
        while not inflater.eof and (piece := inflater.decompress(b"", 65536)):
            yield piece
        if not inflater.eof:
            raise Unavailable(_("The answer of {host} ended too early."), host=self._host)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            _("{host} sent more than the {limit} bytes that are allowed here."),
            host=self._host,
            limit=self._max_bytes,
        )


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Turn what the network and its libraries raise into errors that a person can act on."""
    from urllib3 import exceptions

    try:
        yield
    except (TimeoutError, exceptions.TimeoutError) as error:
        raise Unavailable(_("{host} did not answer in time."), host=host) from error
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(
            _("The certificate of {host} cannot be trusted: {reason}."),
            host=host,
            reason=error.verify_message,
        ) from error
    except (ssl.SSLError, exceptions.SSLError) as error:
        raise Unavailable(_("No secure connection to {host} could be made."), host=host) from error
    except (zlib.error, http.client.HTTPException, exceptions.DecodeError) as error:
        raise Untrusted(_("The answer of {host} cannot be read."), host=host) from error
    except (OSError, exceptions.HTTPError) as error:
        raise Unavailable(_("{host} cannot be reached."), host=host) from error
