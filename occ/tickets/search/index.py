"""The search index of tickets (TKT-7): title, what was written, customer and
fields; personal values stay out.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_date

from occ.core import phones
from occ.core.db import db
from occ.core.i18n import LOCALES
from occ.core.search import Document, Index
from occ.core.unit import Mark
from occ.customers.models import Customer
from occ.fields.models import Field
from occ.fields.rules import CHOSEN, REACHING, FieldType, System
from occ.organization.models import Service
from occ.tickets.models import IndexState, Ticket, TicketEntry, TicketValue

INDEX = Index("ticket_fts")
VERSION = 2
"""Of what is stored of a ticket.

Raised where its texts or tokens change: the job then makes the whole index anew.
"""
SYSTEM = [code.value for code in System]
_changed: Mark[dict[int, bool]] = Mark(dict)


def mark(ticket_id: int, *, is_new: bool = False) -> None:
    """The ticket's texts have changed: they are indexed once, just before the transaction commits.

    Of one that `is_new` in this transaction the index holds nothing that has to go.
    """
    _changed.noted().setdefault(ticket_id, is_new)


def put_marked() -> None:
    if marked := _changed.take():
        put(sorted(marked), new=[ident for ident, is_new in marked.items() if is_new])


def owner(service_id: int, *, spam: bool) -> int:
    """Whose a ticket is in the index: who searches all tickets of a
    service finds none of its spam.
    """
    return service_id * 2 + spam


def forget(tickets: Iterable[tuple[int, int]]) -> None:
    """Takes tickets out of the index, each by its service and id, be it spam or not."""
    INDEX.remove(
        [
            (owner(service_id, spam=spam), ident)
            for service_id, ident in tickets
            for spam in (False, True)
        ]
    )


# Every write asks this, so it is built once: a row for each text, and one for a ticket with none.
_TEXTS = (
    sa.select(
        Ticket.id,
        Ticket.service_id,
        Ticket.subject,
        Ticket.spam_at,
        Ticket.deleted_at,
        Ticket.indexed,
        Customer.name,
        Customer.email,
        Customer.phone,
        sa.exists().where(TicketValue.ticket_id == Ticket.id).label("has_values"),
        TicketEntry.body,
    )
    .outerjoin(Customer, Customer.id == Ticket.customer_id)
    .outerjoin(TicketEntry, TicketEntry.ticket_id == Ticket.id)
    .where(Ticket.id.in_(sa.bindparam("idents", expanding=True)))
)


def put(idents: Iterable[int], new: Collection[int] = ()) -> None:
    """Indexes tickets anew, a few statements for all of them; of `new` ones nothing is there."""
    idents = list(idents)
    rows = db.session.execute(_TEXTS, {"idents": idents}).all()
    tickets = {row.id: row for row in rows}
    texts: dict[int, list[str]] = {ident: [] for ident in tickets}
    hidden: dict[int, list[str]] = {ident: [] for ident in tickets}
    for row in rows:
        if row.body is not None:
            texts[row.id].append(row.body)
    for ident, text, managers_only in _values(
        [ident for ident, row in tickets.items() if row.has_values]
    ):
        (hidden if managers_only else texts)[ident].append(text)
    documents = []
    for ident, row in tickets.items():
        if row.deleted_at is not None:
            continue
        texts[ident].append(row.name or "")
        hidden[ident] += [row.email or "", *(phones.written(row.phone) if row.phone else ())]
        whose = owner(row.service_id, spam=row.spam_at is not None)
        said, privately = "\n".join([row.subject, *texts[ident]]), "\n".join(hidden[ident])
        documents.append(Document(ident, whose, said, privately))
    forget([(row.service_id, ident) for ident, row in tickets.items() if ident not in new])
    INDEX.put(documents)
    if waiting := [ident for ident, row in tickets.items() if not row.indexed]:
        db.session.execute(sa.update(Ticket).where(Ticket.id.in_(waiting)).values(indexed=True))


def _values(idents: list[int]) -> Iterator[tuple[int, str, bool]]:
    """(ticket, text, for managers only) of values that are not personal, in all
    the ways in which pages say them.
    """
    if not idents:
        return
    own = sa.and_(
        Field.code.not_in(SYSTEM), Field.type != FieldType.CHECKBOX, Field.deleted_at.is_(None)
    )
    # a field of the system has a row only once it was changed
    promised = TicketValue.code == System.PROMISED_NUMBER.value
    rows = db.session.execute(
        sa.select(TicketValue.ticket_id, TicketValue.text, Field, Service.time_zone)
        .join(Ticket, Ticket.id == TicketValue.ticket_id)
        .join(Service, Service.id == Ticket.service_id)
        .outerjoin(
            Field, sa.and_(Field.service_id == Ticket.service_id, Field.code == TicketValue.code)
        )
        .where(TicketValue.ticket_id.in_(idents), TicketValue.text != "", sa.or_(own, promised))
        .where(Field.encrypted.is_not(True), Field.purge.is_(None))
    )
    for ident, value, field, zone in rows:
        text = "\n".join(_ways(field, value or "", zone) if field else phones.written(value or ""))
        yield ident, text, field is None or field.managers_only or field.type in REACHING


def _ways(field: Field, value: str, zone: str) -> Sequence[str]:
    """A stored value as people read it: numbers with and without commas, days
    and choices in every language.
    """
    if field.type in CHOSEN:
        names = {choice["key"]: " ".join(choice["names"].values()) for choice in field.choices}
        return [names.get(key, "") for key in value.split("\n")]
    if field.type is FieldType.NUMBER:
        return [value, f"{Decimal(value):,}"]
    if field.type is FieldType.PHONE:
        return phones.written(value)
    if field.type is FieldType.DATE:
        return _day_ways(date.fromisoformat(value))
    if field.type is FieldType.DATE_TIME:
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        return [f"{day} {local:%H:%M}" for day in _day_ways(local.date())]
    return [value]


@lru_cache(4096)  # days repeat
def _day_ways(day: date) -> tuple[str, ...]:
    return day.isoformat(), *(format_date(day, "medium", locale=code) for code in LOCALES)


def stale_tickets(idents: Sequence[int]) -> int:
    """Tickets have changed texts: the job indexes them anew. Returns how many."""
    stale(Ticket.id.in_(idents))
    return len(idents)


def settle(*, begin: bool) -> bool:
    """Writes a part of the index anew, so that nothing of what was taken out stays in its pages;
    whether there is more to do.

    PostgreSQL keeps rows, which VACUUM clears.
    """
    return INDEX.merge(begin=begin) if db.session.get_bind().dialect.name == "sqlite" else False


def stale(condition: sa.ColumnElement[bool]) -> None:
    """Many tickets have changed texts: the job indexes them anew."""
    db.session.execute(
        sa.update(Ticket)
        .where(condition)
        .values(indexed=False)
        .execution_options(synchronize_session=False)
    )


def is_behind() -> bool:
    """Whether a ticket waits to be indexed."""
    return (
        db.session.scalar(sa.select(Ticket.id).where(Ticket.indexed.is_(False)).limit(1))
        is not None
    )


def catch_up(count: int) -> int:
    """Indexes at most `count` tickets that are not, the newest first. Returns how many."""
    waiting = (
        sa.select(Ticket.id)
        .where(Ticket.indexed.is_(False))
        .order_by(Ticket.id.desc())
        .limit(count)
    )
    # nobody writes on them until their texts are stored
    waiting = waiting.with_for_update(skip_locked=True)
    idents = list(db.session.scalars(waiting))
    if idents:
        put(idents)
    return len(idents)


def is_old() -> bool:
    """Whether another version of the index holds tickets."""
    state = db.session.get(IndexState, "tickets")
    return state is None or state.version != VERSION or state.below > 0


def renew(count: int) -> int:
    """Indexes at most `count` tickets anew that another version of the index holds, the newest
    first. Returns how many.
    """
    state = db.session.get(IndexState, "tickets")
    if state is None or state.version != VERSION:
        newest = db.session.scalar(sa.select(sa.func.max(Ticket.id))) or 0
        state = db.session.merge(IndexState(name="tickets", version=VERSION, below=newest + 1))
    older = (
        sa.select(Ticket.id).where(Ticket.id < state.below).order_by(Ticket.id.desc()).limit(count)
    )
    # nobody writes on them until their texts are stored
    idents = list(db.session.scalars(older.with_for_update()))
    if idents:
        put(idents)
    state.below = idents[-1] if idents else 0
    return len(idents)
