"""`colnode mail test`: whether the mail settings work, before anybody waits for a letter."""

from tests.cli.conftest import Run
from tests.cli.processes import free_port
from tests.mail.test_mail import SmtpServer, smtp

__all__ = ["smtp"]

SENDER = "city@vilnius.example"


def settings(port: int, **more: str) -> dict[str, str]:
    return {
        "COLNODE_MAIL_HOST": "127.0.0.1",
        "COLNODE_MAIL_PORT": str(port),
        "COLNODE_MAIL_ENCRYPTION": "none",
        "COLNODE_MAIL_SENDER": SENDER,
        **more,
    }


def test_a_message_is_handed_over_and_the_server_named(colnode: Run, smtp: SmtpServer) -> None:
    done = colnode("mail", "test", "ona@learner.example", **settings(smtp.port))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"127.0.0.1:{smtp.port} took the message for ona@learner.example.\n"
    (message,) = smtp.messages
    assert "To: ona@learner.example" in message
    assert SENDER in message


def test_what_does_not_work_is_said_in_one_line(colnode: Run, smtp: SmtpServer) -> None:
    smtp.password = b"right"
    login = {"COLNODE_MAIL_USER": "city", "COLNODE_MAIL_PASSWORD": "wrong"}
    for variables, hint in (
        ({}, "mail.host"),
        (settings(free_port()), "127.0.0.1"),
        (settings(smtp.port, **login), "password"),
    ):
        done = colnode("mail", "test", "ona@learner.example", **variables)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert hint in done.stderr
    assert smtp.messages == []
    assert colnode("mail", "test", "no address", **settings(smtp.port)).returncode != 0
