"""Timed work of mail: who reads mailboxes and receives, what waits, who is told, what goes."""

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask, current_app

from occ.core import clock, jobs, processes
from occ.core.db import db
from occ.core.settings import configured
from occ.mail import intake, queries, service, telling
from occ.mail.models import MailOwner

if TYPE_CHECKING:
    from occ.mail.boxes import Box
    from occ.mail.receiver import Inlet

LEASE, RENEW = timedelta(minutes=3), timedelta(minutes=1)
log = logging.getLogger("occ.mail")


class PostRoom:
    """What this process reads and receives, while it is the one that does."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.epoch: int | None = None
        self.boxes: dict[int, tuple[int, Box]] = {}  # by account: its version, and who reads it
        self.inlet: Inlet | None = None
        self.renewed = clock.now()

    def owns(self) -> bool:
        """Whether this process has the lease; asks the database."""
        row = queries.owner()
        return row is not None and self.epoch is not None and row.epoch == self.epoch

    def is_other(self, wanted: list[tuple[int, int]]) -> bool:
        """Whether something else runs here than is wanted."""
        runs = {ident: version for ident, (version, box) in self.boxes.items() if box.is_alive}
        is_open = self.inlet is not None and self.inlet.is_alive
        return runs != dict(wanted) or is_open != receives()

    def arrange(self, wanted: list[tuple[int, int]]) -> int:
        """Starts and stops what differs from what is wanted. Returns how many were started."""
        from occ.mail.boxes import Box

        assert self.epoch is not None
        chosen, begun = dict(wanted), 0
        for ident, (version, box) in list(self.boxes.items()):
            if chosen.get(ident) != version or not box.is_alive:
                box.stop()
                del self.boxes[ident]
        for ident, version in chosen.items():
            if ident not in self.boxes:
                box = Box(self.app, ident, self.epoch)
                self.boxes[ident] = version, box
                box.start()
                begun += 1
        if receives() and (self.inlet is None or not self.inlet.is_alive):
            begun += self._open()
        return begun

    def _open(self) -> int:
        from occ.mail.receiver import Inlet

        settings = configured()
        assert settings.mail_listen is not None
        assert self.epoch is not None
        protocol, host, port = settings.mail_listen
        inlet = Inlet(
            self.app,
            protocol=protocol,
            host=host,
            port=port,
            domain=settings.mail_domain,
            epoch=self.epoch,
        )
        try:
            inlet.start()
        except OSError as error:
            log.error("cannot receive mail on %s port %s: %s", host, port, error.strerror)
            return 0
        self.inlet = inlet
        return 1

    def leave(self) -> None:
        """Stops everything: another process has taken over, or nothing is wanted any more."""
        for _version, box in self.boxes.values():
            box.stop()
        self.boxes.clear()
        if self.inlet is not None:
            self.inlet.stop()
        self.inlet, self.epoch = None, None


_guard = threading.Lock()


def post_room() -> PostRoom:
    """The one of this process."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with _guard:
        found: PostRoom | None = app.extensions.get("occ_post_room")
        if found is None:
            found = app.extensions["occ_post_room"] = PostRoom(app)
        return found


def receives() -> bool:
    """Whether the operator lets the console receive mail itself."""
    settings = configured()
    return settings.mail_listen is not None and bool(settings.mail_domain)


def needs_looking() -> bool:
    """Whether mailboxes are to be begun with, left, or looked after for another minute."""
    room = post_room()
    wanted = queries.to_read()
    if not wanted and not receives():
        return room.epoch is not None
    if room.epoch is None:
        return _is_free(queries.owner())
    age = clock.now() - room.renewed
    return not timedelta(0) <= age < RENEW or room.is_other(wanted)


def _is_free(row: MailOwner | None) -> bool:
    now = clock.now()
    return (
        row is None
        or row.lease_until <= now
        or row.lease_until > now + 2 * LEASE
        or processes.is_dead(row.owner)
    )


def look_after() -> str | None:
    """Takes or renews the lease, starts and stops what reads and receives, and tells managers what
    fails or is silent.
    """
    room, wanted = post_room(), queries.to_read()
    db.session.rollback()
    if not wanted and not receives():
        _give_back(room)
        return None
    if not _own(room):
        room.leave()
        return None
    begun = room.arrange(wanted)
    with db.write():
        told = telling.tell()
    return f"{begun} begun, {told} told" if begun or told else None


def _own(room: PostRoom) -> bool:
    now = clock.now()
    with db.write():
        db.insert_missing(MailOwner, id=1, owner="", epoch=0, lease_until=now)
        row: MailOwner = db.lock(MailOwner, 1)
        is_mine = room.epoch is not None and row.epoch == room.epoch
        if not is_mine and not _is_free(row):
            return False
        if not is_mine:
            row.epoch += 1
        row.owner, row.lease_until = processes.owner(), now + LEASE
        epoch = row.epoch
    if not is_mine:
        room.leave()
    room.epoch, room.renewed = epoch, now
    return True


def _give_back(room: PostRoom) -> None:
    if room.epoch is None:
        return
    with db.write():
        row: MailOwner = db.lock(MailOwner, 1)
        if row.epoch == room.epoch:
            row.lease_until = clock.now()
    room.leave()


def read_mails() -> str | None:
    """Makes of waiting mails what the features above make of them."""
    count = intake.read_waiting()
    return f"{count}" if count else None


def drop_old() -> str | None:
    """Removes originals that were kept long enough."""
    before = clock.now() - timedelta(days=configured().mail_days)
    count = jobs.in_batches(lambda limit: service.forget(queries.old_originals(before, limit)))
    return f"{count}" if count else None
