"""The client: decides where a request may go, opens the connection and follows redirects."""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from colnode.errors import Unavailable, Untrusted, Withdrawn, _
from colnode.http.addresses import is_loopback, is_public
from colnode.http.answers import Response, Stream, translated
from colnode.http.sockets import Budget, TimedSocket, TimedTLSSocket

if TYPE_CHECKING:
    from requests import PreparedRequest

__all__ = ["GuardedClient", "HttpResolver", "system_resolve"]

Resolve = Callable[[str, int], Sequence[str]]

CONNECT_SECONDS = 5.0
MAX_REDIRECTS = 3


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name as the machine's resolver gives them; raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class GuardedClient:
    """Fetches from other machines: over https, at public addresses, bounded in bytes and time.

    A name is resolved once and that address connected to; redirects stay on the server; proxies,
    .netrc and cookies play no part.
    `allow_loopback` is for a demo or a test node: it adds 127.0.0.0/8 and ::1, over http too.
    `resolve` and `ca_file` (PEM) replace the machine's resolver and the public certificate
    authorities in tests. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        user_agent: str = "colnode",
        resolve: Resolve = system_resolve,
        ca_file: str | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._user_agent = user_agent
        self._resolve = resolve
        self._ca_file = ca_file

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: reading the authorities takes a tenth of a start."""
        from requests.utils import DEFAULT_CA_BUNDLE_PATH

        context = ssl.create_default_context(cafile=self._ca_file or DEFAULT_CA_BUNDLE_PATH)
        context.sslsocket_class = TimedTLSSocket
        return context

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        max_bytes: int = 1024 * 1024,
        timeout_seconds: float = 20,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
    ) -> Response:
        """GET an address and read the whole answer, of any status (304 when `etag` still holds).

        Raises Untrusted for an address that may not be asked, Unavailable when nothing whole comes
        in time, TooLarge when the body, as sent or inflated, has more than `max_bytes`.
        """
        wanted = {"Accept-Encoding": "identity", **(headers or {})}
        with self.stream(
            url,
            accept=accept,
            max_bytes=max_bytes,
            timeout_seconds=timeout_seconds,
            headers=wanted,
            etag=etag,
        ) as answer:
            body = b"".join(answer.iter_chunks())
            return Response(answer.status, answer.headers, body, answer.url)

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        accept: str = "*/*",
        max_bytes: int = 64 * 1024 * 1024,
        timeout_seconds: float = 300,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
    ) -> Iterator[Stream]:
        """GET an address, gzip welcome, and read the answer piece by piece inside the `with`.

        `max_bytes` counts what was sent and what it inflates to, each. Raises as `get` does.
        """
        budget = Budget(timeout_seconds)
        wanted = {"Accept": accept, "Accept-Encoding": "gzip", **(headers or {})}
        if etag is not None:
            wanted["If-None-Match"] = etag
        for _hop in range(MAX_REDIRECTS + 1):
            request = self._prepare("GET", url, wanted)
            with self._exchange(request, budget, max_bytes) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    yield answer
                    return
                url = self._redirected(answer)
        raise Unavailable(_("{host} redirects in circles."), host=urlsplit(url).netloc)

    def post_json(
        self,
        url: str,
        payload: object,
        *,
        max_bytes: int = 1024 * 1024,
        timeout_seconds: float = 20,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """POST a JSON document. Redirects are not followed; raises as `get` does."""
        wanted = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        request = self._prepare("POST", url, wanted, payload)
        return self._whole(request, timeout_seconds, max_bytes)

    def post_text(
        self,
        url: str,
        text: str,
        *,
        max_bytes: int = 1024 * 1024,
        timeout_seconds: float = 20,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """POST a text as it is, e.g. a form that is encoded already; `headers` name its type.

        Redirects are not followed; raises as `get` does.
        """
        wanted = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        request = self._prepare("POST", url, wanted, data=text.encode("utf-8"))
        return self._whole(request, timeout_seconds, max_bytes)

    def _whole(
        self, request: "PreparedRequest", timeout_seconds: float, max_bytes: int
    ) -> Response:
        with self._exchange(request, Budget(timeout_seconds), max_bytes) as answer:
            body = b"".join(answer.iter_chunks())
            return Response(answer.status, answer.headers, body, answer.url)

    def _prepare(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        payload: object = None,
        data: bytes | None = None,
    ) -> "PreparedRequest":
        """A request whose address is well formed, https (or loopback http) and without a user."""
        from requests import Request

        if any(ord(character) <= 32 or ord(character) == 127 for character in url):
            raise Untrusted(_("The address contains a space or a control character."))
        try:
            named = {"User-Agent": self._user_agent, "Connection": "close", **headers}
            request = Request(method, url, headers=named, json=payload, data=data).prepare()
            parts = urlsplit(str(request.url))
            parts.port  # noqa: B018 (raises ValueError when it is no port)
        except ValueError as error:
            raise Untrusted(_("This is not an address that can be fetched.")) from error
        schemes = ("https", "http") if self._allow_loopback else ("https",)
        if parts.scheme not in schemes or not parts.hostname:
            raise Untrusted(_("Only https addresses are fetched."))
        if parts.username is not None or parts.password is not None:
            raise Untrusted(_("An address with a user name or a password is not fetched."))
        return request

    @contextmanager
    def _exchange(
        self, request: "PreparedRequest", budget: Budget, max_bytes: int
    ) -> Iterator[Stream]:
        from colnode.http.connection import PinnedConnection

        url = str(request.url)
        parts = urlsplit(url)
        host = str(parts.hostname)
        with translated(parts.netloc):
            opened = self._open(parts.scheme, host, parts.port, budget)
        with opened:
            connection = PinnedConnection(host, parts.port or _port(parts.scheme), opened)
            with translated(parts.netloc):
                connection.request(
                    str(request.method),
                    request.path_url,
                    body=request.body,
                    headers={**request.headers, "Host": parts.netloc},
                    preload_content=False,
                    decode_content=False,
                )
                raw = connection.getresponse()
                budget.headers_are_complete()
            try:
                yield Stream(url, raw, max_bytes)
            finally:
                raw.close()
                connection.close()

    def _open(
        self, scheme: str, host: str, port: int | None, budget: Budget
    ) -> "TimedSocket | TimedTLSSocket":
        """Connect to the first address that answers, among those that may be asked."""
        port = port or _port(scheme)
        failure: OSError = OSError("no address")
        for address in self._permitted(scheme, host, port, budget):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            opened = TimedSocket(family, socket.SOCK_STREAM)
            opened.budget = budget
            try:
                opened.settimeout(budget.seconds_left(CONNECT_SECONDS))
                opened.connect((address, port))
                if scheme == "http":
                    return opened
                opened.settimeout(budget.seconds_left())
                secured = self._tls.wrap_socket(opened, server_hostname=host)
                assert isinstance(secured, TimedTLSSocket)
                secured.budget = budget
                return secured
            except OSError as error:
                opened.close()
                failure = error
        raise failure

    def _permitted(self, scheme: str, host: str, port: int, budget: Budget) -> list[str]:
        """The addresses of a host that may be asked; raises Untrusted when there are none."""
        addresses = self._resolve_in_time(host, port, budget)
        permitted = [
            address
            for address in addresses
            if (self._allow_loopback and is_loopback(address))
            or (scheme == "https" and is_public(address))
        ]
        if not permitted:
            raise Untrusted(
                _("{host} is not on the public internet, so it is not fetched."), host=host
            )
        return permitted

    def _resolve_in_time(self, host: str, port: int, budget: Budget) -> Sequence[str]:
        """Resolve in a thread of its own: the system's resolver takes no time limit."""
        answers: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(OSError(str(error)))

        threading.Thread(target=resolve, daemon=True, name="resolve").start()
        try:
            answer = answers.get(timeout=budget.seconds_left())
        except queue.Empty as error:
            raise TimeoutError from error
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _redirected(self, answer: Stream) -> str:
        """Where a redirect leads; raises Untrusted when that is another scheme, host or port."""
        target = urljoin(answer.url, answer.headers.get("Location", ""))
        old, new = urlsplit(answer.url), urlsplit(target)
        if _server(old) != _server(new):
            raise Untrusted(
                _("{host} redirects to another server, and such redirects are not followed."),
                host=old.netloc,
            )
        return target


def _server(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _port(parts.scheme)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


class HttpResolver:
    """Fetches what a badge refers to: issuers, keys, status lists, hosted 2.0 documents.

    One resolver serves one verification: `total_seconds` is what all its fetches get together.
    """

    def __init__(
        self, client: GuardedClient, *, timeout_seconds: float = 10, total_seconds: float = 30
    ) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._seconds_left = total_seconds

    def fetch(self, url: str, accept: str) -> bytes:
        """The body at an address; raises Unavailable unless the answer is 200, else as `get`.

        An address that is gone (410) raises Withdrawn with what it answered.
        """
        host = urlsplit(url).netloc
        if self._seconds_left <= 0:
            raise Unavailable(_("{host} was not asked: others took too long."), host=host)
        started_at = time.monotonic()
        try:
            answer = self._client.get(
                url,
                accept=accept,
                timeout_seconds=min(self._timeout_seconds, self._seconds_left),
            )
        finally:
            self._seconds_left -= time.monotonic() - started_at
        if answer.status == 410:
            raise Withdrawn(_("{host} has withdrawn what was asked for."), answer.body, host=host)
        if answer.status != 200:
            raise Unavailable(
                _("{host} answered with status {status}."), host=host, status=answer.status
            )
        return answer.body
