"""The one process that runs telephony: commands, then what the phone system reports, then timers,
then the queues.

Each is a short transaction of its own that first checks the lease's epoch, so that an owner that
was paused cannot act. Orders to the phone system are issued after the commit. One that fails is
logged; the other calls go on.

While no call is open and nobody is logged in, the engine only looks once a second, by one statement
that writes nothing, and renews its lease every 90 seconds.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import assert_never

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm.exc import StaleDataError

from occ.ars.rules import flow
from occ.audit import service as audit
from occ.audit.rules import SessionEnd
from occ.core import clock, live, processes, storage, troubles
from occ.core.db import db, is_retryable
from occ.core.disk import DiskFull
from occ.core.errors import Refused
from occ.core.i18n import DEFAULT_LOCALE, force_locale
from occ.core.troubles import Trouble
from occ.identity.models import Member
from occ.telephony import commands, queries, service, sessions
from occ.telephony.drivers.base import Arrived, Driver, Pressed, Reported, Signal
from occ.telephony.drivers.simulator import Simulator
from occ.telephony.load import Load
from occ.telephony.models import (
    Call,
    CtiSession,
    PhoneCommand,
    Recording,
    SimulatorLoad,
    TelephonyOwner,
)
from occ.telephony.rules.asking import LeaveCall, PlaceCall, Play, PressKey, of_row
from occ.telephony.rules.calls import Event, Phase
from occ.telephony.rules.steps import NotNow
from occ.telephony.service import Order

LEASE, RENEW = timedelta(seconds=10), timedelta(seconds=3)
# On SQLite a renewal makes the disk write about 28 KiB: two pages of the write-ahead log, and what
# the kernel writes of its index, which lies in mapped memory. One a minute was 39 MiB a day.
IDLE_LEASE, IDLE_RENEW = timedelta(seconds=110), timedelta(seconds=90)
GRACE = timedelta(seconds=60)
TIMERS = timedelta(milliseconds=200)
# seconds between two looks when nobody wakes the engine
PAUSE, IDLE_PAUSE = 0.05, 1.0
# whether there is a command, a call, somebody logged in, or a load that brings calls
_BUSY = live.Probe(
    sa.select(sa.literal(1)).where(
        sa.or_(
            sa.exists().where(PhoneCommand.done_at.is_(None)),
            sa.exists().where(Call.ended_at.is_(None)),
            sa.exists().where(CtiSession.ended_at.is_(None)),
            sa.exists().where(SimulatorLoad.on),
        )
    )
)

log = logging.getLogger("occ.telephony")


class LostLease(Exception):
    """Another process owns telephony now."""


class Engine:
    """Steps telephony on. `step` does everything that is due and is all that tests need."""

    def __init__(self, driver: Driver | None = None) -> None:
        self.driver: Driver = driver or Simulator()
        self.load = Load(self.driver) if isinstance(self.driver, Simulator) else None
        self.epoch: int | None = None
        self._is_new = False  # what its predecessor left is still to be closed
        self._renewed: datetime | None = None
        self._renew = RENEW  # how long after that
        self._is_busy = True
        self._moved = True
        self._timed: datetime | None = None
        self._troubles: dict[
            str, Trouble
        ] = {}  # a timer that fails is tried again at once, so it must not fill the log

    # owning

    def own(self) -> bool:
        """Takes or renews the lease; True while this process owns telephony.

        Taking it closes calls that are gone.
        """
        now = clock.now()
        if self.epoch is None:
            if _is_taken(db.session.get(TelephonyOwner, 1, populate_existing=True), now):
                return False
        elif self._renewed is not None and self._renewed <= now < self._renewed + self._renew:
            return True
        lease, renew = (LEASE, RENEW) if self._is_busy else (IDLE_LEASE, IDLE_RENEW)
        with db.write(urgent=True):
            row: TelephonyOwner | None = db.lock(TelephonyOwner, 1)
            if row is None:
                db.insert_missing(TelephonyOwner, id=1, epoch=0, lease_until=now, alive_at=now)
                row = db.lock(TelephonyOwner, 1)
                assert row is not None
            mine = self.epoch is not None and row.epoch == self.epoch
            if not mine and _is_taken(row, now):
                self.epoch = None
                return False
            if not mine or row.lease_until <= now:
                live.touch("wall")
            if not mine:
                row.epoch += 1
            row.owner, row.driver, row.lease_until, row.alive_at = (
                processes.owner(),
                self.driver.name,
                now + lease,
                now,
            )
            epoch = row.epoch
        if not mine:
            self.epoch, self._is_new, self._renewed = epoch, True, None
        if self._is_new:
            alive = self.driver.connect_system()
            with self._writing():
                service.interrupt(alive)
            self._is_new = False
        self._renewed, self._renew = now, renew
        return True

    def leave(self) -> None:
        """Gives the lease back, so that no other process has to wait for its end."""
        if self.epoch is None:
            return
        mine = sa.update(TelephonyOwner).where(TelephonyOwner.epoch == self.epoch)
        with db.write(urgent=True):
            db.changed(mine.values(lease_until=clock.now()))
        self.epoch = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with db.write(urgent=True) as session:
            epoch = session.scalar(
                sa.select(TelephonyOwner.epoch).where(TelephonyOwner.id == 1).with_for_update()
            )
            if epoch != self.epoch:
                raise LostLease
            yield

    def _do(self, decide: Callable[[], list[Order]], what: str) -> None:
        """One decision in its own transaction, then its orders; a late event changes nothing."""
        began = time.perf_counter()
        try:
            orders = self._decide(decide)
        except NotNow:
            return
        except LostLease:
            raise
        except Exception as error:
            # another error is another trouble, and logged whole
            kind = f"{what}: {type(error).__name__}"
            self._troubles.setdefault(kind, Trouble(f"telephony at {what}", log)).failed(error)
            return
        self._moved = True
        self._act(orders)
        self._note_time(began)

    def _decide(self, decide: Callable[[], list[Order]]) -> list[Order]:
        """Once more after a deadlock or serialization failure: the
        transaction was rolled back whole.
        """
        try:
            with self._writing():
                return decide()
        except (sa.exc.DBAPIError, StaleDataError) as error:
            if isinstance(error, sa.exc.DBAPIError) and not is_retryable(error):
                raise
            with self._writing():
                return decide()

    def _act(self, orders: list[Order]) -> None:
        for order in orders:
            try:
                sound = order.issue(self.driver)
                if sound is not None:
                    self._keep(order.recording, sound)
            except Exception:
                log.exception("the phone system failed at %s", order.what)

    def _keep(self, name: str, sound: bytes) -> None:
        """Stores a recording: the file first, then its key.

        For want of room it is lost, the call goes on.
        """
        try:
            key = storage.save(sound, ".wav")
        except DiskFull as error:
            log.error("recording %s was not kept: %s", name, error)
            return
        with self._writing():
            db.session.execute(sa.update(Recording).where(Recording.name == name).values(file=key))

    # stepping

    @property
    def pause(self) -> float:
        """Seconds until the next look, unless somebody wakes the engine."""
        return PAUSE if self._is_busy and self.epoch is not None else IDLE_PAUSE

    def _look(self) -> None:
        """Notices whether there is anything to do; a lease that was taken
        for quiet times is too long for calls, so it is taken anew.
        """
        was_busy = self._is_busy
        self._is_busy = self.driver.next_due() is not None or _BUSY.first() is not None
        if self._is_busy and not was_busy:
            self._renewed = None

    def step(self) -> bool:
        """Does all that is due now; False when another process owns telephony."""
        try:
            self._look()
            if not self.own():
                return False
            if not self._is_busy:
                return True
            for _round in range(50):
                self._moved = False
                self._commands()
                for signal in self.driver.signals(clock.now()):
                    self._do(lambda: _heard(signal), signal.what)  # noqa: B023 - called at once
                self._timers()
                if self.load is not None and self._renewed is not None:
                    self.load.step(self._do)
                if not self._moved:
                    return True
                self._do(service.offer_waiting, "distribution")
            return True
        except LostLease:
            self.epoch = None
            return False

    def _commands(self) -> None:
        pending = (
            sa.select(PhoneCommand.id)
            .where(PhoneCommand.done_at.is_(None))
            .order_by(PhoneCommand.id)
        )
        for ident in list(db.session.scalars(pending)):
            self._command(ident)

    def _command(self, ident: int) -> None:
        """Carries out one command row; a refusal is its answer, in the words of whoever asked."""
        began, orders = time.perf_counter(), []
        try:
            with self._writing():
                row = db.session.get_one(PhoneCommand, ident, populate_existing=True)
                asker = db.session.get(Member, row.member_id)
                with force_locale(asker.locale if asker and asker.locale else DEFAULT_LOCALE):
                    try:
                        orders = self._run(row)
                    except Refused as error:
                        raise Refused(str(error.message)) from error
                row.done_at = clock.now()
                live.touch(f"phone:{row.member_id}")
        except LostLease:
            raise
        except Refused as error:  # its transaction was rolled back
            self._answer(ident, str(error.message))
        except Exception:
            log.exception("a telephony command failed")
            self._answer(ident, "?")
        self._moved = True
        self._act(orders)
        self._note_time(began)

    def _note_time(self, began: float) -> None:
        current_app.extensions["occ_metrics"]["decisions"].observe(time.perf_counter() - began)

    def _run(self, row: PhoneCommand) -> list[Order]:
        if row.expires_at <= clock.now():
            row.refusal = "expired"
            return []
        asked = of_row(row.command, row.args)
        if isinstance(asked, Play):
            self._play_caller(asked)
            return []
        try:
            return commands.run(row.member_id, asked)
        except commands.Traced as error:
            row.refusal = str(error.message)
            return []

    def _answer(self, ident: int, refusal: str) -> None:
        with self._writing():
            db.session.execute(
                sa.update(PhoneCommand)
                .where(PhoneCommand.id == ident)
                .values(done_at=clock.now(), refusal=refusal)
            )

    def _play_caller(self, asked: Play) -> None:
        """The caller page's buttons (TEL-1)."""
        if not isinstance(self.driver, Simulator):
            raise Refused("only the simulator takes callers")
        now = clock.now()
        match asked:
            case PlaceCall(ref, caller, called):
                self.driver.place(ref, caller, called, now)
            case PressKey(ref, digit):
                self.driver.press(ref, digit, now)
            case LeaveCall(ref):
                self.driver.leave(ref, now)
            case _:
                assert_never(asked)

    def _timers(self) -> None:
        now = clock.now()
        if self._timed is not None and self._timed <= now < self._timed + TIMERS:
            return
        self._timed = now
        for ident in queries.due(now):
            self._do(lambda: _due(db.session.get_one(Call, ident)), "timer")  # noqa: B023 - called at once
        for ident in queries.waiting_in_vain():
            self._do(lambda: _suspend(db.session.get_one(Call, ident)), "suspension")  # noqa: B023 - called at once
        for member in queries.left_alone(now - GRACE):
            self._do(lambda: _leave_alone(member), "grace")  # noqa: B023 - called at once


def _is_taken(row: TelephonyOwner | None, now: datetime) -> bool:
    """Whether somebody holds the lease (one that ends later than any could was taken by a clock
    that was ahead).
    """
    return (
        row is not None
        and now < row.lease_until <= now + IDLE_LEASE + LEASE
        and not processes.is_dead(row.owner)
    )


def _suspend(call: Call) -> list[Order]:
    """Nobody is left who could take the call."""
    return service.happen(call, Event.SUSPENDED)


def _due(call: Call) -> list[Order]:
    """A call's timer has run out: nobody answered, no key was pressed, or the wait is long."""
    silent = {Phase.MENU: flow.Heard.SILENCE, Phase.QUEUED: flow.Heard.DELAY}.get(call.phase)
    return service.hear(call, silent) if silent else service.happen(call, Event.RING_EXPIRED)


def _leave_alone(member_id: int) -> list[Order]:
    """The browser is gone and nobody talks: the CTI login ends."""
    ended = sessions.logout(member_id, reason="gone")
    if ended is not None and ended.login_entry_id is not None:
        audit.login_ended(ended.login_entry_id, SessionEnd.EXPIRED)
    return []


def _heard(signal: Signal) -> list[Order]:
    if isinstance(signal, Arrived):
        return service.arrive(signal.ref, signal.caller, signal.called)
    call = queries.call_by_ref(signal.ref)
    if call is None:
        return []
    match signal:
        case Pressed(digit=digit):
            return service.hear(call, flow.Heard.DIGIT, digit)
        case Reported(event=event):
            return service.happen(call, event)
        case _:
            assert_never(signal)


def start(app: Flask, stopping: threading.Event) -> threading.Thread:
    """Runs telephony in a thread of this process until `stopping`; web
    requests of this process wake it.
    """
    from occ.telephony import bus

    trouble = troubles.watch(app, "the phone system", log)

    def run() -> None:
        engine = Engine()
        with app.app_context():
            while not stopping.is_set():
                bus.woken.clear()
                try:
                    try:
                        engine.step()
                    finally:
                        db.session.remove()
                except Exception as error:
                    stopping.wait(trouble.failed(error))
                    continue
                trouble.over()
                bus.woken.wait(engine.pause)
            try:
                engine.leave()
            except sa.exc.SQLAlchemyError:
                log.exception("the lease of the phone system was not given back")

    thread = threading.Thread(target=run, name="telephony", daemon=True)
    thread.start()
    return thread
