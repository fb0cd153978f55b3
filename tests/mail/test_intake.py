"""What was received is read once, announced once, and put aside where it cannot be."""

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, events, storage
from occ.core import jobs as jobs_of_core
from occ.core.db import _writing, db
from occ.core.disk import DiskFull
from occ.core.errors import Conflict, Refused
from occ.core.settings import configured
from occ.customers import service as customers
from occ.customers.events import CustomerErased
from occ.identity.models import Member
from occ.mail import intake, jobs, queries, reading, rules, service, writes
from occ.mail.children import read as child
from occ.mail.events import MailReceived
from occ.mail.models import ReceivedMail
from occ.mail.reading import apart
from occ.mail.reading.apart import APART, Reader
from occ.mail.rules import MailState, Reason
from occ.mail.writes import Came
from occ.organization import service as organization
from occ.organization.events import FilesNamed, ServiceEmptied
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from tests.factories import mail
from tests.mail.corpus import build

FULL = """
import sys
from occ.mail.children import read
from occ.mail.reading import packing
def packed(*_args):
    raise OSError(28, "No space left on device")
packing.packed = packed
read.main()
"""
"""A child whose disk is full."""


def came(of: Service, raw: bytes, **changes: Any) -> ReceivedMail:
    """A mail that was stored."""
    account = queries.representative(of.id) or mail.own_address(of)
    key = storage.save(raw, ".eml")
    row = {
        "service_id": of.id,
        "account_id": account.id,
        "key": key,
        "size": len(raw),
        "identity": rules.identity(raw),
        "received_at": clock.now(),
    }
    with db.write():
        assert writes.note(Came(**{**row, **changes}))
    return mail.mails(of)[-1]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MailReceived]]:
    """What the features above would hear, instead of them."""
    told: list[MailReceived] = []

    def listen(event: MailReceived) -> None:
        told.append(event)
        event.about = f"ticket/{len(told)}"

    monkeypatch.setitem(events._handlers, MailReceived, [listen])
    return told


def listen(monkeypatch: pytest.MonkeyPatch, reaction: Callable[[MailReceived], None]) -> None:
    monkeypatch.setitem(events._handlers, MailReceived, [reaction])


@pytest.mark.spec("MAIL-1")
def test_a_mail_is_read_once_and_keeps_what_it_became(
    app: Flask, mall: Service, heard: list[MailReceived]
) -> None:
    row = came(mall, mail.eml(1))
    assert queries.is_waiting()
    assert jobs.read_mails() == "1"
    assert jobs.read_mails() is None
    assert [event.letter.subject for event in heard] == ["Order 1"]
    db.session.refresh(row)
    assert (row.state, row.about, row.sender) == (MailState.READ, "ticket/1", "hong1@example.com")
    assert not queries.is_waiting()


@pytest.mark.spec("MAIL-1")
def test_what_fails_above_is_taken_back_put_aside_and_stops_nobody(
    app: Flask, boss: Member, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [came(mall, mail.eml(n)).id for n in range(3)]
    seen: list[str] = []
    names: list[str] = []

    def react(event: MailReceived) -> None:
        names.append(event.service.name)
        event.service.name = f"changed by {event.letter.subject}"
        if event.letter.subject == "Order 1" and "again" not in seen:
            raise KeyError("hong1@example.com")
        seen.append(event.letter.subject)

    listen(monkeypatch, react)
    jobs.read_mails()
    found = mail.mails(mall)
    assert [one.state for one in found] == [
        MailState.READ,
        MailState.QUARANTINED,
        MailState.READ,
    ]
    aside = queries.quarantine(mall.id)[0]
    assert (aside.id, aside.reason, aside.subject) == (rows[1], Reason.FAULT, "Order 1")
    assert aside.sender == "hong1@example.com"
    assert aside.detail.startswith("KeyError (test_intake.py:")
    assert "hong1" not in aside.detail
    assert seen == ["Order 0", "Order 2"]
    assert names[1:] == ["changed by Order 0", "changed by Order 0"]
    seen.append("again")
    with db.write():
        service.try_again(aside)
    jobs.read_mails()
    assert seen[-1] == "Order 1"
    row = db.session.get_one(ReceivedMail, rows[1], populate_existing=True)
    assert (row.state, row.reason, row.subject, row.detail) == (MailState.READ, None, "", "")
    with pytest.raises(Conflict), db.write():
        service.try_again(row)


@pytest.mark.spec("MAIL-1", "TKT-6")
def test_where_one_of_several_fails_each_of_the_others_is_told_of_once_with_its_files(
    app: Flask, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = build.several(build.TEXT_PART, build.part(build.PDF, "application/pdf"))
    count = intake.FEW + 4
    for n in range(count):
        came(mall, mail.eml(n) if n else build.mail(*parts, subject="Order 0"))
    files: list[bytes] = []

    def react(event: MailReceived) -> None:
        event.about = f"ticket/{event.mail.id}"
        if event.letter.subject == f"Order {intake.AT_ONCE - 1}":
            raise KeyError
        files.extend(storage.path(one.key).read_bytes() for one in event.files if one)

    listen(monkeypatch, react)
    jobs.read_mails()
    found = mail.mails(mall)
    aside = found.pop(intake.AT_ONCE - 1)
    assert (aside.state, aside.reason, aside.about) == (MailState.QUARANTINED, Reason.FAULT, "")
    assert {one.state for one in found} == {MailState.READ}
    assert [one.about for one in found] == [f"ticket/{one.id}" for one in found]
    assert files == [build.PDF, build.PDF]  # with the others, then by itself


@pytest.mark.spec("MAIL-1")
def test_a_mail_put_aside_for_good_leaves_its_row_alone(
    app: Flask, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read", lambda *_args, **_more: 1 / 0)
    row = came(mall, mail.eml(1))
    key = row.key
    jobs.read_mails()
    assert key is not None
    assert storage.path(key).exists()
    with db.write():
        service.drop(row)
    assert not storage.path(key).exists()
    db.session.refresh(row)
    assert (row.state, row.key, row.subject) == (MailState.DROPPED, None, "")
    # and the same message is still known
    with db.write():
        assert not writes.note(
            Came(
                service_id=mall.id,
                account_id=row.account_id or 0,
                key="another",
                size=1,
                identity=rules.identity(mail.eml(1)),
                received_at=clock.now(),
            )
        )


@pytest.mark.spec("MAIL-1")
def test_what_ended_its_reader_is_read_apart(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        came(mall, mail.eml(n))
    real = reading.read

    def read(raw: bytes, **more: Any) -> Any:
        if b"m1@" in raw:
            raise SystemExit  # as a process that ends
        return real(raw, **more)

    monkeypatch.setattr(reading, "read", read)
    with pytest.raises(SystemExit):
        jobs.read_mails()
    db.session.rollback()
    jobs.read_mails()
    assert [event.letter.subject for event in heard] == ["Order 0", "Order 1", "Order 2"]


@pytest.mark.spec("MAIL-1")
def test_what_ends_this_process_again_and_again_is_put_aside_alone(
    app: Flask, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        came(mall, mail.eml(n))

    def react(event: MailReceived) -> None:
        if event.letter.subject == "Order 1":
            raise SystemExit

    listen(monkeypatch, react)
    monkeypatch.setattr(rules, "ATTEMPTS", 2)
    for _start in range(2):
        with pytest.raises(SystemExit):
            jobs.read_mails()
        db.session.rollback()
    jobs.read_mails()
    assert [(one.state, one.reason) for one in mail.mails(mall)] == [
        (MailState.READ, None),
        (MailState.QUARANTINED, Reason.KILLED),
        (MailState.READ, None),
    ]


@pytest.mark.spec("MAIL-1")
def test_many_are_read_ahead_and_one_that_a_child_dies_over_is_put_aside_alone(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read", lambda *_args, **_more: 1 / 0)  # not in this process
    rows = [came(mall, mail.eml(n)) for n in range(intake.FEW + 4)]
    fatal = rows[2].key
    assert fatal is not None
    os.truncate(storage.path(fatal), 2 * child.MEMORY)  # a hole: it takes no room
    assert jobs.read_mails() == f"{len(rows) + 1}"
    wanted = [n for n in range(len(rows)) if n != 2]
    assert [event.letter.subject for event in heard] == [f"Order {n}" for n in wanted]
    found = mail.mails(mall)
    assert [one.id for one in found if one.state is not MailState.READ] == [rows[2].id]
    aside = found[2]
    assert (aside.reason, aside.attempts) == (Reason.UNREADABLE, 2)
    assert aside.detail.startswith("MemoryError (")
    assert {one.attempts for one in found} == {1, 2}


@pytest.mark.spec("MAIL-1")
def test_a_mail_that_comes_just_after_others_were_read_waits_for_no_next_time(
    app: Flask, mall: Service, heard: list[MailReceived]
) -> None:
    for count in (1, 2):
        came(mall, mail.eml(count))
        assert writes.READING in jobs_of_core.Watch().due(anew=True)
        assert jobs_of_core.run_one(writes.READING)
        assert len(heard) == count
        assert writes.READING not in jobs_of_core.Watch().due(anew=True)


@pytest.mark.spec("MAIL-1")
def test_what_follows_a_mail_that_a_child_failed_at_is_read_after_it(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer joins the ticket of the mail that it answers, which has to be there."""
    count, lines, line = intake.FEW + 4, itertools.count(), Reader._line

    def third_fails(reader: Reader) -> bytes:
        if next(lines) == 2:
            raise apart.Unreadable("timeout")
        return line(reader)

    for n in range(count):
        came(mall, mail.eml(n))
    monkeypatch.setattr(Reader, "_line", third_fails)
    jobs.read_mails()
    assert [event.letter.subject for event in heard] == [f"Order {n}" for n in range(count)]
    assert [one.attempts for one in mail.mails(mall)] == [1, 1, 2, *[1] * (count - 3)]


@pytest.mark.spec("MAIL-1")
def test_who_stops_between_mails_that_were_read_ahead_leaves_them_and_no_file(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = intake.FEW + 4
    for n in range(count):
        came(mall, mail.eml(n))

    def stop(*, pause: bool) -> None:
        raise jobs_of_core.Stopped

    with monkeypatch.context() as stopping:
        stopping.setattr(jobs_of_core, "breathe", stop)
        with pytest.raises(jobs_of_core.Stopped):
            jobs.read_mails()
    assert len(heard) == intake.AT_ONCE
    assert not list(configured().instance.glob("mail-*"))
    jobs.read_mails()
    assert [event.letter.subject for event in heard] == [f"Order {n}" for n in range(count)]


@pytest.mark.spec("MAIL-1", "TKT-6")
def test_files_are_stored_before_the_transaction(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, inside = storage.save, []

    def save(content: bytes, suffix: str) -> str:
        inside.append(_writing.get())
        return real(content, suffix)

    raw = build.mail(*build.several(build.TEXT_PART, build.part(build.PDF, "application/pdf")))
    came(mall, raw)
    monkeypatch.setattr(storage, "save", save)
    jobs.read_mails()
    (event,) = heard
    (file,) = event.files
    assert file is not None
    assert storage.path(file.key).read_bytes() == build.PDF
    assert (file.name, inside) == (event.letter.files[0].name, [False])


@pytest.mark.spec("MAIL-1")
def test_a_full_disk_puts_no_mail_aside(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = came(mall, mail.eml(1))

    def full(_event: MailReceived) -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        listen(patch, full)
        for _try in range(4):
            with pytest.raises(DiskFull):
                jobs.read_mails()
            db.session.rollback()
    db.session.refresh(row)
    assert (row.state, row.attempts) == (MailState.WAITING, 0)
    jobs.read_mails()
    assert len(heard) == 1


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("large", [False, True])
def test_a_disk_that_is_full_where_a_child_writes_puts_no_mail_aside(
    app: Flask,
    mall: Service,
    heard: list[MailReceived],
    monkeypatch: pytest.MonkeyPatch,
    large: bool,
) -> None:
    size = APART + 1 if large else 100
    raw = build.mail(*build.several(build.TEXT_PART, build.part(b"x" * size, "application/pdf")))
    rows = [came(mall, raw, identity=f"{n}") for n in range(intake.FEW + 1)]
    with monkeypatch.context() as patch:
        patch.setattr(apart, "CHILD", [sys.executable, "-c", FULL])
        patch.setattr(rules, "ATTEMPTS", 1)
        for _try in range(rules.ATTEMPTS + 1):
            with pytest.raises(DiskFull):
                jobs.read_mails()
            db.session.rollback()
    for row in rows:
        db.session.refresh(row)
    assert {(row.state, row.attempts) for row in rows} == {(MailState.WAITING, 0)}
    jobs.read_mails()
    assert len(heard) == len(rows)


@pytest.mark.spec("MAIL-1")
def test_a_process_that_cannot_begin_a_child_puts_no_mail_aside(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [came(mall, mail.eml(n)) for n in range(intake.FEW + 1)]
    with monkeypatch.context() as patch:
        patch.setattr(apart, "CHILD", ["/nowhere"])
        for _try in range(rules.ATTEMPTS + 1):
            with pytest.raises(FileNotFoundError):
                jobs.read_mails()
            db.session.rollback()
    for row in rows:
        db.session.refresh(row)
    assert {(row.state, row.attempts) for row in rows} == {(MailState.WAITING, 0)}
    jobs.read_mails()
    assert len(heard) == len(rows)


@pytest.mark.spec("MAIL-1", "ORG-5")
def test_the_mail_of_a_suspended_service_waits(
    app: Flask, mall: Service, heard: list[MailReceived]
) -> None:
    came(mall, mail.eml(1))
    with db.write():
        db.session.get_one(Service, mall.id).state = ServiceState.SUSPENDED
    assert not queries.is_waiting()
    jobs.read_mails()
    assert heard == []
    with db.write():
        db.session.get_one(Service, mall.id).state = ServiceState.ACTIVE
    jobs.read_mails()
    assert len(heard) == 1


@pytest.mark.spec("MAIL-1")
def test_a_large_mail_is_read_apart_and_one_that_is_too_large_is_kept(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    came(mall, mail.eml(1, size=1_200_000))
    with monkeypatch.context() as here:
        here.setattr(reading, "read", lambda *_args, **_more: 1 / 0)  # not in this process
        jobs.read_mails()
    assert [event.letter.subject for event in heard] == ["Order 1"]
    big = came(mall, mail.eml(2), size=rules.SIZE_MAX + 1)
    jobs.read_mails()
    db.session.refresh(big)
    assert (big.state, big.reason) == (MailState.QUARANTINED, Reason.TOO_LARGE)
    assert mail.raw(big) == mail.eml(2)


@pytest.mark.spec("MAIL-1")
def test_a_lost_original_is_said(app: Flask, mall: Service, heard: list[MailReceived]) -> None:
    row = came(mall, mail.eml(1))
    assert row.key is not None
    storage.remove(row.key)
    jobs.read_mails()
    db.session.refresh(row)
    assert (row.state, row.reason) == (MailState.QUARANTINED, Reason.GONE)
    assert heard == []
    with db.write():
        row.key = None
    with pytest.raises(Refused), db.write():
        service.try_again(row)


@pytest.mark.spec("MAIL-1")
def test_originals_go_after_their_days_and_stay_in_quarantine(
    app: Flask, mall: Service, heard: list[MailReceived], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _young, aside = (came(mall, mail.eml(n)) for n in range(3))
    jobs.read_mails()
    days = app.extensions["occ_settings"].mail_days
    with db.write():
        for row in (old, aside):
            db.session.get_one(ReceivedMail, row.id).received_at = clock.now() - timedelta(
                days=days, seconds=1
            )
        db.session.get_one(ReceivedMail, aside.id).state = MailState.QUARANTINED
    assert jobs.drop_old() == "1"
    assert jobs.drop_old() is None
    assert [one.key is None for one in mail.mails(mall)] == [True, False, False]
    named = FilesNamed()
    events.emit(named)
    assert {one.key for one in mail.mails(mall)[1:]} <= named.keys


@pytest.mark.spec("FLD-4", "MAIL-1")
def test_an_erased_customer_leaves_no_original(
    app: Flask, mall: Service, heard: list[MailReceived]
) -> None:
    rows = [came(mall, mail.eml(n)) for n in (1, 2)]
    jobs.read_mails()
    with db.write():
        hong = customers.found_or_made(name="", phone="", email="hong1@example.com")
    assert hong is not None
    event = CustomerErased(hong, mall.id)
    key = rows[0].key
    with db.write():
        events.emit(event)
    assert key is not None
    assert not storage.path(key).exists()
    assert event.counts["received_mails"] == 1
    assert [(one.key is None, one.sender) for one in mail.mails(mall)] == [
        (True, ""),
        (False, "hong2@example.com"),
    ]


@pytest.mark.spec("ORG-5", "MAIL-1")
def test_an_erased_service_leaves_no_mail(app: Flask, boss: Member, mall: Service) -> None:
    keys = [came(mall, mail.eml(n)).key for n in range(3)]
    with db.write():
        db.session.get_one(Service, mall.id).state = ServiceState.TERMINATED
    with db.write():
        for remove in events.reactions(ServiceEmptied):
            while organization.empty(mall.id, remove, 2):
                continue
    with db.write():
        organization.erase(mall.id)
    assert mail.mails(mall) == []
    assert queries.accounts(mall.id) == []
    assert not any(storage.path(key).exists() for key in keys if key)


@pytest.mark.spec("MAIL-1")
def test_who_was_given_a_mail_and_paused_does_nothing_to_it(
    app: Flask, mall: Service, heard: list[MailReceived]
) -> None:
    row = came(mall, mail.eml(1))
    (taken,) = intake._take()
    with db.write():  # another process took it meanwhile
        db.session.execute(sa.update(ReceivedMail).values(attempts=ReceivedMail.attempts + 1))
    with Reader(storage.folder()) as reader:
        intake.read([taken], reader, are_ahead=False)
    assert heard == []
    db.session.refresh(row)
    assert row.state is MailState.WAITING
