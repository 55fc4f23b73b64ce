"""The guarded client against servers that lie, stall and lead astray, over real sockets."""

import gzip
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from colnode.errors import TooLarge, Unavailable, Untrusted, Withdrawn
from colnode.http import GuardedClient, HttpResolver
from tests.http.conftest import HostileServer

OK = b"HTTP/1.1 200 OK\r\n"


def whole(body: bytes, *headers: bytes) -> bytes:
    lines = [OK.strip(), b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture
def client() -> GuardedClient:
    return GuardedClient(allow_loopback=True)


def test_an_answer_has_status_headers_body_and_address(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/x", whole(b"hello", b"X-Kind: test"))
    answer = client.get(server.url("/x"))
    assert (answer.status, answer.body, answer.url) == (200, b"hello", server.url("/x"))
    assert answer.headers["x-kind"] == "test"


def test_chunked_bodies_are_joined(client: GuardedClient, server: HostileServer) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    server.says("/", OK + chunked)
    assert client.get(server.url("/")).body == b"abcde"


def test_an_etag_that_still_holds_gives_304(client: GuardedClient, server: HostileServer) -> None:
    server.says("/", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n')
    assert client.get(server.url("/"), etag='"a"').status == 304
    assert b'If-None-Match: "a"' in server.requests[0]


def test_json_is_posted(client: GuardedClient, server: HostileServer) -> None:
    def echo(connection: socket.socket, request: bytes) -> None:
        head, _gap, body = request.partition(b"\r\n\r\n")
        connection.sendall(whole(body, b"X-Seen: " + head.split(b" ", 1)[0]))

    server.answers["/hint"] = echo
    answer = client.post_json(server.url("/hint"), {"size": 7})
    assert (answer.body, answer.headers["X-Seen"]) == (b'{"size": 7}', "POST")


def test_tls_is_verified_by_name_at_a_pinned_address(
    tls_server: HostileServer, certificate: tuple[Path, Path]
) -> None:
    tls_server.says("/", whole(b"safe"))
    client = GuardedClient(
        allow_loopback=True, ca_file=str(certificate[0]), resolve=lambda *_: ["127.0.0.1"]
    )
    url = tls_server.url("/", "city.example")
    assert client.get(url).body == b"safe"
    assert f"Host: city.example:{tls_server.port}".encode() in tls_server.requests[0]
    with pytest.raises(Untrusted, match="certificate of other"):
        client.get(tls_server.url("/", "other.example"))


def test_an_unknown_certificate_authority_is_not_trusted(tls_server: HostileServer) -> None:
    client = GuardedClient(allow_loopback=True, resolve=lambda *_: ["127.0.0.1"])
    with pytest.raises(Untrusted, match="certificate"):
        client.get(tls_server.url("/", "city.example"))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https:///x",
        "https://exa mple.org/",
        "https://example.org/\r\nHost: evil",
        "//example.org/",
        "example.org",
        "",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(Untrusted):
        GuardedClient(resolve=lambda *_: ["93.184.215.14"]).get(url, timeout_seconds=1)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1"]
)
def test_this_machine_is_refused_in_every_spelling(host: str, server: HostileServer) -> None:
    server.says("/", whole(b"secret"))
    with pytest.raises((Untrusted, Unavailable)):
        GuardedClient().get(f"https://{host}:{server.port}/", timeout_seconds=2)
    assert server.requests == []


def test_plain_http_stays_refused_outside_loopback_even_where_loopback_is_allowed() -> None:
    client = GuardedClient(allow_loopback=True, resolve=lambda *_: ["93.184.215.14"])
    with pytest.raises(Untrusted):
        client.get("http://example.org/")


def test_a_name_that_changes_its_answer_is_asked_once(server: HostileServer) -> None:
    answers = iter([["10.0.0.1"], ["127.0.0.1"]])

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    server.says("/", whole(b"secret"))
    client = GuardedClient(allow_loopback=True, resolve=resolve)
    with pytest.raises(Untrusted, match="not on the public internet"):
        client.get(server.url("/", "rebinding.example"))
    assert server.requests == []


def test_a_private_address_among_public_ones_is_never_tried(server: HostileServer) -> None:
    tried = GuardedClient(allow_loopback=True, resolve=lambda *_: ["10.0.0.1", "127.0.0.1"])
    server.says("/", whole(b"reached the one that is allowed"))
    assert tried.get(server.url("/", "mixed.example"), timeout_seconds=2).status == 200


def test_a_redirect_within_the_server_is_followed(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/old", b"HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n")
    server.says("/new", whole(b"here"))
    answer = client.get(server.url("/old"))
    assert (answer.body, answer.url) == (b"here", server.url("/new"))


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest", "https://127.0.0.1:{port}/", "http://127.0.0.1:1/", "//x/"],
)
def test_a_redirect_elsewhere_is_not_followed(
    client: GuardedClient, server: HostileServer, target: str
) -> None:
    location = target.format(port=server.port).encode()
    server.says("/", b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n")
    with pytest.raises(Untrusted, match="redirects to another server"):
        client.get(server.url("/"))


def test_circling_redirects_end(client: GuardedClient, server: HostileServer) -> None:
    server.says("/", b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")
    with pytest.raises(Unavailable, match="circles"):
        client.get(server.url("/"))
    assert len(server.requests) == 4


def test_a_posted_document_is_not_sent_on_by_a_redirect(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/", b"HTTP/1.1 307 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n")
    assert client.post_json(server.url("/"), {}).status == 307
    assert len(server.requests) == 1


def test_proxy_variables_and_netrc_are_ignored(
    client: GuardedClient,
    server: HostileServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login city password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    server.says("/", whole(b"direct", b"Set-Cookie: session=1; Path=/"))
    assert client.get(server.url("/")).body == b"direct"
    assert client.get(server.url("/")).body == b"direct"
    for request in server.requests:
        assert b"authorization" not in request.lower()
        assert b"cookie" not in request.lower()


@pytest.mark.parametrize(
    "opening",
    [OK + b"Content-Length: 1000000\r\n\r\n", OK + b"X-Slow: ", b"", b"HTTP/1.1 100 Continue\r\n"],
)
def test_a_byte_at_a_time_ends_at_the_time_limit(
    client: GuardedClient, server: HostileServer, opening: bytes
) -> None:
    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(opening)
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    server.answers["/"] = answer
    started_at = time.monotonic()
    with pytest.raises(Unavailable, match="in time"):
        client.get(server.url("/"), timeout_seconds=0.5)
    assert time.monotonic() - started_at < 5


def test_a_byte_at_a_time_over_tls_ends_too(
    tls_server: HostileServer, certificate: tuple[Path, Path]
) -> None:
    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(OK + b"Content-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    tls_server.answers["/"] = answer
    client = GuardedClient(
        allow_loopback=True, ca_file=str(certificate[0]), resolve=lambda *_: ["127.0.0.1"]
    )
    with pytest.raises(Unavailable, match="in time"):
        client.get(tls_server.url("/", "city.example"), timeout_seconds=0.5)


def test_a_handshake_that_never_ends_is_given_up(
    client: GuardedClient, server: HostileServer
) -> None:
    url = server.url("/").replace("http:", "https:")
    with pytest.raises(Unavailable):
        client.get(url, timeout_seconds=0.5)


def test_a_resolver_that_hangs_is_given_up() -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        time.sleep(3)
        return []

    with pytest.raises(Unavailable, match="in time"):
        GuardedClient(resolve=resolve).get("https://slow.example/", timeout_seconds=0.2)


def test_a_name_that_does_not_exist_is_unavailable() -> None:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unavailable, match=r"nowhere\.example cannot be reached"):
        GuardedClient(resolve=resolve).get("https://nowhere.example/")


def test_a_closed_port_is_unavailable(client: GuardedClient) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        client.get("http://127.0.0.1:1/")


def test_more_bytes_than_allowed_are_refused(client: GuardedClient, server: HostileServer) -> None:
    server.says("/announced", whole(b"x" * 2000))
    server.says("/unannounced", OK + b"\r\n" + b"x" * 2000)
    for path in ("/announced", "/unannounced"):
        with pytest.raises(TooLarge, match="1000 bytes"):
            client.get(server.url(path), max_bytes=1000)


def test_an_inflating_bomb_is_stopped_at_the_limit(
    client: GuardedClient, server: HostileServer
) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    server.says("/", whole(bomb, b"Content-Encoding: gzip"))
    with pytest.raises(TooLarge):
        client.get(server.url("/"), max_bytes=1_000_000)


def test_an_encoding_that_was_not_asked_for_is_refused(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/", whole(b"x", b"Content-Encoding: br"))
    with pytest.raises(Untrusted, match="encoding"):
        client.get(server.url("/"))


def test_endless_headers_are_refused(client: GuardedClient, server: HostileServer) -> None:
    server.says("/long", OK + b"X: " + b"a" * 200_000 + b"\r\n\r\n")
    server.says("/many", OK + b"X: a\r\n" * 20_000 + b"\r\n")
    for path in ("/long", "/many"):
        with pytest.raises((TooLarge, Untrusted)):
            client.get(server.url(path))


def test_a_body_shorter_than_announced_is_not_taken_for_whole(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/length", OK + b"Content-Length: 100\r\n\r\nshort")
    server.says("/chunked", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab")
    server.says("/gzip", OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a" * 99)[:-4])
    for path in ("/length", "/chunked", "/gzip"):
        with pytest.raises(Unavailable):
            client.get(server.url(path))


def test_an_answer_that_is_no_http_is_refused(client: GuardedClient, server: HostileServer) -> None:
    server.says("/", b"SSH-2.0-OpenSSH_9.6\r\n")
    with pytest.raises((Untrusted, Unavailable)):
        client.get(server.url("/"))


def test_a_stream_gives_lines_of_a_compressed_answer(
    client: GuardedClient, server: HostileServer
) -> None:
    body = b"\n".join(b'{"seq":%d}' % seq for seq in range(5000))
    packed = gzip.compress(body[:20000]) + gzip.compress(body[20000:])
    server.says("/", whole(packed, b"Content-Encoding: gzip"))
    with client.stream(server.url("/")) as answer:
        lines = list(answer.iter_lines())
    assert (len(lines), lines[0], lines[-1]) == (5000, b'{"seq":0}', b'{"seq":4999}')
    assert b"Accept-Encoding: gzip" in server.requests[0]


def test_a_stream_that_inflates_beyond_the_limit_ends(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/", whole(gzip.compress(bytes(5_000_000)), b"Content-Encoding: gzip"))
    with (
        pytest.raises(TooLarge),
        client.stream(server.url("/"), max_bytes=1_000_000) as answer,
    ):
        for _chunk in answer.iter_chunks():
            pass


def test_a_line_without_end_is_refused(client: GuardedClient, server: HostileServer) -> None:
    server.says("/", whole(b"x" * 5000))
    with pytest.raises(TooLarge), client.stream(server.url("/")) as answer:
        list(answer.iter_lines(max_line_bytes=1000))


def test_a_resolver_gives_the_body_of_a_good_answer_only(
    client: GuardedClient, server: HostileServer
) -> None:
    server.says("/did.json", whole(b"{}"))
    server.says("/gone", b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
    resolver = HttpResolver(client)
    assert resolver.fetch(server.url("/did.json"), "application/did+json") == b"{}"
    assert b"Accept: application/did+json" in server.requests[0]
    with pytest.raises(Withdrawn, match="has withdrawn"):
        resolver.fetch(server.url("/gone"), "*/*")


def test_a_resolver_stops_asking_when_its_time_is_used_up(
    client: GuardedClient, server: HostileServer
) -> None:
    def answer(connection: socket.socket, _request: bytes) -> None:
        time.sleep(5)
        connection.sendall(whole(b"{}"))

    server.says("/quick", whole(b"{}"))
    server.answers["/slow"] = answer
    resolver = HttpResolver(client, total_seconds=1.5)
    resolver.fetch(server.url("/quick"), "*/*")
    with pytest.raises(Unavailable, match="in time"):
        resolver.fetch(server.url("/slow"), "*/*")
    with pytest.raises(Unavailable, match="was not asked"):
        resolver.fetch(server.url("/quick"), "*/*")
    assert len(server.requests) == 2
