"""HC-5 at work: what is taken, held back, let in once, and destroyed."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.core import clock, events, storage, uploads
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.customers import service as customers
from occ.customers.service import Known
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.screening import jobs, queries, rules, service
from occ.screening.events import InquiryLetIn
from occ.screening.models import FiledInquiry, HeldInquiry, SpamBlock, SpamRule
from occ.screening.rules import Channel, Reason, Source, Verdict
from tests.factories import world

pytestmark = [pytest.mark.spec("HC-5"), pytest.mark.heavy]  # on PostgreSQL in `make test-all`
KIM = Source(Channel.FORM, ip="203.0.113.7", email="kim@example.com")
TITLE, TEXT = "Win a prize 4071", "Click here 1170"


def screen(of: Service, source: Source = KIM, **more: bool) -> Reason | None:
    with db.write():
        return service.screen(of, source, **more).reason


def held(of: Service, source: Source = KIM, reason: Reason = Reason.LIMIT) -> HeldInquiry:
    file = uploads.keep("prize.txt", b"You won")
    with db.write():
        return service.hold(
            of,
            source,
            Verdict(reason),
            title=TITLE,
            name="Kim",
            text=TEXT,
            values={"content": TEXT, "fields": {"a": [1, "김"]}},
            files=[file],
        )


def choose(of: Service, *, on: bool = True, most: int = 5, minutes: int = 1) -> None:
    row = queries.stored(of.id)
    with db.write():
        service.save_rule(of, on=on, most=most, minutes=minutes, version=row.version if row else 0)
    db.session.expire_all()


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch) -> list[InquiryLetIn]:
    """As if another feature made tickets of forms."""
    seen: list[InquiryLetIn] = []

    def take(event: InquiryLetIn) -> None:
        seen.append(event)
        event.about = f"ticket/{len(seen)}"

    monkeypatch.setitem(events._handlers, InquiryLetIn, [take])
    return seen


def test_the_sixth_inquiry_of_a_minute_is_held_back_and_the_next_minute_takes_it(
    mall: Service,
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        assert [screen(mall) for _n in range(6)] == [None] * 5 + [Reason.LIMIT]
    with time_machine.travel(start + timedelta(seconds=59, microseconds=999_999), tick=False):
        assert screen(mall) is Reason.LIMIT
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        assert screen(mall) is None


@pytest.mark.parametrize(
    "other",
    [
        Source(Channel.API, ip="203.0.113.7", email="lee@example.com"),
        Source(Channel.MAIL, email="KIM@example.com"),
    ],
)
def test_address_and_e_mail_count_apart_and_over_all_channels(mall: Service, other: Source) -> None:
    for _n in range(5):
        screen(mall)
    assert screen(mall, other) is Reason.LIMIT
    assert screen(mall, Source(Channel.FORM, ip="203.0.113.8", email="lee@example.com")) is None


def test_a_member_counts_wherever_they_are(mall: Service) -> None:
    for n in range(5):
        assert screen(mall, Source(Channel.FORM, ip=f"203.0.113.{n}", customer_id=7)) is None
    assert screen(mall, Source(Channel.FORM, ip="203.0.113.99", customer_id=7)) is Reason.LIMIT
    assert screen(mall, Source(Channel.FORM, ip="203.0.113.99", customer_id=8)) is None


def test_services_count_apart(mall: Service, boss: Member) -> None:
    depot = world.contracted(boss, "depot")
    for _n in range(5):
        screen(mall)
    assert screen(mall) is Reason.LIMIT
    assert screen(depot) is None


def test_a_manager_sets_the_limit_or_switches_it_off(mall: Service) -> None:
    choose(mall, most=2, minutes=10)
    start = clock.now()
    with time_machine.travel(start, tick=False):
        assert [screen(mall) for _n in range(3)] == [None, None, Reason.LIMIT]
    with time_machine.travel(start + timedelta(minutes=9), tick=False):
        assert screen(mall) is Reason.LIMIT
        choose(mall, on=False, most=2, minutes=10)
        assert [screen(mall) for _n in range(9)] == [None] * 9
        choose(mall, most=2, minutes=10)
        assert screen(mall) is Reason.LIMIT  # what was taken before still counts


def test_who_is_blocked_is_held_back_also_without_a_limit(mall: Service) -> None:
    choose(mall, on=False)
    with db.write():
        service.add_block(mall, "203.0.113.0/24")
    db.session.expire_all()
    assert screen(mall) is Reason.ADDRESS
    assert screen(mall, counted=False) is Reason.ADDRESS
    (block,) = queries.blocks(mall.id)
    with db.write():
        service.remove_block(block)
    db.session.expire_all()
    assert screen(mall) is None


def test_a_block_is_there_once_and_there_are_not_too_many(
    mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "BLOCKS_MAX", 2)
    for typed, is_taken in (
        ("a@example.com", True),
        ("A@example.com", False),
        ("b@example.com", True),
        ("c@example.com", False),
    ):
        with nullcontext() if is_taken else pytest.raises(Refused), db.write():
            service.add_block(mall, typed)
    assert [one.value for one in queries.blocks(mall.id)] == ["b@example.com", "a@example.com"]


def test_marks_reveal_nobody_and_go_when_they_count_no_more(mall: Service) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        screen(mall)
    marks = db.session.scalars(sa.select(FiledInquiry.mark)).all()
    assert len(marks) == 2 and not any("kim" in one or "203" in one[:3] for one in marks)
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        assert queries.has_old()
        db.session.commit()
        jobs.forget_old()
        assert not queries.has_old()
    assert not db.session.scalars(sa.select(FiledInquiry)).all()


def test_what_is_held_back_is_whole_and_sealed(mall: Service) -> None:
    row = held(mall)
    for secret in (TITLE, TEXT, "kim@example.com", "203.0.113.7", "prize.txt"):
        assert secret not in row.sealed
    found = service.opened(row)
    assert (found.title, found.text, found.name, found.ip) == (TITLE, TEXT, "Kim", "203.0.113.7")
    assert found.values == {"content": TEXT, "fields": {"a": [1, "김"]}}
    assert [uploads.content(one) for one in found.files] == [b"You won"]
    with pytest.raises(ValueError, match="taken"), db.write():
        service.hold(mall, KIM, Verdict(), title="")


def test_it_is_let_in_once_with_all_it_held(mall: Service, taking: list[InquiryLetIn]) -> None:
    row = held(mall)
    key = row.file_keys[0]
    with db.write():
        assert service.let_in(row, mall) == "ticket/1"
    (event,) = taking
    assert (event.channel, event.source) == (Channel.FORM, KIM)
    assert event.values["fields"] == {"a": [1, "김"]}
    assert [one.key for one in event.files] == [key] and storage.path(key).exists()
    with pytest.raises(Conflict), db.write():
        service.let_in(row, mall)
    assert len(taking) == 1
    assert queries.held_list(mall.id, after="", before="", size=20).rows == []


def test_where_nobody_makes_a_ticket_of_it_it_stays(
    mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(events._handlers, InquiryLetIn, [])
    row = held(mall)
    with pytest.raises(Refused), db.write():
        service.let_in(row, mall)
    assert queries.held(mall.id, row.id) is not None


def test_it_is_deleted_with_its_files_and_after_thirty_days_by_itself(mall: Service) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        first, second = held(mall), held(mall)
    paths = [storage.path(one.file_keys[0]) for one in (first, second)]
    with db.write():
        service.drop(first)
    assert not paths[0].exists()
    with pytest.raises(Conflict), db.write():
        service.drop(first)
    for days, left in ((30, True), (31, False)):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            db.session.commit()
            jobs.forget_old()
            assert (queries.held(mall.id, second.id) is not None) is left
            assert paths[1].exists() is left


@pytest.mark.spec("FLD-4", "CUS-1")
def test_a_customers_are_handed_out_and_erased(mall: Service) -> None:
    with db.write():
        guest = customers.found_or_made(name="Kim", phone="", email="kim@example.com")
        member = customers.member(mall.id, Known("kim"))
    assert guest is not None
    by_mail = held(mall)
    by_member = held(mall, Source(Channel.FORM, ip="203.0.113.9", customer_id=member.customer_id))
    other = held(mall, Source(Channel.FORM, email="lee@example.com"))
    with db.write():
        told = customers.data_of(guest, mall.id)["held_inquiries"]
        assert [one["title"] for one in told] == [TITLE]
        customers.merge(member.customer, guest)
    path = storage.path(by_mail.file_keys[0])
    with db.write():
        made = customers.erase(guest, mall.id, by="Boss")
    assert made.counts["held_inquiries"] == 2 and made.whole
    assert queries.held(mall.id, by_member.id) is None and not path.exists()
    assert queries.held(mall.id, other.id) is not None


@pytest.mark.spec("ORG-5")
def test_an_erased_service_keeps_none(mall: Service) -> None:
    choose(mall)
    with db.write():
        service.add_block(mall, "@spam.example")
    screen(mall)
    path = storage.path(held(mall).file_keys[0])
    with db.write():
        mall.state = ServiceState.TERMINATED
        organization.erase(mall.id)
    for table in (FiledInquiry, HeldInquiry, SpamBlock, SpamRule):
        assert not db.session.scalars(sa.select(table)).all(), table
    assert not path.exists()
