"""Excel of tickets: values are what they are, and no text stops it (TKT-2)."""

import io
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from occ.core.db import db
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.tickets.screen import HOME

pytestmark = pytest.mark.heavy


@pytest.mark.spec("TKT-2", "FLD-1")
def test_figures_days_and_times_are_cells_of_their_kind(
    mall: Service, boss: Member, admin: Browser
) -> None:
    stored = {
        "amount": (FieldType.NUMBER, "2345600.5"),
        "bought_on": (FieldType.DATE, "2026-11-02"),
        "visit_at": (FieldType.DATE_TIME, "2026-11-30T23:30+00:00"),
        "backup": (FieldType.PHONE, "+8227776789"),
        "gift": (FieldType.CHECKBOX, "1"),
        "wrapped": (FieldType.CHECKBOX, ""),
        "code": (FieldType.TEXT, "007"),
    }
    for code, (type, _value) in stored.items():
        fields.field(mall, code, FieldKind.AGENT, type)
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        value_service.store(
            one, {fields.shown(mall, code): value for code, (_type, value) in stored.items()}
        )
    active = load_workbook(io.BytesIO(admin.get(f"{HOME}/tickets.xlsx?box=all").data)).active
    assert active is not None
    found = {
        str(head.value): (cell.value, cell.number_format)
        for head, cell in zip(active[1], active[2], strict=True)
    }
    assert {name: cell for name, cell in found.items() if name.split(" ")[0].lower() in stored} == {
        "Amount": (2345600.5, "#,##0.0"),
        "Bought_On": (datetime.fromisoformat("2026-11-02"), "yyyy-mm-dd"),
        "Visit_At (Asia/Seoul)": (
            datetime.fromisoformat("2026-12-01T08:30"),
            "yyyy-mm-dd hh:mm:ss",
        ),
        "Backup": ("02-777-6789", "General"),
        "Gift": ("Yes", "General"),
        "Wrapped": ("No", "General"),
        "Code": ("007", "General"),
    }
    received = found["Received (Asia/Seoul)"][0]
    assert isinstance(received, datetime)
    local = one.created_at.replace(tzinfo=None) + timedelta(hours=9)
    assert (
        abs(received - local) < timedelta(seconds=2) and found["Resolved (Asia/Seoul)"][0] is None
    )


@pytest.mark.spec("TKT-2")
def test_what_nothing_can_hold_neither_enters_nor_stops_the_file(
    mall: Service, boss: Member, admin: Browser
) -> None:
    admin.get(f"{HOME}/new")
    sent = {
        "key": admin.field("key"),
        "subject": "A\uffffB\x0b\x00C",
        "body": "D\ufffeE\tF\r\nG",
        "priority": "normal",
        "take": "y",
    }
    assert admin.post(f"{HOME}/new", sent).status_code == 303
    one = db.session.scalars(sa.select(Ticket)).one()
    entry = db.session.scalars(sa.select(TicketEntry)).one()
    assert one.subject == "ABC" and entry.body == "DE\tF\nG"
    with db.write():  # as an older version stored it
        one.subject = "_x0041_\uffff\x0b"
    active = load_workbook(io.BytesIO(admin.get(f"{HOME}/tickets.xlsx?box=all").data)).active
    assert active is not None and active["F2"].value == "_x0041_"
