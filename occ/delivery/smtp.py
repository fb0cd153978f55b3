"""The SMTP sender."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit

TIMEOUT = timedelta(seconds=30)


@dataclass(frozen=True)
class Enclosed:
    """A stored file that goes with a mail; `kind` is a picture's media type, '' for everything else.

    With a `cid` it is a picture that the mail's HTML shows.
    """

    name: str
    kind: str
    path: Path
    cid: str = ""


@dataclass(frozen=True)
class Mail:
    key: str
    to: str
    subject: str
    body: str
    html: str = ""
    enclosed: Sequence[Enclosed] = ()


def send(mail: Mail, *, url: str, sender: str) -> str | None:
    """Sends one mail; None when the server took it, else what went wrong, in its words."""
    try:
        _send(mail, url=url, sender=sender)
    except Exception as error:  # one bad mail or setting must not stop the others
        return f"{type(error).__name__}: {error}"
    return None


def _send(mail: Mail, *, url: str, sender: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.key}@{sender.rpartition('@')[2].rstrip('>') or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    shown: EmailMessage | None = None
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
        shown = message.get_payload()[1]  # type: ignore[assignment,index]
    there = [file for file in mail.enclosed if file.path.exists()]  # destroyed meanwhile: the text still goes
    for file in sorted(there, key=lambda one: not one.cid):
        main, _slash, sub = (file.kind or "application/octet-stream").partition("/")
        content = file.path.read_bytes()
        if shown is not None and file.cid:
            shown.add_related(content, maintype=main, subtype=sub, filename=file.name, cid=f"<{file.cid}>", disposition="inline")
        else:
            message.add_attachment(content, maintype=main, subtype=sub, filename=file.name)
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    seconds = TIMEOUT.total_seconds()
    host, port = parts.hostname or "localhost", parts.port or (465 if secure else 25)
    trusted = ssl.create_default_context()
    server = smtplib.SMTP_SSL(host, port, timeout=seconds, context=trusted) if secure else smtplib.SMTP(host, port, timeout=seconds)
    with server:
        server.ehlo()
        if not secure and server.has_extn("starttls"):
            server.starttls(context=trusted)
            secure = True
        if parts.username:
            if not secure and host not in ("localhost", "127.0.0.1", "::1"):
                raise smtplib.SMTPException("the server offers no encryption; the password is not sent in clear")
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
