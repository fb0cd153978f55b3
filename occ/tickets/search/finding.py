"""Which tickets a box shows and a search finds (TKT-2)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import paging, phones, search
from occ.core.db import db
from occ.core.i18n import country
from occ.customers import queries as customers
from occ.customers.models import Customer
from occ.fields import queries as fields
from occ.identity.models import Member
from occ.tickets.models import (
    Ticket,
    TicketValue,
)
from occ.tickets.queries import Viewer, in_box
from occ.tickets.rules import Box
from occ.tickets.search import index
from occ.tickets.search.terms import Between, Equals, Holds, Query, Reached, Unset

NO_QUERY = Query()
PEOPLE_MAX = 200  # of one name
_Received = sa.orm.aliased(Ticket)


def people_named(name: str) -> Sequence[int]:
    """Members with this in their name, also those who left."""
    return db.session.scalars(
        sa.select(Member.id).where(paging.like(Member.name, name)).limit(PEOPLE_MAX)
    ).all()


def matching(service_id: int, box: Box, who: Viewer, query: Query) -> sa.Select[Any]:
    """Tickets of a box that fit a search; numbers and addresses that the viewer sees masked are
    found only by who knows them whole.
    """
    found = in_box(service_id, box, who)
    if query.problems:
        return found.where(sa.false())
    if query.numbers:
        found = found.where(Ticket.id.in_(query.numbers))
    for key, meanings in query.wanted.items():
        found = found.where(_fits(key, meanings, who, box))
    if query.texts:
        says = _says(service_id, box, who, query.texts)
        found = found.where(
            says if query.likely is None else sa.or_(says, Ticket.id == query.likely)
        )
    return found


def _fits(key: str, meanings: Sequence[Any], who: Viewer, box: Box) -> sa.ColumnElement[bool]:
    """Whether one of the meanings of a condition holds."""
    columns = {"state": Ticket.state, "priority": Ticket.priority, "channel": Ticket.channel}
    return (
        columns[key].in_(meanings)
        if key in columns
        else sa.or_(*(_means(key, meaning, who, box) for meaning in meanings))
    )


def _means(key: str, meaning: Any, who: Viewer, box: Box) -> sa.ColumnElement[bool]:
    if key == "assignee":
        mine = {None: Ticket.assignee_id.is_(None), "me": Ticket.assignee_id == who.member_id}
        return mine[meaning] if meaning in mine else Ticket.assignee_id.in_(meaning)
    if key == "customer":
        people = _people(stored_ways(meaning))
        if people:
            return Ticket.customer_id.in_(people)
        theirs = sa.exists().where(
            Customer.id == Ticket.customer_id, customers.named_like(meaning, whole=who.manager)
        )
        return _seen((meaning, phones.part(meaning)), theirs, who, box)
    if key == "received":
        since, until = meaning
        return _received(since, until, who.service_id)
    if key.startswith("field:"):
        return _valued(key.removeprefix("field:"), meaning, who, box)
    columns = [Ticket.intake_id] * (key != "resolution") + [Ticket.resolution_id] * (
        key != "intake"
    )
    if meaning is None:
        return sa.and_(*(column.is_(None) for column in columns))
    return sa.or_(*(column.in_(meaning) for column in columns))


def _received(
    since: datetime | None, until: datetime | None, service_id: int
) -> sa.ColumnElement[bool]:
    """Few tickets are looked up by their instants.

    Many are met in the order of the list, whose index has the instant: it is compared as an
    expression there, so that no database reads them all by another index to sort them.
    """

    def between(at: Any) -> list[sa.ColumnElement[bool]]:
        return [*([at >= since] if since else []), *([at < until] if until else [])]

    inside = sa.select(_Received.id).where(
        _Received.service_id == service_id, *between(_Received.created_at)
    )
    count = sa.select(sa.func.count()).select_from(inside.limit(paging.COUNT_LIMIT + 1).subquery())
    if (db.session.scalar(count) or 0) <= paging.COUNT_LIMIT:
        return Ticket.id.in_(inside)
    return sa.and_(sa.true(), *between(sa.func.coalesce(Ticket.created_at, Ticket.created_at)))


def _valued(
    code: str, says: Equals | Holds | Reached | Between | Unset, who: Viewer, box: Box
) -> sa.ColumnElement[bool]:
    """Whether a ticket's value of a field says something; several of a list stand a line each."""
    text = TicketValue.text
    there = sa.select(TicketValue.ticket_id).where(TicketValue.code == code)
    match says:
        case Unset():
            return Ticket.id.not_in(there.where(text.is_not(None)))
        case Between(low, high):
            return Ticket.id.in_(
                there.where(*([text >= low] if low else []), *([text < high] if high else []))
            )
        case Equals(keys, seen):
            lines = sa.literal("\n") + text + "\n"
            is_so = sa.or_(
                text.in_(keys), *(lines.contains(f"\n{key}\n", autoescape=True) for key in keys)
            )
        case Holds(part):
            is_so, seen = paging.like(text, part), (part,)
        case Reached(part, whole):
            mine = sa.and_(Ticket.assignee_id == who.member_id, paging.like(text, part))
            is_so, seen = sa.or_(text.in_(whole), mine), (part,)
    return _seen(seen, there.where(TicketValue.ticket_id == Ticket.id, is_so).exists(), who, box)


def _seen(
    ways: Sequence[str], holds: sa.ColumnElement[bool], who: Viewer, box: Box
) -> sa.ColumnElement[bool]:
    """The same condition, looked at only on tickets whose index has one of some texts: so are rows
    found that no index of a table finds.
    """
    phrases = [phrase for way in dict.fromkeys(ways) if (phrase := search.phrase(way))]
    whose = index.owner(who.service_id, spam=box is Box.SPAM)
    return (
        sa.and_(
            Ticket.id.in_(index.INDEX.documents(whose, [phrases], all_texts=True).select), holds
        )
        if phrases
        else holds
    )


def _says(service_id: int, box: Box, who: Viewer, texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a ticket says all of some texts; what the viewer sees masked on it,
    only if it is the whole of a text.
    """
    whose = index.owner(service_id, spam=box is Box.SPAM)
    apart = {} if who.manager else {text: ways for text in texts if (ways := stored_ways(text))}
    rest = [phrases for text in texts if text not in apart and (phrases := _phrases(text))]
    if not rest and not apart:
        return sa.false()
    found = [_documents(whose, rest, who)] if rest else []
    for text, ways in apart.items():
        found.append(
            sa.or_(_documents(whose, [_phrases(text)], who), *_reached(service_id, whose, ways))
        )
    return sa.and_(*found)


def _reached(service_id: int, whose: int, ways: Sequence[str]) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions for tickets of the customer, or with a field, that a
    whole number or address reaches.
    """
    if people := _people(ways):
        yield Ticket.customer_id.in_(people)
    if codes := fields.reaching(
        service_id
    ):  # the index knows where it may stand, the value whether it is the whole of it
        inside = index.INDEX.documents(
            whose, [[search.phrase(way) for way in ways]], all_texts=True
        ).select
        value = sa.exists().where(
            TicketValue.ticket_id == Ticket.id,
            TicketValue.code.in_(codes),
            TicketValue.text.in_(ways),
        )
        yield sa.and_(Ticket.id.in_(inside), value)


def _documents(
    whose: int, conditions: Sequence[search.Phrases], who: Viewer
) -> sa.ColumnElement[bool]:
    return Ticket.id.in_(index.INDEX.documents(whose, conditions, all_texts=who.manager).select)


def _phrases(text: str) -> search.Phrases:
    """What the index is asked for, one of which it has to hold: a number in each of the ways in
    which it may be written.

    Nothing for a word without a letter or digit.
    """
    digits, numbers = phones.part(text), phones.candidates(text, country())
    ways = (
        [text]
        if len(digits) < customers.PART_MIN
        else [text, digits, *(way for number in numbers for way in phones.written(number))]
    )
    return [
        list(phrase)
        for phrase in dict.fromkeys(tuple(search.phrase(way)) for way in ways)
        if phrase
    ]


def stored_ways(text: str) -> list[str]:
    """A text as numbers and addresses are stored, if it may be a whole one."""
    if len(phones.part(text)) >= customers.PART_MIN:
        return phones.candidates(text, country())
    return [text.lower()] if "@" in text and search.phrase(text) else []


def _people(ways: Sequence[str]) -> list[int]:
    """The customers of a whole number or address."""
    found = [customers.by_email(way) if "@" in way else customers.by_phone(way) for way in ways]
    return [person.id for person in found if person]


def ticket_list(
    service_id: int,
    box: Box,
    who: Viewer,
    query: Query = NO_QUERY,
    *,
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """A box of tickets, or those of it that fit a search: the one whose number was
    typed first, then newest first.
    """
    if query.likely is None:
        return _newest(service_id, box, who, query, None, after=after, before=before, size=size)
    others = replace(query, texts=(), likely=None)
    first = db.session.scalar(
        matching(service_id, box, who, others).where(Ticket.id == query.likely)
    )
    page = _newest(service_id, box, who, query, first, after=after, before=before, size=size)
    if first is None:
        return page
    rows = page.rows if page.previous else [first, *page.rows]
    return replace(page, rows=rows, count=page.count + 1)


def _newest(
    service_id: int,
    box: Box,
    who: Viewer,
    query: Query,
    besides: Ticket | None,
    *,
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """A page of what fits a search without the ticket that stands before it."""
    keys, query = (Ticket.id,), replace(query, likely=None)
    phrases = [phrases for text in query.texts if (phrases := _phrases(text))]
    knows_all = who.manager or not any(map(stored_ways, query.texts))
    if box is not Box.ALL or not query.only_texts or not phrases or not knows_all:
        found = matching(service_id, box, who, query)
        if besides is not None:
            found = found.where(Ticket.id != besides.id)
        return paging.page(found, keys=keys, descending=True, after=after, before=before, size=size)
    # words alone: the index knows the page and the count, however many tickets have them
    there = index.INDEX.documents(
        index.owner(service_id, spam=False),
        phrases,
        all_texts=who.manager,
        besides=besides.id if besides else None,
    )
    position, back = paging.position(keys, after, before)
    idents = there.newest(position[0] if position else None, back=back, size=paging.sized(size) + 1)
    found = sa.select(Ticket).where(Ticket.id.in_(idents))
    return paging.page(
        found,
        keys=keys,
        descending=True,
        after=after,
        before=before,
        size=size,
        counted=there.select,
    )


def count(service_id: int, box: Box, who: Viewer, query: Query) -> int:
    """How many tickets of a box fit a search."""
    found = matching(service_id, box, who, query).with_only_columns(
        sa.func.count(), maintain_column_froms=True
    )
    return db.session.scalar(found.order_by(None)) or 0


def batches(
    service_id: int, box: Box, who: Viewer, query: Query, size: int = 500
) -> Iterator[Sequence[Ticket]]:
    """All of them, newest first, in short reads."""
    before = 2**31 - 1
    while True:
        found = (
            matching(service_id, box, who, query)
            .where(Ticket.id < before)
            .order_by(Ticket.id.desc())
            .limit(size)
        )
        rows = db.session.scalars(found).unique().all()
        if not rows:
            return
        before = rows[-1].id
        yield rows
        db.session.rollback()
