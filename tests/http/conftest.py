"""A server that answers whatever bytes a test tells it to, over plain HTTP or TLS."""

import datetime
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[socket.socket, bytes], None]


@dataclass
class HostileServer:
    """Answers by path; keeps the requests that it saw."""

    port: int
    scheme: str
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def says(self, path: str, *pieces: bytes) -> None:
        """Answer a path with exactly these bytes, then close."""

        def answer(connection: socket.socket, _request: bytes) -> None:
            for piece in pieces:
                connection.sendall(piece)

        self.answers[path] = answer


def _serve(server: HostileServer, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(server, connection, tls), daemon=True).start()


def _answer(server: HostileServer, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    try:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as open_one:
            request = _read_request(open_one)
            server.requests.append(request)
            path = request.split(b" ", 2)[1].decode()
            server.answers[path](open_one, request)
    except OSError:
        pass  # the client went away, which several tests are about
    finally:
        connection.close()


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    head, _gap, body = request.partition(b"\r\n\r\n")
    announced = re.search(rb"Content-Length: (\d+)", head)
    while announced and len(body) < int(announced[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _start(scheme: str, tls: ssl.SSLContext | None) -> tuple[HostileServer, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = HostileServer(listener.getsockname()[1], scheme)
    threading.Thread(target=_serve, args=(server, listener, tls), daemon=True).start()
    return server, listener


def _stop(listener: socket.socket) -> None:
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def server() -> Iterator[HostileServer]:
    server, listener = _start("http", None)
    yield server
    _stop(listener)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for city.example and 127.0.0.2, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "city.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("city.example"), x509.IPAddress(ip_address("127.0.0.2"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@pytest.fixture
def tls_server(certificate: tuple[Path, Path]) -> Iterator[HostileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server, listener = _start("https", context)
    yield server
    _stop(listener)
