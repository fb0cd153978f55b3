"""HC-4: two who bring the same token, pass or usercode at once, on real connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, events
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer, Membership
from occ.customers.service import Known
from occ.help_center.members import service
from occ.help_center.members.models import UsedToken, Visitor
from occ.help_center.members.rules import Claim
from occ.organization.models import Service
from occ.screening import service as screening
from occ.screening.events import InquiryLetIn
from occ.screening.models import FiledInquiry, HeldInquiry
from occ.screening.rules import Channel, Reason, Source, Verdict
from tests.factories import world
from tests.ops.test_races import at_once

pytestmark = [pytest.mark.live, pytest.mark.spec("HC-4")]


def count(table: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def together(app: Flask, work: Callable[[], Any]) -> list[Any]:
    def inner() -> Any:
        with db.write():
            return work()

    return at_once(app, inner, inner, inner)


def test_one_token_lets_one_in(console: Flask) -> None:
    mall = world.contracted(world.owner()).id
    claim = Claim("mall", "kim", str(int(clock.now().timestamp() * 1000)), token="x")

    def enter() -> str:
        of = db.session.get_one(Service, mall)
        member = service.take(of, claim)
        return service.begin(mall, member) if member is not None else "guest"

    results = together(console, enter)
    assert sorted(one == "guest" for one in results) == [False, True, True]
    assert (count(UsedToken), count(Visitor), count(Membership)) == (1, 1, 1)


def test_one_pass_lets_one_in(console: Flask) -> None:
    mall = world.contracted(world.owner()).id
    with db.write():
        secret = service.give_pass(mall, customers.member(mall, Known("kim")))
    results = together(console, lambda: "in" if service.enter(mall, secret) else "out")
    assert sorted(results) == ["in", "out", "out"]
    assert count(Visitor) == 1


@pytest.mark.spec("CUS-1")
def test_one_usercode_is_one_customer(console: Flask) -> None:
    mall = world.contracted(world.owner()).id
    together(console, lambda: customers.member(mall, Known("kim")).id)
    assert (count(Customer), count(Membership)) == (1, 1)


@pytest.mark.spec("HC-5")
def test_of_many_inquiries_at_once_as_many_come_through_as_the_rule_says(console: Flask) -> None:
    mall = world.contracted(world.owner()).id
    source = Source(Channel.FORM, ip="203.0.113.7", email="kim@example.com")

    def file() -> str:
        with db.write():
            verdict = screening.screen(db.session.get_one(Service, mall), source)
        return "held" if verdict.is_held else "taken"

    assert sorted(at_once(console, *[file] * 7)) == ["held"] * 2 + ["taken"] * 5
    assert count(FiledInquiry) == 10


@pytest.mark.spec("HC-5")
def test_two_who_let_one_inquiry_in_make_one_ticket(console: Flask) -> None:
    mall = world.contracted(world.owner())
    ident, made = mall.id, []

    def take(event: InquiryLetIn) -> None:
        made.append(event)
        event.about = f"ticket/{len(made)}"

    source = Source(Channel.FORM, ip="203.0.113.7")
    with db.write():
        row = screening.hold(mall, source, Verdict(Reason.LIMIT), title="Prize").id

    read = threading.Barrier(3)

    def let_in() -> str:
        found = db.session.get_one(HeldInquiry, row)
        read.wait()
        with db.write():
            return screening.let_in(found, db.session.get_one(Service, ident))

    others, events._handlers[InquiryLetIn] = events._handlers[InquiryLetIn], [take]
    try:
        results = at_once(console, let_in, let_in, let_in)
    finally:
        events._handlers[InquiryLetIn] = others
    assert len(made) == 1
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "Conflict", "str"]
