"""From stored bytes to a fact: reads waiting mails, one after the other, and announces each.

A mail that fails, whatever the reason, is put aside with it; the others go on.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from email.header import decode_header, make_header
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple, TypeGuard

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from occ.core import clock, files, jobs, storage, uploads
from occ.core.db import db, is_retryable
from occ.core.disk import DiskFull
from occ.core.events import emit
from occ.core.settings import configured
from occ.core.text import writable
from occ.core.uploads import Upload
from occ.mail import queries, reading, rules
from occ.mail.events import MailReceived
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.queries import Waiting
from occ.mail.reading import Letter, Part
from occ.mail.reading.apart import APART, Reader, Unreadable, place
from occ.mail.rules import MailState, Reason
from occ.organization.models import Service

TOGETHER = 20  # mails that are taken at once
AT_ONCE = 4  # of these, told of in one transaction: each ends with a write to the disk
FEW = 3  # so many are read sooner than a child has begun
log = logging.getLogger("occ.mail")
_NOT_THEIRS = (DiskFull, OSError, StaleDataError, sa.exc.DBAPIError, jobs.Stopped)
"""What ends the reading for no fault of any mail: none of those left has been tried."""


class Aside(Exception):
    """A mail cannot be read now or ever."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason, self.detail = reason, detail


class Died(Exception):
    """A child that had read others found no end of a mail."""

    def __init__(self, mail: Waiting) -> None:
        super().__init__(mail.id)
        self.mail = mail


class Read(NamedTuple):
    """What a mail says, and its files as the console keeps them."""

    mail: Waiting
    letter: Letter
    files: Sequence[Upload | None]


def read_waiting() -> int:
    """Reads all mails that wait. Returns how many."""
    count, is_even = 0, True
    with Reader(configured().instance) as reader:
        while taken := _take():
            left = deque(taken)
            try:
                ahead = _ask_ahead(taken, reader)
                while left:
                    some = list(islice(takewhile(ahead.__contains__, left), AT_ONCE)) or [left[0]]
                    read(some, reader, are_ahead=some[0] in ahead)
                    for _one in some:
                        left.popleft()
                    count += len(some)
                    is_even = not is_even
                    jobs.breathe(pause=is_even)
            except Died as died:
                log.warning("mail %s is read once more, alone: %s", died.mail.id, died.__cause__)
                count += left.index(died.mail) + 1
                reader.forget()
                _give_back(one for one in left if one is not died.mail)  # they may answer it
            except _NOT_THEIRS:
                _give_back(left)
                raise
    return count


def _take() -> list[Waiting]:
    """Counts an attempt for the next mails and returns them, with how many each has had.

    Who ends in the middle leaves no other trace: whatever was begun with once before is begun with
    alone and read by a child, so that what ends this process, or a child, is found.
    """
    waiting = queries.waiting(TOGETHER)
    db.session.rollback()
    if not waiting:
        return []
    chosen = waiting[:1] if waiting[0].attempts else [one for one in waiting if not one.attempts]
    with db.write():
        db.session.execute(
            sa.update(ReceivedMail)
            .where(
                ReceivedMail.id.in_([one.id for one in chosen]),
                ReceivedMail.state == MailState.WAITING,
            )
            .values(attempts=ReceivedMail.attempts + 1)
        )
    return [one._replace(attempts=one.attempts + 1) for one in chosen]


def _ask_ahead(taken: list[Waiting], reader: Reader) -> list[Waiting]:
    """Has many mails read by a child from now on, while this process writes what it has read: no
    large ones, whose child ends with each. Returns them.
    """
    if len(taken) <= FEW:
        return []
    ahead = [one for one in taken if one.size <= APART and _is_there(one)]
    for one in ahead:
        assert one.key is not None
        reader.ask(storage.path(one.key), received_at=one.received_at)
    return ahead


def _is_there(mail: Waiting) -> bool:
    return mail.key is not None and storage.path(mail.key).exists()


def read(mails: Sequence[Waiting], reader: Reader, *, are_ahead: bool) -> None:
    """Reads mails that were taken and announces them, or puts them aside. Raises Died with the
    first that a child died over with others: it goes on waiting, and is the next that is taken.
    """
    with ExitStack() as letters:
        found: list[Read] = []
        for mail in mails:
            try:
                _refuse(mail, is_ahead=are_ahead)
                letter = letters.enter_context(_letter(mail, reader, is_ahead=are_ahead))
                found.append(Read(mail, letter, stored(letter)))
            except Unreadable as error:
                if are_ahead:
                    _announce(found)
                    raise Died(mail) from error
                _put_aside(mail, Aside(Reason.UNREADABLE, rules.said(error)))
            except Aside as aside:
                _put_aside(mail, aside)
        _announce(found)


def _refuse(mail: Waiting, *, is_ahead: bool) -> None:
    """Raises Aside for a mail that is not read (again)."""
    if mail.attempts > rules.ATTEMPTS:
        raise Aside(Reason.KILLED)
    if not (is_ahead or _is_there(mail)):
        raise Aside(Reason.GONE)
    if mail.size > rules.SIZE_MAX:
        raise Aside(Reason.TOO_LARGE)


@contextmanager
def _letter(mail: Waiting, reader: Reader, *, is_ahead: bool) -> Iterator[Letter]:
    """What a mail says. Raises Aside, and Unreadable where a child reads it."""
    assert mail.key is not None
    path = storage.path(mail.key)
    if is_ahead:
        with reader.taken() as letter:
            yield letter
    elif mail.size > APART:
        with Reader(configured().instance) as own:
            own.ask(path, received_at=mail.received_at)
            with own.taken() as letter:
                yield letter
    elif mail.attempts > 1:
        reader.ask(path, received_at=mail.received_at)
        with reader.taken() as letter:
            yield letter
    else:
        yield _here(path, mail.received_at)


def _here(path: Path, received_at: datetime) -> Letter:
    try:
        return reading.read(path.read_bytes(), received_at=received_at)
    except Exception as error:  # whatever the mail holds, the next one is read
        raise Aside(Reason.FAULT, place(error)) from error


def _announce(found: Sequence[Read]) -> None:
    """Tells the features above of mails, and notes so in the same transaction; of each in its own
    where one fails, which is put aside.
    """
    try:
        _tell_all(found)
    except Exception as error:
        if not _is_theirs(error):
            raise
        if len(found) > 1:
            for one in found:
                _announce([one])
        else:
            _put_aside(found[0].mail, Aside(Reason.FAULT, place(error)))


def _is_theirs(error: Exception) -> bool:
    """Whether a mail makes its announcing fail, and neither the disk nor the database does."""
    if isinstance(error, sa.exc.DBAPIError):
        return not (isinstance(error, sa.exc.OperationalError) or is_retryable(error))
    return not isinstance(error, DiskFull | StaleDataError | jobs.Stopped)


def _tell_all(found: Sequence[Read]) -> None:
    """In one transaction, which is tried once more where another one was in its way."""
    for is_last in (False, True):
        try:
            with db.write():
                rows = db.lock_all(ReceivedMail, [one.mail.id for one in found])
                told = []  # with service and account, which each of them would read anew
                for one in found:
                    row = rows.get(one.mail.id)
                    if _is_mine(row, one.mail):
                        told.append(_tell(row, one))
            return
        except (sa.exc.DBAPIError, StaleDataError) as error:
            is_passing = not isinstance(error, sa.exc.DBAPIError) or is_retryable(error)
            if is_last or not is_passing:
                raise


def stored(letter: Letter) -> list[Upload | None]:
    """Its files as the console keeps them (TKT-6): large ones take longer than a transaction may.
    None for what is too large or empty; what nobody names in the end goes with the orphans.
    """
    return [_kept(one) for one in letter.files]


def _kept(part: Part) -> Upload | None:
    if part.too_large or not 0 < part.size <= files.BYTES:
        return None
    if part.path is not None:
        return uploads.adopted(part.name, part.path)
    return uploads.keep(part.name, part.content)


def _tell(row: ReceivedMail, found: Read) -> MailReceived:
    letter = found.letter
    account = db.session.get(MailAccount, row.account_id) if row.account_id else None
    service = db.session.get_one(Service, row.service_id)
    event = MailReceived(service, account, row, letter, found.files)
    emit(event)
    row.state = MailState.HELD if event.held else MailState.READ
    row.reason, row.detail, row.subject = None, "", ""
    row.read_at = clock.now()
    row.about = event.about
    row.sender = rules.folded_address(letter.sender.address)[: rules.ADDRESS_MAX]
    return event


def _still_mine(mail: Waiting) -> ReceivedMail | None:
    """The mail, locked; None where somebody else has dealt with it meanwhile."""
    row: ReceivedMail | None = db.lock(ReceivedMail, mail.id)
    return row if _is_mine(row, mail) else None


def _is_mine(row: ReceivedMail | None, mail: Waiting) -> TypeGuard[ReceivedMail]:
    return row is not None and row.state is MailState.WAITING and row.attempts == mail.attempts


def _give_back(mails: Iterable[Waiting]) -> None:
    """What was taken and not read, for no fault of its own, has not been tried."""
    db.session.rollback()
    with db.write():
        for mail in mails:
            row = _still_mine(mail)
            if row is not None:
                row.attempts = mail.attempts - 1


def _put_aside(mail: Waiting, aside: Aside) -> None:
    with db.write():
        row = _still_mine(mail)
        if row is None:
            return
        row.state, row.reason, row.detail = MailState.QUARANTINED, aside.reason, aside.detail[:300]
        row.sender, row.subject = _hints(row.key)
        log.warning("mail %s is in quarantine: %s %s", row.id, aside.reason.value, aside.detail)


def _hints(key: str | None) -> tuple[str, str]:
    """(sender, subject) of a mail that could not be read, as far as they can be guessed."""
    if key is None or not storage.path(key).exists():
        return "", ""
    identity = rules.Identity()
    with open(storage.path(key), "rb") as file:
        identity.feed(file.read(rules.HEAD_MAX))
    sender, subject = identity.hint()
    words = sender.decode("utf-8", "replace")
    address = words.rpartition("<")[2].partition(">")[0] if "<" in words else words
    return rules.folded_address(writable(address))[: rules.ADDRESS_MAX], _decoded(subject)


def _decoded(header: bytes) -> str:
    text = header.decode("utf-8", "replace")
    try:
        text = str(make_header(decode_header(text)))
    except Exception:  # a guess of a mail that is broken anyway
        return writable(text)[: rules.SUBJECT_MAX]
    return writable(text)[: rules.SUBJECT_MAX]
