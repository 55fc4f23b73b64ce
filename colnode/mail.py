"""Mail that the node sends: enqueued with what caused it, delivered by the job worker.

A demonstration node writes messages into a folder, which its /dev/mail page shows.
"""

import logging
import smtplib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Any

from colnode import audit, jobs
from colnode.config import Config
from colnode.db import new_id
from colnode.errors import ConfigurationError, Invalid, NotFound, Unavailable, _
from colnode.letters import letter_html

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "DevelopmentMail",
    "Mailer",
    "forget",
    "list_development_mail",
    "read_development_mail",
]

_log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
_KIND = "mail.send"


class Mailer:
    """Builds and delivers the city's mail."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def is_configured(self) -> bool:
        """Whether mail can leave at all."""
        return self._config.server.demo or bool(self._config.mail.host)

    def send(
        self,
        node: "Node",
        to: str,
        subject: str,
        text: str,
        html: str | None = None,
        then: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Enqueue a message in the caller's transaction; it leaves once that is committed.

        `then` is the kind and payload of a job that is enqueued once the message has left. Raises
        Invalid when the address or the subject cannot stand in a header.
        """
        self._message(to, subject, text, html, node.clock.now())
        payload = {"to": to, "subject": subject, "text": text, "html": html, "mail_id": new_id()}
        jobs.enqueue(node, _KIND, payload | {"then": list(then)} if then else payload)

    def deliver(self, node: "Node", payload: Mapping[str, Any]) -> None:
        """Deliver what `send` enqueued. A recipient that is refused for good is not tried again.

        Raises Unavailable or ConfigurationError, so that the job is tried later.
        """
        message = self._message(
            payload["to"],
            payload["subject"],
            payload["text"],
            payload["html"],
            node.clock.now(),
            mail_id=payload["mail_id"],
        )
        try:
            if self._config.server.demo:
                self._write(message, payload["mail_id"])
            else:
                self.deliver_now(message)
        except Invalid as refusal:
            with node.unit():
                audit.record(
                    node,
                    "mail.refused",
                    subject_type="mail",
                    subject_id=payload["mail_id"],
                    reason=str(refusal),
                )
            return
        if "then" in payload:
            kind, follows = payload["then"]
            with node.unit():
                jobs.enqueue(node, kind, follows)

    def test_message(self, to: str, now: datetime) -> EmailMessage:
        """A message with which an admin tries the settings."""
        subject = f"Test from {self._config.city.name}"
        text = f"{self._config.city.name} can send mail.\n\n{self._config.server.base_url}\n"
        return self._message(to, subject, text, None, now)

    def deliver_now(self, message: EmailMessage) -> None:
        """Hand a message to the SMTP server.

        Raises ConfigurationError when no server is set or it refuses the user, Unavailable when it
        cannot be reached or asks to come later, Invalid when it refuses the recipient for good.
        """
        if not self._config.mail.host:
            raise ConfigurationError(
                _("No SMTP server is set: fill in mail.host in the configuration.")
            )
        host = self._config.mail.host
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPAuthenticationError:
            raise ConfigurationError(
                _("{host} refuses mail.user or mail.password."), host=host
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ConfigurationError(
                _("{host} does not offer what is asked of it: {reason}"), host=host, reason=error
            ) from None
        except ssl.SSLError as error:
            raise Unavailable(
                _("No secure connection to {host}: {reason}."), host=host, reason=error.reason
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(host, next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(host, error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(
                _("The SMTP server {host} cannot be reached ({reason})."),
                host=f"{host}:{self._config.mail.port}",
                reason=type(error).__name__,
            ) from None

    def _connect(self) -> smtplib.SMTP:
        settings = self._config.mail
        tls = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.encryption == "tls":
            server = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=tls
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.encryption == "starttls":
                server.starttls(context=tls)
            if settings.user:
                server.login(settings.user, settings.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(
        self,
        to: str,
        subject: str,
        text: str,
        html: str | None,
        now: datetime,
        *,
        mail_id: str | None = None,
    ) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        domain = self._config.domain.partition(":")[0]
        sender = self._config.mail.sender or f"no-reply@{domain}"
        if any(ord(character) < 32 for character in subject + to):
            raise Invalid(_("An address or a subject cannot contain line breaks."))
        message["From"] = Address(self._config.city.name, addr_spec=_parse(sender).addr_spec)
        message["To"] = _parse(to)
        message["Subject"] = " ".join(subject.split())  # Unicode has line breaks of its own
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{mail_id}@{domain}>" if mail_id else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        city = self._config.city
        html = html or letter_html(
            text, city=city.name, colour=city.colour, home_url=self._config.server.base_url
        )
        message.add_alternative(html, subtype="html")
        return message

    def _write(self, message: EmailMessage, mail_id: str) -> None:
        folder = self._config.data_dir / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{mail_id}"
        new.write_bytes(message.as_bytes())
        new.rename(folder / f"{mail_id}.eml")


def _refusal(host: str, code: int) -> Invalid | Unavailable:
    """5xx is for good, 4xx for now (RFC 5321 section 4.2.1). Without the server's text: it may
    repeat the address, and that would reach the log."""
    if code >= 500:
        return Invalid(
            _("{host} refuses the message for good (code {code})."), host=host, code=code
        )
    return Unavailable(_("{host} asks to try later (code {code})."), host=host, code=code)


def _parse(address: str) -> Address:
    """An address as it may stand in a header; an international domain in its ASCII form."""
    try:
        local, _at, domain = address.strip().rpartition("@")
        parsed = Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, MessageError) as error:
        raise Invalid(_("This is not an e-mail address.")) from error
    if not parsed.username or not parsed.domain:
        raise Invalid(_("This is not an e-mail address."))
    return parsed


def forget(node: "Node", addresses: Collection[str]) -> None:
    """Drop what waits to be sent to these addresses, and what could not be sent."""
    for job in jobs.list_of_kind(node, _KIND):
        if str(job.payload["to"]).lower() in addresses:
            node.db.delete(job)
    node.db.flush()


@dataclass(frozen=True)
class DevelopmentMail:
    """A message that a demonstration node wrote instead of sending it."""

    id: str
    to: str
    subject: str
    text: str
    html: str | None
    sent_at: datetime


def list_development_mail(node: "Node", *, limit: int = 100) -> list[DevelopmentMail]:
    """The messages in the development folder, newest first."""
    folder = node.config.data_dir / "mail"
    paths = sorted(folder.glob("*.eml"), reverse=True)[:limit]
    return [_read(path.stem, path.read_bytes()) for path in paths]


def read_development_mail(node: "Node", mail_id: str) -> DevelopmentMail:
    """One message of the development folder; raises NotFound."""
    if not mail_id.replace("-", "").isalnum():
        raise NotFound(_("There is no such message."))
    try:
        data = (node.config.data_dir / "mail" / f"{mail_id}.eml").read_bytes()
    except FileNotFoundError:
        raise NotFound(_("There is no such message.")) from None
    return _read(mail_id, data)


def _read(mail_id: str, data: bytes) -> DevelopmentMail:
    message = message_from_bytes(data, policy=policy.default)
    plain = message.get_body(("plain",))
    html = message.get_body(("html",))
    return DevelopmentMail(
        id=mail_id,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else None,
        sent_at=message["Date"].datetime,
    )
