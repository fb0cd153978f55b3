"""Mail for the services' own addresses, which the site's own mail server hands over by LMTP (RFC
2033) or SMTP.

What was answered with 250 is stored: its bytes in a file, its row committed. Each recipient is
another service and gets an answer of its own where the protocol has one. A mail goes to disk as it
comes, so that a large one takes no memory.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from occ.core import clock, disk, storage
from occ.core.db import db
from occ.core.settings import configured
from occ.mail import queries, rules, writes
from occ.mail.rules import Identity
from occ.mail.writes import Came, NotOwner
from occ.organization.rules import Feature, ServiceState

LINE = 1024 * 1024  # bytes of a line that is taken: robots break none
SILENCE = 300.0  # seconds after which whoever says nothing is left (RFC 5321, 4.5.3.2.7)
RECIPIENTS = 100  # of one mail (RFC 5321, 4.5.3.1.8)
STORED, FULL, LATER = "250 2.0.0 Stored", "452 4.3.1 No room, try later", "451 4.3.0 Try later"
UNKNOWN, OFF = "550 5.1.1 No such mailbox here", "550 5.2.1 Mailbox disabled"
TOO_LARGE = "552 5.3.4 Larger than 40 MB"
NOT_ASCII, MANY = "553 5.6.7 Addresses are ASCII here", "452 4.5.3 Too many recipients"
T = TypeVar("T")
log = logging.getLogger("occ.mail")


@dataclass(frozen=True)
class Place:
    """Whom a recipient stands for."""

    service_id: int
    account_id: int
    address: str


def place(address: str) -> Place | str:
    """The mailbox of a recipient, else the answer that refuses it.

    A service that is suspended takes mail, which waits (ORG-5).
    """
    if not address.isascii():
        return NOT_ASCII
    if address.rpartition("@")[2].lower().removesuffix(".") != configured().mail_domain:
        return UNKNOWN
    slug, _token = rules.local_parts(address)
    found = queries.recipient(slug)
    if found is None:
        return UNKNOWN
    service, account = found
    if service.state not in (ServiceState.ACTIVE, ServiceState.SUSPENDED):
        return UNKNOWN
    if not service.offers(Feature.MAIL):
        return UNKNOWN
    return Place(service.id, account.id, address) if account.on else OFF


def take(places: Sequence[Place], file: storage.Growing, identity: str, epoch: int) -> list[str]:
    """Stores a mail for each of its recipients; the answers, in their order.

    Each service has a file of its own, so that what one of them destroys is no other's.
    """
    # of two addresses of one service the one with a token says more
    order = sorted(range(len(places)), key=lambda n: "+" not in places[n].address)
    answers: dict[int, str] = {}
    original = file.keep()
    try:
        for n in order:
            answers[n] = _taken(places[n], original, file.size, identity, epoch)
    finally:
        storage.remove(original)
    return [answers[n] for n in range(len(places))]


def _taken(one: Place, original: str, size: int, identity: str, epoch: int) -> str:
    key = None
    try:
        key = storage.link(original)
        with db.write():
            writes.check_owner(epoch)
            is_new = writes.note(
                Came(
                    service_id=one.service_id,
                    account_id=one.account_id,
                    key=key,
                    size=size,
                    identity=identity,
                    received_at=clock.now(),
                    recipient=one.address,
                )
            )
            writes.progressed(one.account_id, mail=is_new)
            writes.looked(one.account_id)
    except disk.DiskFull:
        return _left(key, FULL)
    except NotOwner:
        return _left(key, LATER)
    except Exception:  # whoever sends it does so again
        log.exception("a mail could not be stored")
        return _left(key, LATER)
    return STORED if is_new else _left(key, STORED)


def _left(key: str | None, answer: str) -> str:
    if key is not None:
        storage.remove(key)
    return answer


class _Body:
    """The bytes after DATA, on their way to a file: up to the lone dot, leading dots undone."""

    def __init__(self, file: storage.Growing | None) -> None:
        self._file, self.identity = file, Identity()
        self.refusal = "" if file is not None else FULL
        self.size = 0
        self._is_start = True

    def line(self, line: bytes) -> bool:
        """Takes a line or a part of a long one; False when it was the end."""
        if self._is_start and line == b".\r\n":
            return False
        text = line[1:] if self._is_start and line.startswith(b".") else line
        self._is_start = line.endswith(b"\r\n")
        self.size += len(text)
        if self.size > rules.SIZE_MAX:
            self.refusal = TOO_LARGE
        if self.refusal or self._file is None:
            return True
        try:
            self.identity.feed(text)
            self._file.write(text)
        except disk.DiskFull:
            self.refusal = FULL
        return True


class Dialogue(SMTP):
    """One connection. What aiosmtpd does with a mail's bytes is replaced: it would hold all of
    them, twice, and answer once for all recipients.
    """

    line_length_limit = LINE
    answers_each = False

    def __init__(self, inlet: "Inlet", **more: Any) -> None:
        self._inlet = inlet
        self.places: dict[str, Place] = {}
        super().__init__(inlet, **more)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        places = [self.places[to] for to in self.envelope.rcpt_tos]
        file = await self._inlet.call(_opened)
        try:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            body = _Body(file)
            await self._read(body)
            answers = [body.refusal] * len(places)
            if file is not None and not body.refusal:
                identity = body.identity.hex()
                answers = await self._inlet.call(
                    lambda: take(places, file, identity, self._inlet.epoch)
                )
        finally:
            if file is not None:
                file.__exit__()
        self.places.clear()
        self.envelope = self._create_envelope()
        if self.answers_each:
            await self.push("\r\n".join(answers))
        else:  # one answer for all: whoever sends it again doubles none
            await self.push(next((one for one in answers if one != STORED), STORED))

    async def _read(self, body: _Body) -> None:
        is_open = True
        while is_open:
            try:
                line = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                line = await self._reader.read(error.consumed)
            is_open = body.line(line)
            self._reset_timeout()


def _opened() -> storage.Growing | None:
    """A file for a mail that comes; None without room for one."""
    try:
        return storage.Growing(".eml")
    except disk.DiskFull:
        return None


class LmtpDialogue(LMTP, Dialogue):
    answers_each = True


class Inlet:
    """Listens until `stop`, in a thread of its own that sleeps while nobody connects.

    aiosmtpd reads all its attributes for each connection, so none of them may wait for anything.
    """

    def __init__(
        self, app: Flask, *, protocol: str, host: str, port: int, domain: str, epoch: int
    ) -> None:
        self._app, self._kind = app, LmtpDialogue if protocol == "lmtp" else Dialogue
        self._host, self._domain = host, domain
        self.port = port  # with 0 another one once it listens
        self.epoch = epoch
        self._loop = asyncio.new_event_loop()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # it would log addresses

    def start(self) -> None:
        """Begins to listen. Raises OSError where that cannot be."""
        self._thread.start()
        self._opened.result()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends at once: what has no answer yet is sent again."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._app.app_context():  # writing a file asks the settings how full the disk may be
            self._listen()

    def _listen(self) -> None:
        wanted = self._loop.create_server(self._dialogue, self._host, self.port)
        try:
            server = self._loop.run_until_complete(wanted)
            self.port = int(server.sockets[0].getsockname()[1])
            self._opened.set_result(None)
            self._loop.run_forever()
            server.close()
            self._loop.run_until_complete(self._end())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        except OSError as error:
            if self._opened.done():
                raise
            self._opened.set_exception(error)
        finally:
            self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _dialogue(self) -> Dialogue:
        return self._kind(
            self,
            data_size_limit=rules.SIZE_MAX,
            hostname=self._domain,
            ident="OCC",  # a version of a library is nobody's business
            enable_SMTPUTF8=False,
            timeout=SILENCE,
            loop=self._loop,
        )

    async def call(self, work: Callable[[], T]) -> T:
        """Does something that waits for disk or database, beside the other dialogues."""

        def done() -> T:
            with self._app.app_context():
                try:
                    return work()
                finally:
                    db.session.remove()

        return await self._loop.run_in_executor(None, done)

    # hooks of aiosmtpd

    async def handle_RCPT(  # noqa: N802
        self,
        server: Dialogue,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return MANY
        try:
            found = await self.call(lambda: place(address))
        except Exception:
            log.exception("a recipient could not be looked up")
            return LATER
        if isinstance(found, str):
            return found
        server.places[address] = found
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        log.error("receiving failed", exc_info=error)
        return LATER
