"""Mailboxes that are read here: a thread each, which waits in IDLE where the server has it.

A thread stores what comes, marks it in the mailbox and wakes the job that reads it. What it knows
stands in the database: killed at any instant, it goes on where the last commit was.
"""

import hashlib
import logging
import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import Flask

from occ.core import clock, storage
from occ.core.db import db
from occ.core.disk import DiskFull
from occ.mail import imap, oauth, queries, rules, writes
from occ.mail.imap import Dialogue, Listed
from occ.mail.models import MailAccount
from occ.mail.rules import Failed, Identity, Mailbox, SignIn, Trouble
from occ.mail.secrets import secret_of
from occ.mail.writes import Came, NotOwner

# seconds in IDLE before it is begun anew: routers forget connections that say nothing
IDLE = 300.0
POLL = 120.0  # seconds between two looks where the server has no IDLE
CHUNK = 500  # mails that are listed at once
SMALL = 256 * 1024  # bytes of a mail that is fetched with others
TOGETHER = (20, 2 * 1024 * 1024)  # mails, and bytes of them, that are fetched at once
# seconds after which a server that closes the connection has done nothing wrong
LASTED = 60.0
log = logging.getLogger("occ.mail")
Kept = tuple[str | None, int, str]
"""Where the bytes of a mail are stored, how many, and its identity."""


@dataclass(frozen=True)
class Account:
    """What a thread keeps of its account between two transactions."""

    id: int
    service_id: int
    keep_original: bool
    created: date
    uidvalidity: int | None
    last_uid: int
    first_uid: int
    older_since: date | None


class Box:
    """One mailbox, read by a thread of its own until `stop`."""

    def __init__(self, app: Flask, ident: int, epoch: int) -> None:
        self._app, self._ident, self._epoch = app, ident, epoch
        self._waker, self._woken = socket.socketpair()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mailbox-{ident}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Asks the thread to end; what it has begun to fetch is fetched again."""
        self._stopping.set()
        with suppress(OSError):
            self._woken.send(b".")

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._app.app_context():  # for settings and files; each transaction has one of its own
            self._go_on()

    def _go_on(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                try:
                    self.read(forever=True)
                except NotOwner:
                    return
                except Exception as error:
                    lasted = time.monotonic() - began >= LASTED
                    if not (lasted and isinstance(error, Failed) and error.trouble is Trouble.CUT):
                        failures = 1 if self._note(error) or lasted else failures + 1
                    self._wait(rules.wait_after(failures).total_seconds())
        finally:
            self.close()

    def close(self) -> None:
        """Nobody wakes it any more."""
        self._waker.close()
        self._woken.close()

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._waker, select.POLLIN)
        poll.poll(seconds * 1000)

    @contextmanager
    def _database(self) -> Iterator[None]:
        with self._app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    def _note(self, error: Exception) -> bool:
        """Keeps what went wrong for the health page; whether the account worked until now."""
        if isinstance(error, DiskFull):
            error = Failed(Trouble.DISK_FULL)
        if not isinstance(error, Failed):
            log.error("reading mailbox %s failed", self._ident, exc_info=error)
            error = writes.FAULT
        try:
            with self._database():
                row = db.session.get(MailAccount, self._ident)
                worked = row is not None and row.failing_since is None
                if worked and error is not writes.FAULT:
                    log.warning("mailbox %s cannot be read: %s", self._ident, error)
                with db.write():
                    writes.failed(self._ident, error)
            return worked
        except Exception:  # the database is away: the next round says so again
            log.exception("the trouble of mailbox %s could not be noted", self._ident)
            return False

    def _mailbox(self) -> Mailbox | None:
        """Where to sign in, with an access token that holds; None where it was removed."""
        with self._database():
            row = db.session.get(MailAccount, self._ident)
            if row is None or not row.on:
                return None
            box = Mailbox(
                host=row.host,
                port=row.port,
                security=row.security,
                user=row.user,
                sign_in=row.sign_in,
                credential=secret_of(row).password,
            )
            if box.sign_in is SignIn.OAUTH:
                return replace(box, credential=oauth.access_of(self._ident))
            return box

    def read(self, *, forever: bool) -> None:
        """Fetches all new mail, and, `forever`, waits for more until it is stopped.

        Raises Failed, NotOwner, DiskFull.
        """
        box = self._mailbox()
        if box is None:
            raise NotOwner
        try:
            dialogue = imap.connect(box)
        except Failed as failure:
            if box.sign_in is SignIn.OAUTH and failure.trouble is Trouble.REFUSED:
                with self._database():
                    oauth.forget(self._ident)
            raise
        try:
            self._look(dialogue)
            while forever and not self._stopping.is_set():
                self._watch(dialogue)
                if not self._stopping.is_set():
                    self._look(dialogue)
        finally:
            if self._stopping.is_set() or not forever:
                dialogue.close()
            else:
                dialogue.cut()

    def _watch(self, dialogue: Dialogue) -> None:
        """Waits until something may have come."""
        if dialogue.idles:
            with dialogue.idling() as idle:
                idle.wait(self._waker, IDLE)
            return
        self._wait(POLL)
        dialogue.renew()
        dialogue.is_there()

    # what is there

    def _look(self, dialogue: Dialogue) -> None:
        dialogue.renew()
        account = self._begin(dialogue)
        self._mark_left(dialogue, account)
        while not self._stopping.is_set():
            dialogue.renew()
            dialogue.has_news()  # what was told before this search is found by it
            account = self._account()
            uids = dialogue.after(account.last_uid)
            if uids and account.last_uid < account.first_uid:
                uids = self._from_before(dialogue, account, uids)
            if not uids:
                # what came while the server answered is told now, and never again
                if dialogue.has_news():
                    continue
                break
            self._fetch(dialogue, account, uids[:CHUNK], older=False)
        if account.older_since is not None and not self._stopping.is_set():
            self._fetch_older(dialogue, account)
        with self._database(), db.write():
            writes.check_owner(self._epoch)
            writes.looked(self._ident)

    def _account(self) -> Account:
        with self._database():
            row = db.session.get(MailAccount, self._ident)
            if row is None:
                raise NotOwner
            return _kept(row)

    def _begin(self, dialogue: Dialogue) -> Account:
        """Where to go on. A new mailbox begins with the next mail that comes.

        With another UIDVALIDITY all mails have other UIDs: everything is looked at once more, and
        known by what it is; what was there before the account was is left out by its day.
        """
        account = self._account()
        inbox = dialogue.inbox
        if account.uidvalidity == inbox.uidvalidity:
            return account
        last = inbox.uidnext - 1 if account.uidvalidity is None else 0
        with self._database(), db.write():
            writes.check_owner(self._epoch)
            writes.progressed(
                self._ident,
                mail=False,
                uidvalidity=inbox.uidvalidity,
                first_uid=inbox.uidnext - 1,
                last_uid=last,
            )
        return self._account()

    def _from_before(self, dialogue: Dialogue, account: Account, uids: list[int]) -> list[int]:
        """Leaves out what was there before the account was added; the rest is known or new."""
        day = account.created - timedelta(days=1)
        wanted = set(dialogue.since(day, up_to=account.first_uid))
        found = [uid for uid in uids if uid > account.first_uid or uid in wanted]
        if not found:
            self._went_on(account.first_uid)
        return found

    def _fetch_older(self, dialogue: Dialogue, account: Account) -> None:
        """Mail from before the account, asked for by its day."""
        assert account.older_since is not None
        uids = dialogue.since(account.older_since, up_to=account.first_uid)
        for at in range(0, len(uids), CHUNK):
            dialogue.renew()
            self._fetch(dialogue, account, uids[at : at + CHUNK], older=True)
            if self._stopping.is_set():
                return
        with self._database(), db.write():
            writes.check_owner(self._epoch)
            writes.progressed(self._ident, mail=False, older_since=None)

    def _went_on(self, uid: int) -> None:
        with self._database(), db.write():
            writes.check_owner(self._epoch)
            writes.progressed(self._ident, mail=False, last_uid=uid)

    # fetching

    def _fetch(
        self, dialogue: Dialogue, account: Account, uids: Sequence[int], *, older: bool
    ) -> None:
        listed = dialogue.listed(uids)
        for part in _parts(listed):
            if self._stopping.is_set():
                return
            dialogue.renew(imap.SECONDS + sum(one.size for one in part) / imap.SPEED)
            self._store(dialogue, account, self._came(dialogue, account, part, older=older))
        if not older:  # with those that were deleted before they were listed
            self._went_on(uids[-1])

    def _came(
        self, dialogue: Dialogue, account: Account, part: Sequence[Listed], *, older: bool
    ) -> list[Came]:
        """Stores the bytes of mails."""
        whole: dict[int, bytes] = {}
        if part[0].size <= SMALL:
            with suppress(imap.Denied):  # one of them: each is asked for alone
                whole = dialogue.whole(one.uid for one in part)
        found = []
        for one in part:
            raw = whole.get(one.uid)
            if raw is not None:
                kept: Kept | None = (storage.save(raw, ".eml"), len(raw), rules.identity(raw))
            else:
                kept = self._piecewise(dialogue, account, one)
            if kept is None:
                continue
            key, size, identity = kept
            found.append(
                Came(
                    service_id=account.service_id,
                    account_id=account.id,
                    key=key,
                    size=size,
                    identity=identity,
                    received_at=min(one.at or clock.now(), clock.now()),
                    uid=one.uid,
                    uidvalidity=dialogue.inbox.uidvalidity,
                    older=older,
                )
            )
        return found

    def _piecewise(self, dialogue: Dialogue, account: Account, one: Listed) -> "Kept | None":
        """Stores a mail a piece at a time; None where it was deleted meanwhile.

        One that the server does not give, though it is there, is noted without bytes.
        """
        identity = Identity()
        with storage.Growing(".eml") as file:
            try:
                for piece in dialogue.pieces(one.uid):
                    identity.feed(piece)
                    file.write(piece)
                denied = file.size == 0 and one.size > 0
            except imap.Denied:
                denied = True
            if (denied or file.size != one.size) and not dialogue.has(one.uid):
                return None
            if denied:
                place = f"{account.id}/{dialogue.inbox.uidvalidity}/{one.uid}"
                return None, 0, hashlib.sha256(place.encode()).hexdigest()
            return file.keep(), file.size, identity.hex()

    def _store(self, dialogue: Dialogue, account: Account, mails: list[Came]) -> None:
        """Inserts the rows of stored mails, then marks the originals."""
        if not mails:
            return
        uids = [one.uid for one in mails if one.uid is not None]
        older = mails[0].older
        with self._database():
            with db.write():
                writes.check_owner(self._epoch)
                known = writes.note_all(mails)
                if older:
                    writes.progressed(self._ident, mail=False)
                else:
                    writes.progressed(self._ident, mail=True, last_uid=uids[-1])
            for one in known:
                if one.key is not None:
                    storage.remove(one.key)
        given = [one.uid for one in mails if one.uid is not None and one.key is not None]
        self._mark(dialogue, account, given)

    def _mark(self, dialogue: Dialogue, account: Account, uids: Iterable[int]) -> None:
        wanted = list(uids)
        if not wanted:
            return
        try:
            if account.keep_original:
                dialogue.mark_seen(wanted)
            else:
                dialogue.delete(wanted)
        except imap.Denied as denied:  # stored they are; a mailbox for reading only stays as it is
            log.warning("mailbox %s does not let mails be marked: %s", self._ident, denied)
        with self._database(), db.write():
            writes.marked_uids(self._ident, dialogue.inbox.uidvalidity, wanted)

    def _mark_left(self, dialogue: Dialogue, account: Account) -> None:
        """Marks what was stored by a process that ended before it could."""
        with self._database():
            left = queries.unmarked(self._ident, dialogue.inbox.uidvalidity)
        self._mark(dialogue, account, left)


def _kept(row: MailAccount) -> Account:
    return Account(
        id=row.id,
        service_id=row.service_id,
        keep_original=row.keep_original,
        created=row.created_at.date(),
        uidvalidity=row.uidvalidity,
        last_uid=row.last_uid,
        first_uid=row.first_uid,
        older_since=row.older_since,
    )


def _parts(listed: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Mails that are fetched at once, in order: many small ones, a large one alone."""
    part: list[Listed] = []
    size = 0
    for one in listed:
        is_full = len(part) >= TOGETHER[0] or size + one.size > TOGETHER[1]
        if part and (is_full or one.size > SMALL):
            yield part
            part, size = [], 0
        part.append(one)
        size += one.size
        if one.size > SMALL:
            yield part
            part, size = [], 0
    if part:
        yield part
