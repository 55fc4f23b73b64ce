"""Mail through a real SMTP conversation on loopback, and into the development folder."""

import base64
import logging
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from colnode import audit, jobs, mail, rooms
from colnode.config import Config
from colnode.errors import ConfigurationError, Invalid, NotFound, Unavailable
from colnode.mail import Mailer
from colnode.node import Node


@dataclass
class SmtpServer:
    """What the server answers to RCPT and to AUTH, and what it received."""

    port: int = 0
    answer_to_recipient: bytes = b"250 ok"
    password: bytes = b""
    messages: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    server: "_Listener"

    def handle(self) -> None:
        self._say(b"220 mail.example ESMTP")
        for line in self.rfile:
            verb = line.strip().upper()
            if verb.startswith(b"EHLO"):
                self._say(b"250-mail.example", b"250 AUTH PLAIN")
            elif verb.startswith(b"AUTH PLAIN"):
                given = base64.b64decode(line.split()[2]).split(b"\0")[2]
                accepted = given == self.server.state.password
                self._say(b"235 welcome" if accepted else b"535 no")
            elif verb.startswith(b"RCPT"):
                self._say(self.server.state.answer_to_recipient)
            elif verb == b"DATA":
                self._say(b"354 go on")
                self._receive()
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 ok")

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def _receive(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.state.messages.append(b"".join(lines).decode())
        self._say(b"250 taken")


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    state: SmtpServer


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    state = SmtpServer()
    with _Listener(("127.0.0.1", 0), _Conversation) as listener:
        listener.state = state
        state.port = listener.server_address[1]
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield state
        listener.shutdown()


def configured(node: Node, smtp: SmtpServer, **settings: object) -> Node:
    """The same node with mail going to the test's server."""
    defaults: dict[str, object] = {
        "host": "127.0.0.1",
        "port": smtp.port,
        "encryption": "none",
        "sender": "city@vilnius.example",
    }
    changed = replace(node.config.mail, **{**defaults, **settings})  # type: ignore[arg-type]
    return with_config(node, replace(node.config, mail=changed))


def with_config(node: Node, config: Config) -> Node:
    node.config = config
    node.mail = Mailer(config)
    node.job_kinds = {kind.name: kind for kind in rooms.JOBS if kind.name == "mail.send"}
    return node


def send(node: Node, to: str = "ona@learner.example", subject: str = "Sveiki, Ona") -> None:
    with node.unit():
        node.mail.send(node, to, subject, "Your link: https://x.example/", "<p>Your link</p>")


def test_a_message_arrives_in_text_and_html(node: Node, smtp: SmtpServer) -> None:
    configured(node, smtp)
    send(node)
    jobs.run_due(node)
    (message,) = smtp.messages
    assert "From: Our City <city@vilnius.example>" in message
    assert "To: ona@learner.example" in message
    assert "Your link: https://x.example/" in message
    assert "<p>Your link</p>" in message
    with node.reading():
        assert jobs.count_jobs(node) == {}


def test_a_message_leaves_only_when_its_cause_is_kept(node: Node, smtp: SmtpServer) -> None:
    configured(node, smtp)

    def fail_after_sending() -> None:
        with node.unit():
            node.mail.send(node, "ona@learner.example", "Hello", "text")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_sending()
    jobs.run_due(node)
    assert smtp.messages == []


def test_the_user_signs_in_at_the_server(node: Node, smtp: SmtpServer) -> None:
    smtp.password = b"right"
    configured(node, smtp, user="city", password="right")
    send(node)
    jobs.run_due(node)
    assert len(smtp.messages) == 1


def test_a_wrong_password_is_said_clearly(node: Node, smtp: SmtpServer) -> None:
    smtp.password = b"right"
    configured(node, smtp, user="city", password="wrong")
    message = node.mail.test_message("ona@learner.example", node.clock.now())
    with pytest.raises(ConfigurationError, match=r"mail\.user or mail\.password"):
        node.mail.deliver_now(message)


def test_a_server_without_encryption_is_not_given_mail_in_the_clear(
    node: Node, smtp: SmtpServer
) -> None:
    configured(node, smtp, encryption="starttls")
    message = node.mail.test_message("ona@learner.example", node.clock.now())
    with pytest.raises(ConfigurationError, match="does not offer"):
        node.mail.deliver_now(message)
    assert smtp.messages == []


def test_without_a_server_the_message_waits_and_says_why(node: Node) -> None:
    with_config(node, node.config)
    assert not node.mail.is_configured
    send(node)
    jobs.run_due(node)
    with node.reading():
        assert jobs.count_jobs(node) == {"waiting": 1}
    with pytest.raises(ConfigurationError, match=r"fill in mail\.host"):
        node.mail.deliver_now(node.mail.test_message("a@b.example", node.clock.now()))


def test_a_server_that_cannot_be_reached_is_named(node: Node, smtp: SmtpServer) -> None:
    configured(node, smtp, port=1)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 cannot be reached"):
        node.mail.deliver_now(node.mail.test_message("a@b.example", node.clock.now()))


def test_a_recipient_refused_for_now_is_tried_again_without_naming_them_in_the_log(
    node: Node, smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.answer_to_recipient = b"450 ona@learner.example is busy"
    configured(node, smtp)
    send(node)
    with caplog.at_level(logging.DEBUG):
        jobs.run_due(node)
    with node.reading():
        assert jobs.count_jobs(node) == {"waiting": 1}
    assert caplog.text
    assert "ona" not in caplog.text.lower()
    assert "learner" not in caplog.text


def test_a_recipient_refused_for_good_is_recorded_and_not_tried_again(
    node: Node, smtp: SmtpServer
) -> None:
    smtp.answer_to_recipient = b"550 no such user ona@learner.example"
    configured(node, smtp)
    send(node)
    jobs.run_due(node)
    with node.reading():
        assert jobs.count_jobs(node) == {}
        (event,) = audit.latest_events(node)
    assert event.action == "mail.refused"
    assert "550" in str(event.reason)
    assert "ona" not in str(event.reason)


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ona@learner.example\r\nBcc: all@city.example", "Hello"),
        ("ona@learner.example", "Hello\r\nBcc: all@city.example"),
        ("ona@learner.example, jonas@learner.example", "Hello"),
        ("Ona <ona@learner.example>", "Hello"),
        ("ona", "Hello"),
        ("@learner.example", "Hello"),
        ("ona@", "Hello"),
        ("", "Hello"),
    ],
)
def test_what_would_add_a_header_or_a_recipient_is_refused(
    node: Node, smtp: SmtpServer, to: str, subject: str
) -> None:
    configured(node, smtp)
    with pytest.raises(Invalid):
        send(node, to, subject)
    with node.reading():
        assert jobs.count_jobs(node) == {}


def test_a_line_break_that_only_unicode_knows_is_a_space(node: Node, smtp: SmtpServer) -> None:
    """The names of organisations stand in subjects."""
    configured(node, smtp)
    send(node, "ona@learner.example", "City\u2028Library\x85is\u2029open")
    jobs.run_due(node)
    (message,) = smtp.messages
    assert "Subject: City Library is open\r\n" in message


def test_an_international_domain_is_sent_in_its_ascii_form(node: Node, smtp: SmtpServer) -> None:
    configured(node, smtp)
    send(node, "ona@mokykla-šilas.example")
    jobs.run_due(node)
    assert "To: ona@xn--mokykla-ilas-2nc.example" in smtp.messages[0]


def test_a_demonstration_writes_mail_into_a_folder_newest_first(node: Node) -> None:
    with_config(node, replace(node.config, server=replace(node.config.server, demo=True)))
    send(node, subject="First")
    jobs.run_due(node)
    send(node, subject="Second")
    jobs.run_due(node)
    newest, oldest = mail.list_development_mail(node)
    assert (newest.subject, oldest.subject) == ("Second", "First")
    assert newest.to == "ona@learner.example"
    assert newest.text.strip() == "Your link: https://x.example/"
    assert mail.read_development_mail(node, newest.id) == newest
    for mail_id in ("0", "../colnode"):
        with pytest.raises(NotFound):
            mail.read_development_mail(node, mail_id)
