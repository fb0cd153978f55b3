"""Which tickets a box shows and a search finds (TKT-2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from occ.core import clock, live, paging, phones, search
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
from occ.tickets.queries import IS_OPEN, LISTED, THERE, Listed, Viewer, in_box, to_work_on
from occ.tickets.rules import OPEN, Box, State
from occ.tickets.search import index
from occ.tickets.search.terms import Between, Equals, Holds, Query, Reached, Unset

NO_QUERY = Query()
PEOPLE_MAX = 200  # of one name
FEW = 2_000
_Counted = tuple[int, int, int]
_counts: live.MadeOnce[_Counted, int] = live.MadeOnce("tickets of a service", 1_000)
Period = tuple[datetime | None, datetime | None]


def people_named(name: str) -> Sequence[int]:
    """Members with this in their name, also those who left."""
    return db.session.scalars(
        sa.select(Member.id).where(paging.like(Member.name, name)).limit(PEOPLE_MAX)
    ).all()


@dataclass(frozen=True)
class _Place:
    """Where is searched: whose view of a box, from which ticket on in the search index, and
    whether tickets are met in the order of their instants.

    `few` says which tickets an index knows that can be meant alone, None where these may be many;
    `singly` that each of them is asked what it says, where the index may know many that say it.
    """

    who: Viewer
    box: Box
    since: int = 0
    by_time: bool = False
    few: sa.ColumnElement[bool] | None = None
    singly: bool = False

    def says(
        self, conditions: Sequence[search.Phrases], *, all_texts: bool = True
    ) -> sa.ColumnElement[bool]:
        """Whether a ticket has a phrase of every condition."""
        if self.singly:
            return index.INDEX.holds(Ticket.id, self._whose, conditions, all_texts=all_texts)
        return Ticket.id.in_(self.documents(conditions, all_texts=all_texts))

    @property
    def _whose(self) -> int:
        return index.owner(self.who.service_id, spam=self.box is Box.SPAM)

    def found(
        self, conditions: Sequence[search.Phrases], *, all_texts: bool = True
    ) -> search.Found:
        """What the search index finds there."""
        return index.INDEX.documents(self._whose, conditions, all_texts=all_texts, since=self.since)

    def documents(
        self, conditions: Sequence[search.Phrases], *, all_texts: bool = True
    ) -> sa.Select[Any]:
        """The ids of that."""
        return self.found(conditions, all_texts=all_texts).select


def matching(service_id: int, box: Box, who: Viewer, query: Query) -> sa.Select[Any]:
    """Tickets of a box that fit a search; numbers and addresses that the viewer sees masked are
    found only by who knows them whole.
    """
    return _matching(service_id, query, _among_few(_Place(who, box), query))


def _matching(service_id: int, query: Query, place: _Place) -> sa.Select[Any]:
    found = in_box(service_id, place.box, place.who)
    if place.few is not None:
        found = found.where(place.few)
    if query.problems:
        return found.where(sa.false())
    if query.numbers:
        found = found.where(Ticket.id.in_(query.numbers))
    for key, meanings in query.wanted.items():
        found = found.where(_fits(key, meanings, place))
    if query.texts:
        says = _says(place, query.texts)
        found = found.where(
            says if query.likely is None else sa.or_(says, Ticket.id == query.likely)
        )
    return found


def _fits(key: str, meanings: Sequence[Any], place: _Place) -> sa.ColumnElement[bool]:
    """Whether one of the meanings of a condition holds."""
    columns = {"state": Ticket.state, "priority": Ticket.priority, "channel": Ticket.channel}
    if key == "state" and _are_open(meanings, place.box):  # they have an index of their own
        return sa.and_(Ticket.state.in_(meanings), IS_OPEN)
    return (
        columns[key].in_(meanings)
        if key in columns
        else sa.or_(*(_means(key, meaning, place) for meaning in meanings))
    )


def _are_open(states: Sequence[State], box: Box) -> bool:
    return box is not Box.SPAM and set(OPEN).issuperset(states)


def _means(key: str, meaning: Any, place: _Place) -> sa.ColumnElement[bool]:
    who = place.who
    if key == "assignee":
        mine = {None: Ticket.assignee_id.is_(None), "me": Ticket.assignee_id == who.member_id}
        return mine[meaning] if meaning in mine else Ticket.assignee_id.in_(meaning)
    if key == "customer":
        people = customers.reached(stored_ways(meaning))
        if people:
            return Ticket.customer_id.in_(people)
        theirs = sa.exists().where(
            Customer.id == Ticket.customer_id, customers.named_like(meaning, whole=who.manager)
        )
        return _seen((meaning, phones.part(meaning)), theirs, place)
    if key == "received":
        return _received(meaning, place)
    if key.startswith("field:"):
        return _valued(key.removeprefix("field:"), meaning, place)
    columns = [Ticket.intake_id] * (key != "resolution") + [Ticket.resolution_id] * (
        key != "intake"
    )
    if meaning is None:
        return sa.and_(*(column.is_(None) for column in columns))
    return sa.or_(*(column.in_(meaning) for column in columns))


def _between(at: Any, period: Period) -> sa.ColumnElement[bool]:
    since, until = period
    return sa.and_(*([at >= since] if since else []), *([at < until] if until else []), sa.true())


def _received(period: Period, place: _Place) -> sa.ColumnElement[bool]:
    """Where tickets are not met in the order of their instants, the index of that order has them:
    they are compared as an expression, so that no database reads all of a period by another index
    to sort them.
    """
    at = Ticket.created_at
    return _between(at if place.by_time else sa.func.coalesce(at, at), period)


def _are_few(found: sa.Select[Any]) -> bool:
    """Whether an index by itself finds so few that they are picked out one by one."""
    counting = sa.select(sa.func.count()).select_from(found.limit(FEW + 1).subquery())
    return (db.session.scalar(counting) or 0) <= FEW


def _valued(
    code: str, says: Equals | Holds | Reached | Between | Unset, place: _Place
) -> sa.ColumnElement[bool]:
    """Whether a ticket's value of a field says something; several of a list stand a line each."""
    text = TicketValue.text
    there = sa.select(TicketValue.ticket_id).where(
        TicketValue.ticket_id == Ticket.id, TicketValue.code == code
    )
    match says:
        case Unset():
            return sa.not_(there.where(text.is_not(None)).exists())
        case Between(low, high):
            return there.where(
                *([text >= low] if low else []), *([text < high] if high else [])
            ).exists()
        case Equals(keys, seen):
            lines = sa.literal("\n") + text + "\n"
            is_so = sa.or_(
                text.in_(keys), *(lines.contains(f"\n{key}\n", autoescape=True) for key in keys)
            )
        case Holds(part):
            is_so, seen = paging.like(text, part), (part,)
        case Reached(part, whole):
            mine = sa.and_(Ticket.assignee_id == place.who.member_id, paging.like(text, part))
            is_so, seen = sa.or_(text.in_(whole), mine), (part,)
    return _seen(seen, there.where(is_so).exists(), place)


def _seen(
    ways: Sequence[str], holds: sa.ColumnElement[bool], place: _Place
) -> sa.ColumnElement[bool]:
    """The same condition, looked at only on tickets whose index has one of some texts: so are rows
    found that no index of a table finds.
    """
    phrases = [phrase for way in dict.fromkeys(ways) if (phrase := search.phrase(way))]
    return sa.and_(place.says([phrases]), holds) if phrases else holds


def _says(place: _Place, texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a ticket says all of some texts; what the viewer sees masked on it,
    only if it is the whole of a text.
    """
    who = place.who
    apart = {text: ways for text in texts if (ways := stored_ways(text))}
    rest = [phrases for text in texts if text not in apart and (phrases := _phrases(text))]
    if not rest and not apart:
        return sa.false()
    found: list[sa.ColumnElement[bool]] = []
    if rest:
        found.append(place.says(rest, all_texts=who.manager))
    for text, ways in apart.items():
        said, reached = _phrases(text), list(_reached(place, ways))
        if place.singly:
            says = place.says([said], all_texts=who.manager)
            found.append(sa.or_(says, *(Ticket.id.in_(ids) for ids in reached)))
        else:
            inside = place.documents([said], all_texts=who.manager)
            found.append(Ticket.id.in_(inside.union_all(*reached)))
    return sa.and_(*found)


def _reached(place: _Place, ways: Sequence[str]) -> Iterator[sa.Select[Any]]:
    """The ids of tickets of the customer, or with a field, that a whole number or address reaches:
    those of the customer by their index, however old.
    """
    if people := customers.reached(ways):
        yield sa.select(Ticket.id).where(Ticket.customer_id.in_(people)).correlate(None)
    # managers have them among what the index finds
    if not place.who.manager and (codes := fields.reaching(place.who.service_id)):
        # the index knows where it may stand, the value whether it is the whole of it
        inside = (
            TicketValue.ticket_id == Ticket.id
            if place.singly
            else TicketValue.ticket_id.in_(place.documents([[search.phrase(way) for way in ways]]))
        )
        yield sa.select(TicketValue.ticket_id).where(
            inside,
            TicketValue.code.in_(codes),
            TicketValue.text.in_(ways),
        )


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


def _is_anywhere(text: str) -> bool:
    """Whether nearly every ticket has the pairs of a text: those of numbers and addresses, which
    the search index has to put together on each.
    """
    return bool(phones.part(text)) or "@" in text


def stored_ways(text: str) -> list[str]:
    """A text as numbers and addresses are stored, if it may be a whole one."""
    if len(phones.part(text)) >= customers.PART_MIN:
        return phones.candidates(text, country())
    return [text.lower()] if "@" in text and search.phrase(text) else []


@cache
def _first_rows(box: Box, size: int, *, counted: bool) -> sa.Select[Any]:
    """The newest tickets of a box of `service`, as `viewer` sees it, and one more than a page has;
    `counted`: each with how many there are. Built once, because it is asked most of all.
    """
    service: Any = sa.bindparam("service")
    viewer: Any = sa.bindparam("viewer")
    listed = in_box(service, box, Viewer(service, viewer))
    rows = LISTED.of(listed.order_by(Ticket.id.desc()).limit(size + 1))
    return rows.add_columns(paging.counting(listed).scalar_subquery()) if counted else rows


def _first_page(
    service_id: int, box: Box, who: Viewer, *, size: int, version: int | None
) -> paging.Page:
    """A box as it is opened. All tickets are counted for all who see them, once a version of the
    service's lists and, as these are drawn anew, once a minute.
    """
    size, asked = paging.sized(size), {"service": service_id, "viewer": who.member_id}
    if box is Box.ALL and version is not None:

        def counted(keys: Sequence[_Counted]) -> dict[_Counted, int]:
            number = paging.counting(in_box(service_id, box, who))
            return dict.fromkeys(keys, db.session.scalar(number) or 0)

        key = (service_id, version, int(clock.now().timestamp() // 60))
        count = _counts.get(None, [key], counted)[key]
        found = db.session.connection().execute(_first_rows(box, size, counted=False), asked).all()
    else:
        found = db.session.connection().execute(_first_rows(box, size, counted=True), asked).all()
        count = found[0][-1] if found else 0
    rows = [LISTED.make(row) for row in found]
    return paging.first_page(rows, keys=(Ticket.id,), size=size, count=count)


def ticket_list(
    service_id: int,
    box: Box,
    who: Viewer,
    query: Query = NO_QUERY,
    *,
    after: str,
    before: str,
    size: int,
    version: int | None = None,
) -> paging.Page:
    """A box of tickets, or those of it that fit a search: the one whose number was
    typed first, then newest first. `version` is the number of the service's lists where it is
    known, of which all tickets are counted once.
    """
    asks_nothing = query == NO_QUERY and not query.problems
    if asks_nothing and not (after or before) and box is not Box.GROUPS:
        return _first_page(service_id, box, who, size=size, version=version)
    if query.likely is None:
        return _newest(service_id, box, who, query, None, after=after, before=before, size=size)
    others = replace(query, texts=(), likely=None)
    alone = _Place(who, box, few=Ticket.id == query.likely, singly=True)
    alone_there = LISTED.of(_matching(service_id, others, alone))
    row = db.session.connection().execute(alone_there).first()
    first = LISTED.make(row) if row else None
    page = _newest(service_id, box, who, query, first, after=after, before=before, size=size)
    if first is None:
        return page
    position, _back = paging.position((Ticket.id,), after, before)
    is_first = position is None or (before and page.rows and page.previous is None)
    rows = [first, *page.rows] if is_first else page.rows
    return replace(page, rows=rows, count=page.count + 1)


def _newest(
    service_id: int,
    box: Box,
    who: Viewer,
    query: Query,
    besides: Listed | None,
    *,
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """A page of what fits a search without the ticket that stands before it."""
    query = replace(query, likely=None)
    phrases = [phrases for text in query.texts if (phrases := _phrases(text))]
    is_anywhere = any(map(_is_anywhere, query.texts))
    if box is not Box.ALL or not query.only_texts or not phrases or is_anywhere:
        return _looked_for(
            service_id, box, who, query, besides, after=after, before=before, size=size
        )
    keys = (Ticket.id,)
    # words alone: the index knows the page and the count, however many tickets have them
    asked: dict[str, Any] = {
        "owner": index.owner(service_id, spam=False),
        "conditions": phrases,
        "all_texts": who.manager,
        "besides": besides.id if besides else None,
    }
    there = index.INDEX.documents(**asked)
    position, back = paging.position(keys, after, before)
    last = position[0] if position else None

    def page(idents: sa.Select[Any]) -> paging.Page:
        return paging.page(
            sa.select(Ticket).where(Ticket.id.in_(idents)),
            keys=keys,
            descending=True,
            after=after,
            before=before,
            size=size,
            counted=there.many(paging.COUNT_LIMIT),
            columns=LISTED,
        )

    wanted = paging.sized(size) + 1
    if not there.in_order and not back:
        found = page(index.INDEX.recent(**asked, before=last, rows=FEW, size=wanted))
        if found.next:
            return found
    return page(there.newest(last, back=back, size=wanted))


def _looked_for(
    service_id: int,
    box: Box,
    who: Viewer,
    query: Query,
    besides: Listed | None,
    *,
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """The same of what is met in the list, by the instant where a period of all tickets is asked
    for: all of it where an index knows few of them, else as far as a page looks.
    """
    listed = in_box(service_id, box, who)
    periods = query.wanted.get("received", ())
    by_time = box is Box.ALL and not query.texts and len(periods) == 1
    keys: tuple[Any, ...] = (Ticket.created_at, Ticket.id) if by_time else (Ticket.id,)
    if by_time:
        listed = listed.where(_between(Ticket.created_at, periods[0]))
    place, within = _among_few(_Place(who, box, by_time=by_time), query), None
    parts = query.texts or query.wanted.keys() - ({"received"} if by_time else set())
    if place.few is None and parts:
        within = paging.look(listed, keys=keys, descending=True, after=after, before=before)
        there, back = paging.position(keys, after, before)
        ends = (within.counted, there if back else within.last)
        if not by_time and all(ends):
            place = replace(place, since=min(end[0] for end in ends if end))
    found = _matching(service_id, query, place)
    return paging.page(
        found if besides is None else found.where(Ticket.id != besides.id),
        keys=keys,
        descending=True,
        after=after,
        before=before,
        size=size,
        within=within,
        columns=LISTED,
    )


def _among_few(place: _Place, query: Query) -> _Place:
    """A place with the few tickets that an index knows of a box, or for a part of a search; the
    same where each may be true of many.
    """
    if query.problems or query.numbers:
        return replace(place, few=sa.true(), singly=True)
    for ids in _indexed(place, query):
        if _are_few(ids):
            return replace(place, few=Ticket.id.in_(ids), singly=True)
    said = [text for text in query.texts if not _is_anywhere(text)]
    phrases = [phrases for text in said if (phrases := _phrases(text))]
    if phrases and _are_few(place.found(phrases, all_texts=place.who.manager).rows):
        return replace(place, few=sa.true())
    return place


def _indexed(place: _Place, query: Query) -> Iterator[sa.Select[Any]]:
    """The ids of tickets that an index of a table knows: of a box of its own, then of parts of a
    search.
    """
    if place.box is not Box.ALL and (query.wanted or query.texts):
        mine = in_box(place.who.service_id, place.box, place.who)
        yield mine.with_only_columns(Ticket.id).correlate(None)
    for key, meanings in query.wanted.items():
        if key == "received" and place.by_time:
            continue
        ids = _by_index(key, meanings, place)
        if ids is not None:
            yield ids


def _by_index(key: str, meanings: Sequence[Any], place: _Place) -> sa.Select[Any] | None:
    """The ids of tickets that fit a condition for which a table has an index, as that index has
    them; None where there is none.
    """
    if None in meanings:
        return None
    service = Ticket.service_id == place.who.service_id
    begins: dict[str, list[sa.ColumnElement[bool]]] = {
        "received": [service],
        "intake": [],
        "resolution": [],
        "type": [],
    }
    if place.box is not Box.SPAM:
        begins["assignee"] = [service, *THERE]
    if _are_open(meanings, place.box):
        begins["state"] = [service]
    if all(key == "customer" and customers.reached(stored_ways(meaning)) for meaning in meanings):
        begins["customer"] = []
    if key not in begins:
        return None
    fits = _fits(key, meanings, replace(place, by_time=True))
    return sa.select(Ticket.id).where(*begins[key], fits).correlate(None)


def count(service_id: int, box: Box, who: Viewer, query: Query) -> int:
    """How many tickets of a box fit a search."""
    found = matching(service_id, box, who, query).with_only_columns(
        sa.func.count(), maintain_column_froms=True
    )
    return db.session.scalar(found.order_by(None)) or 0


def next_to_work_on(service_id: int, box: Box, who: Viewer, query: Query, ident: int) -> int | None:
    """The ticket that waits for the viewer below another one in the list, or else from its top on
    (TKT-2); None where no other waits there.
    """
    found = matching(service_id, box, who, query).where(to_work_on(who), Ticket.id != ident)
    return db.session.scalar(
        found.with_only_columns(Ticket.id)
        .order_by(None)
        .order_by(sa.case((Ticket.id < ident, 0), else_=1), Ticket.id.desc())
        .limit(1)
    )


def batches(
    service_id: int, box: Box, who: Viewer, query: Query, size: int = 500
) -> Iterator[Sequence[Ticket]]:
    """All of them, newest first, in short reads."""
    before = 2**31 - 1
    found = matching(service_id, box, who, query).order_by(Ticket.id.desc()).limit(size)
    while True:
        rows = db.session.scalars(found.where(Ticket.id < before)).unique().all()
        if not rows:
            return
        before = rows[-1].id
        yield rows
        db.session.rollback()
