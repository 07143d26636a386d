"""E-mail, by SMTP (RFC 5321) with TLS: nothing is handed to a server in clear, but on this machine."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from engine import clock
from engine.notifications import texts
from engine.notifications.sending import NotSent, Outgoing
from engine.senders import MailServer, is_loopback

_TIMEOUT = 20  # seconds
_GONE = frozenset({550, 551, 553})
"""Replies that mean that there is no such mailbox (RFC 5321, 4.2.3)."""

_LASTING = range(500, 600)
_STATUS = re.compile(rb"5\.([0-9]+)\.[0-9]+")


def carry(server: MailServer, public_url: str, outgoing: Outgoing) -> str | None:
    """Hand an e-mail to the server; return its Message-ID, the same however often it is sent. Raises NotSent."""
    message = _letter(server, public_url, outgoing)
    try:
        with _connected(server) as connection:
            connection.send_message(message, server.sender, [outgoing.address])
    except smtplib.SMTPRecipientsRefused as refused:
        (code, text), *_rest = refused.recipients.values()
        raise NotSent("address_refused", lasting=code in _LASTING, broken=_is_gone(code, text)) from None
    except smtplib.SMTPAuthenticationError:
        raise NotSent("mail_login_refused") from None
    except smtplib.SMTPResponseException:  # the server wants it otherwise: no fault of this one address
        raise NotSent("mail_refused") from None
    except ssl.SSLError:
        raise NotSent("mail_without_tls") from None
    except (OSError, smtplib.SMTPException):
        raise NotSent("mail_unreachable") from None
    return str(message["Message-ID"])


def _is_gone(code: int, text: bytes) -> bool:
    """Tell whether there is no such mailbox: by the enhanced status (RFC 3463) where there is one."""
    status = _STATUS.match(text)
    return status[1] == b"1" if status else code in _GONE


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.implicit_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
    with connection:
        if not server.implicit_tls and not is_loopback(server.host):
            connection.starttls(context=context)  # a server that does not offer it gets nothing
        if server.username:
            connection.login(server.username, server.password)
        yield connection


def _letter(server: MailServer, public_url: str, outgoing: Outgoing) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Staffetta <{server.sender}>"
    message["To"] = outgoing.address
    message["Subject"] = texts.subject(outgoing.content)
    message["Date"] = format_datetime(clock.host_now())
    message["Message-ID"] = f"<{outgoing.id}@{urlsplit(public_url).hostname or 'staffetta.invalid'}>"
    # No answering machine answers, and none asks whether it was read (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(texts.letter(outgoing.content))
    return message
