"""Values of personal fields: sealed, shown on record, destroyed (FLD-3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import vault
from occ.core.db import db
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import jobs
from occ.tickets.models import TicketValue
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, fill

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
FIELDS = "/c/s/mall/fields"
NEW = {
    "type": "text",
    "name-ko": "주문",
    "name-en": "Order",
    "hint-ko": "",
    "hint-en": "",
    "purge": "",
}


def stored(code: str) -> Field:
    db.session.expire_all()
    return db.session.scalars(sa.select(Field).where(Field.code == code)).one()


@pytest.mark.spec("FLD-3")
def test_an_encrypted_value_is_sealed_hidden_and_shown_on_record(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    ticket = tickets.ticket(mall, boss, take=True)
    fill(admin, ticket, **{"f-passport": "M1234567"})
    row = db.session.scalars(sa.select(TicketValue)).one()
    assert row.text is None and row.sealed and "M1234567" not in row.sealed
    with pytest.raises(ValueError, match="not sealed here"):
        vault.unseal(row.sealed, "ticket/1/other")
    assert (
        "M1234567" not in admin.get(f"{HOME}/{ticket.id}").text
        and "M1234567" not in admin.get(f"{HOME}/{ticket.id}/fields").text
    )
    assert "M1234567" in admin.post(f"{HOME}/{ticket.id}/fields/passport/show", htmx=True).text
    note = db.session.scalars(sa.select(WorkEntry).where(WorkEntry.work == Work.FIELD_SHOWN)).one()
    assert note.login_id == "boss" and note.detail == {"field": "passport", "ticket": ticket.id}
    agent = browser("kim")
    assert "Hidden" in agent.get(f"{HOME}/{ticket.id}").text
    refused = agent.post(f"{HOME}/{ticket.id}/fields/passport/show", htmx=True)
    assert "M1234567" not in refused.text and "Take this ticket first." in str(refused.headers)
    assert fill(admin, ticket) == 204
    assert values.plain(values.rows(ticket.id)["passport"]) == "M1234567", "nothing typed keeps it"
    fill(admin, ticket, clear="passport")
    assert values.plain(values.rows(ticket.id)["passport"]) == ""


@pytest.mark.spec("FLD-3")
def test_encryption_seals_old_values_and_switching_it_off_asks(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "passport", FieldKind.AGENT)
    ticket = tickets.ticket(mall, boss, take=True)
    fill(admin, ticket, **{"f-passport": "M1234567"})
    row = lambda: values.rows(ticket.id)["passport"]
    form = {**NEW, "name-ko": "여권", "name-en": "Passport"}
    admin.get(f"{FIELDS}/passport")
    assert (
        admin.post(
            f"{FIELDS}/passport", {**form, "version": stored("passport").version, "encrypted": "y"}
        ).status_code
        == 303
    )
    jobs.keep_values()
    db.session.expire_all()
    assert row().text is None and values.plain(row()) == "M1234567"
    admin.get(f"{FIELDS}/passport")
    plain = {**form, "version": stored("passport").version}
    assert (
        admin.post(f"{FIELDS}/passport", plain).status_code == 422
        and "Confirm it below" in admin.errors()
    )
    assert stored("passport").encrypted
    assert admin.post(f"{FIELDS}/passport", {**plain, "open_anew": "y"}).status_code == 303
    assert db.session.scalars(
        sa.select(WorkEntry.detail).where(WorkEntry.work == Work.ENCRYPTION_OFF)
    ).one() == {"field": "passport"}
    jobs.keep_values()
    db.session.expire_all()
    assert row().text == "M1234567" and row().sealed is None


@pytest.mark.spec("FLD-3")
def test_values_are_destroyed_in_the_night_after_their_time(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True, purge="days", days=30)
    fields.field(mall, "note", FieldKind.AGENT, purge="m1")
    fields.field(mall, "cause", FieldKind.AGENT)
    with time_machine.travel(datetime(2026, 1, 31, 10, tzinfo=UTC), tick=False):
        ticket = tickets.ticket(mall, boss, take=True)
        one = [fields.shown(mall, code) for code in ("passport", "note", "cause")]
        with db.write():
            value_service.store(ticket, dict(zip(one, ("M1234567", "0101", "Late"), strict=True)))
    for at, left in (
        ("2026-02-28T14:59", {"passport", "note", "cause"}),
        ("2026-02-28T15:00", {"passport", "cause"}),
        ("2026-03-02T15:00", {"cause"}),
    ):
        with time_machine.travel(datetime.fromisoformat(at).replace(tzinfo=UTC), tick=False):
            jobs.keep_values()
            jobs.keep_values()
        db.session.expire_all()
        there = values.rows(ticket.id)
        assert {code for code, row in there.items() if row.text or row.sealed} == left, at
    recorded = [
        r.detail
        for r in db.session.scalars(
            sa.select(WorkEntry).where(WorkEntry.work == Work.VALUES_PURGED).order_by(WorkEntry.id)
        )
    ]
    assert recorded == [{"field": "note", "values": 1}, {"field": "passport", "values": 1}]
    page = admin.get(f"{HOME}/{ticket.id}").text
    assert page.count("Destroyed") == 2 and "Late" in page


@pytest.mark.spec("FLD-3")
def test_values_of_a_deleted_field_wait_for_no_period(
    mall: Service, boss: Member, admin: Browser
) -> None:
    for code in ("note", "other"):
        fields.field(mall, code, FieldKind.AGENT, purge="m6")
    fields.field(mall, "plain", FieldKind.AGENT)
    ticket = tickets.ticket(mall, boss, take=True)
    with db.write():
        codes = ("note", "other", "plain")
        value_service.store(ticket, {fields.shown(mall, code): f"of {code}" for code in codes})
    for code in ("note", "plain"):
        admin.get(f"{FIELDS}/{code}")
        assert admin.post(f"{FIELDS}/{code}/delete", htmx=True).status_code == 204
    assert jobs.keep_values() == "2 destroyed, 0 kept anew"
    db.session.expire_all()
    left = {code: row.text for code, row in values.rows(ticket.id).items()}
    assert left == {"note": None, "other": "of other", "plain": None}


@pytest.mark.spec("FLD-3")
def test_a_sealed_value_opens_at_its_own_ticket_and_field_alone(
    mall: Service, boss: Member
) -> None:
    passport = fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    fields.field(mall, "visa", FieldKind.AGENT, encrypted=True)
    one, other = (tickets.ticket(mall, boss, take=True) for _n in range(2))
    with db.write():
        shown = [fields.shown(mall, code) for code in ("passport", "visa")]
        value_service.store(one, dict(zip(shown, ("M1234567", "V1"), strict=True)))
        value_service.store(other, {shown[0]: "M7654321"})
    rows = values.rows(one.id)
    sealed = rows[passport.code].sealed
    for row in (values.rows(other.id)["passport"], rows["visa"]):
        with db.write():
            row.sealed = sealed
        with pytest.raises(ValueError, match="not sealed here"):
            values.plain(row)
    assert values.plain(rows["passport"]) == "M1234567"


@pytest.mark.spec("FLD-3")
def test_a_personal_number_is_cleared_as_any_other_value(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "backup", FieldKind.AGENT, FieldType.PHONE, encrypted=True)
    ticket = tickets.ticket(mall, boss, take=True)
    assert fill(admin, ticket, **{"f-backup": "010-2000-0000"}) == 204
    assert fill(admin, ticket) == 204
    assert values.plain(values.rows(ticket.id)["backup"]) == "+821020000000", (
        "nothing typed keeps it"
    )
    assert fill(admin, ticket, clear="backup") == 204
    assert values.plain(values.rows(ticket.id)["backup"]) == ""


@pytest.mark.spec("FLD-3")
def test_a_value_stored_again_lives_its_whole_time_again(mall: Service, boss: Member) -> None:
    fields.field(mall, "note", FieldKind.AGENT, purge="m1")
    note = fields.shown(mall, "note")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        ticket = tickets.ticket(mall, boss, take=True)
        with db.write():
            value_service.store(ticket, {note: "0101"})
    with time_machine.travel(start + timedelta(days=25), tick=False), db.write():
        value_service.store(ticket, {note: "0102"})
    with time_machine.travel(start + timedelta(days=40), tick=False):
        jobs.keep_values()
        assert values.plain(values.rows(ticket.id)["note"]) == "0102"


@pytest.mark.spec("FLD-3")
def test_keys_are_exchanged_and_the_old_one_is_removed(mall: Service, boss: Member) -> None:
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    one = fields.shown(mall, "passport")
    made = [tickets.ticket(mall, boss, take=True) for _n in range(3)]
    with db.write():
        for ticket in made:
            value_service.store(ticket, {one: f"M{ticket.id}"})
        old = vault.newest()
    assert jobs.rotate_keys() == 3
    assert vault.old_keys() == [] and vault.newest() != old
    db.session.expire_all()
    assert [values.plain(values.rows(t.id)["passport"]) for t in made] == [f"M{t.id}" for t in made]
    with pytest.raises(ValueError, match="was removed"):
        vault.unseal(f"{old}:AAAA", "ticket/1/passport")
