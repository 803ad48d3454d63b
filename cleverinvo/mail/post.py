"""The postman: takes mails that are due from the queue to a mail server, several at once."""

import asyncio
import logging
from datetime import datetime
from email import policy
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Final, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.db.engine import Database
from cleverinvo.documents import actions as documents
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import Problem
from cleverinvo.mail import actions, headers
from cleverinvo.mail.store import Envelope

BATCH: Final = 20
AT_ONCE: Final = 5
TIMEOUT_SECONDS: Final = 30
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

logger = logging.getLogger("cleverinvo.mail")


class Server(NamedTuple):
    """A mail server, and whom its mails come from."""

    host: str
    port: int
    username: str | None
    password: str | None
    is_tls: bool
    start_tls: bool | None
    """None: where the server offers it. With a password that goes over a network it is demanded."""
    sender: str

    @classmethod
    def of_url(cls, url: str, public_url: str) -> Self:
        """The server of `smtp://user:password@host:587?from=billing@example.com`; `smtps` is TLS at once."""
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "smtps"
        username = unquote(parts.username) if parts.username else None
        asked = parse_qs(parts.query).get("from", [""])[-1]
        usual = f"invoices@{urlsplit(public_url).hostname}"
        return cls(
            host=host,
            port=parts.port or (465 if is_tls else 587 if username else 25),
            username=username,
            password=unquote(parts.password) if parts.password else None,
            is_tls=is_tls,
            start_tls=False if is_tls else True if username and host not in LOCAL else None,
            sender=headers.address(asked) or headers.address(username or "") or usual,
        )


class Postman:
    """The one of its process. Nothing is lost with it: what it has taken is due again when its lease ends."""

    def __init__(self, database: Database, renderer: Renderer, server: Server) -> None:
        self._database = database
        self._renderer = renderer
        self._server = server
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def deliver_due(self) -> bool:
        """Send a batch of what is due; whether there is more."""
        taken: list[Envelope] = await self._database.write(actions.claim, NO_ACCOUNT, BATCH)
        await asyncio.gather(*map(self._deliver, taken))
        return len(taken) == BATCH

    async def _deliver(self, envelope: Envelope) -> None:
        account_id, mail = envelope.account_id, envelope.mail
        async with self._turns:
            try:
                refused = await self._send(envelope)
            except (aiosmtplib.SMTPException, Problem, OSError) as error:
                logger.warning("mail %s was not sent: %s", mail.id, error)
                await self._database.write(
                    actions.note_failure, account_id, mail.id, describe(error), is_final(error)
                )
            else:
                await self._database.write(actions.note_sent, account_id, mail.id, refused)

    async def _send(self, envelope: Envelope) -> str | None:
        """Send a mail; what the server said of recipients that it refused while it took others."""
        mail, server = envelope.mail, self._server
        pdf, name = b"", ""
        if mail.attaches_pdf:
            document = await self._database.scan(documents.find_shown, envelope.account_id, mail.invoice_id)
            pdf, name = await self._renderer.pdf(document), f"{document.name}.pdf"
        message = write(envelope, server.sender, self._database.clock(), pdf, name)
        refused, _ = await aiosmtplib.send(
            message.as_bytes(policy=policy.compat32.clone(linesep="\r\n")),
            sender=server.sender,
            recipients=[*mail.to, *mail.cc],
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.is_tls,
            start_tls=server.start_tls,
            timeout=TIMEOUT_SECONDS,
        )
        return "; ".join(f"{to}: {answer.code} {answer.message}" for to, answer in refused.items()) or None


def write(envelope: Envelope, sender: str, now: datetime, pdf: bytes, name: str) -> Message:
    """The mail as it travels. Its headers are encoded by us, so that nothing reads what was typed again."""
    mail = envelope.mail
    body = MIMEMultipart("alternative")
    body.attach(MIMEText(mail.text, "plain", "utf-8"))
    body.attach(MIMEText(envelope.html, "html", "utf-8"))
    message: Message = body
    if pdf:
        message = MIMEMultipart("mixed")
        message.attach(body)
        attached = MIMEApplication(pdf, "pdf")
        attached.add_header("Content-Disposition", "attachment", filename=name.replace("/", "-"))
        message.attach(attached)
    message["From"] = headers.mailbox(envelope.sender_name, sender)
    message["To"] = ", ".join(mail.to)
    if mail.cc:
        message["Cc"] = ", ".join(mail.cc)
    if envelope.reply_to:
        message["Reply-To"] = headers.mailbox(envelope.sender_name, envelope.reply_to)
    message["Subject"] = headers.text(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.id}@{sender.partition('@')[2]}>"  # the same at every attempt
    message["Auto-Submitted"] = "auto-generated"
    return message


def describe(error: Exception) -> str:
    """What went wrong, as the mail server put it."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


def is_final(error: Exception) -> bool:
    """Whether the server will never take it: it refused every recipient, or the mail itself, for good (5xx)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= 500 for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return False  # the operator will correct the password
    return isinstance(error, aiosmtplib.SMTPDataError | aiosmtplib.SMTPSenderRefused) and error.code >= 500
