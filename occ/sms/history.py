"""The history of sent texts, a row a recipient (SMS-7)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from occ.core import paging
from occ.core.db import db
from occ.identity.models import Agent
from occ.sms.models import SmsRecipient, SmsSender, SmsSending, SmsTemplate
from occ.sms.rules.kinds import RecipientState, SendingState, TextKind

# how a request stands, by how its messages do
OF_STATE = {
    SendingState.PROCESSING: (RecipientState.WAITING, RecipientState.UNCLEAR),
    SendingState.SENT: (
        RecipientState.ACCEPTED,
        RecipientState.DELIVERED,
        RecipientState.FAILED,
    ),
    SendingState.FAILED: (RecipientState.REFUSED,),
    SendingState.CANCELLED: (RecipientState.CANCELLED,),
}
STATE_OF = {one: state for state, several in OF_STATE.items() for one in several}


@dataclass(frozen=True)
class Filters:
    """What the history is searched by. `number` is a part of one; `whole` are whole ones, for who
    sees the others' masked; `unclear` are those of which nobody knows whether they were sent. What
    no choice of a template, agent or sender number finds any more: `template_gone`, `member_gone`
    and `sender_gone`; `by_itself` are those that nobody sent.
    """

    service_id: int
    reserved: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    kind: TextKind | None = None
    state: SendingState | None = None
    unclear: bool = False
    template_id: int | None = None
    member_id: int | None = None
    sender: str = ""
    template_gone: bool = False
    member_gone: bool = False
    sender_gone: bool = False
    by_itself: bool = False
    number: str = ""
    whole: tuple[str, ...] = ()


# a template's number may be a deleted one's, whose texts are older
_TEMPLATE = sa.exists().where(
    SmsTemplate.id == SmsSending.template_id, SmsTemplate.created_at <= SmsSending.registered_at
)
_AGENT = sa.exists().where(
    Agent.service_id == SmsSending.service_id,
    Agent.member_id == SmsSending.member_id,
    Agent.removed_at.is_(None),
)
_SENDER = sa.exists().where(
    SmsSender.service_id == SmsSending.service_id, SmsSender.number == SmsSending.sender
)


def _found(filters: Filters) -> sa.Select[Any]:
    query = (
        sa.select(SmsRecipient)
        .join(SmsSending, SmsSending.id == SmsRecipient.sending_id)
        .options(contains_eager(SmsRecipient.sending))
        .where(SmsRecipient.service_id == filters.service_id)
    )
    if filters.since is not None:
        query = query.where(SmsRecipient.registered_at >= filters.since)
    if filters.until is not None:
        query = query.where(SmsRecipient.registered_at < filters.until)
    if filters.state is not None:
        query = query.where(SmsRecipient.state.in_(OF_STATE[filters.state]))
    if filters.unclear:
        query = query.where(SmsRecipient.state == RecipientState.UNCLEAR)
    if filters.number:
        query = query.where(SmsRecipient.number.contains(filters.number, autoescape=True))
    if filters.whole:
        query = query.where(SmsRecipient.number.in_(filters.whole))
    for column, value in (
        (SmsSending.reserved, filters.reserved),
        (SmsSending.kind, filters.kind),
        (SmsSending.template_id, filters.template_id),
        (SmsSending.member_id, filters.member_id),
        (SmsSending.sender, filters.sender or None),
    ):
        if value is not None:
            query = query.where(column == value)
    for wanted, condition in (
        (filters.template_id is not None, _TEMPLATE),
        (filters.template_gone, SmsSending.template_id.is_not(None) & ~_TEMPLATE),
        (filters.member_gone, SmsSending.member_id.is_not(None) & ~_AGENT),
        (filters.sender_gone, ~_SENDER),
        (filters.by_itself, SmsSending.by_itself.is_not(None)),
    ):
        if wanted:
            query = query.where(condition)
    return query


def sees(row: SmsRecipient, member_id: int | None) -> bool:
    """Whether a member, who sees others' numbers masked, sees this one in full: they sent the text,
    and had typed the number or seen it. None is one who sees all.
    """
    return member_id is None or (row.sending.member_id == member_id and bool(row.typed))


def sent_texts(
    filters: Filters, *, after: str = "", before: str = "", size: int = 20
) -> paging.Page:
    """Texts that match, newest first."""
    keys = (SmsRecipient.registered_at, SmsRecipient.id)
    listed = Filters(filters.service_id, since=filters.since, until=filters.until)
    within = None
    if listed != filters:  # no index has the rest
        within = paging.look(_found(listed), keys=keys, descending=True, after=after, before=before)
    return paging.page(
        _found(filters),
        keys=keys,
        descending=True,
        after=after,
        before=before,
        size=size,
        within=within,
    )


def count(filters: Filters, limit: int = paging.COUNT_LIMIT) -> int:
    """How many match, at most `limit` + 1."""
    rows = _found(filters).with_only_columns(sa.literal_column("1")).limit(limit + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def unclear(service_id: int) -> int:
    """How many texts of a service nobody knows of whether they were sent."""
    return count(Filters(service_id, unclear=True))


def batches(filters: Filters, size: int = 500) -> Iterator[Sequence[SmsRecipient]]:
    """All that match, newest first, in short reads."""
    after: tuple[datetime, int] | None = None
    while True:
        query = (
            _found(filters)
            .order_by(SmsRecipient.registered_at.desc(), SmsRecipient.id.desc())
            .limit(size)
        )
        if after is not None:
            query = query.where(sa.tuple_(SmsRecipient.registered_at, SmsRecipient.id) < after)
        rows = db.session.scalars(query).all()
        if not rows:
            return
        after = (rows[-1].registered_at, rows[-1].id)
        yield rows
        db.session.rollback()


def text(service_id: int, ident: int) -> SmsRecipient | None:
    """One text of this service with its sending; another service's is not found."""
    found: SmsRecipient | None = db.session.scalar(
        _found(Filters(service_id)).where(SmsRecipient.id == ident)
    )
    return found


def of_customer(
    service_id: int, customer_id: int, *, limit: int = paging.SIZES[0]
) -> Sequence[SmsRecipient]:
    """The last texts to a customer, newest first."""
    found = _found(Filters(service_id)).where(SmsRecipient.customer_id == customer_id)
    return db.session.scalars(
        found.order_by(SmsRecipient.sending_id.desc(), SmsRecipient.id.desc()).limit(limit)
    ).all()


def about(service_id: int, name: str, *, limit: int = 100) -> Sequence[SmsRecipient]:
    """The last texts that were written beside something (`ticket/5`), newest first."""
    found = _found(Filters(service_id)).where(SmsSending.about == name)
    return db.session.scalars(
        found.order_by(SmsSending.id.desc(), SmsRecipient.id.desc()).limit(limit)
    ).all()


def answers(service_id: int, name: str, customer_id: int) -> Mapping[str, SmsRecipient]:
    """The last text to a customer that each answer beside something (`ticket/5`) was sent as, by
    the answer's name (`entry/7`).
    """
    found = _found(Filters(service_id)).where(
        SmsSending.about == name, SmsSending.part != "", SmsRecipient.customer_id == customer_id
    )
    rows = db.session.scalars(found.order_by(SmsRecipient.sending_id, SmsRecipient.id)).all()
    return {row.sending.part: row for row in rows}


def answered(service_id: int, name: str, part: str, customer_id: int | None) -> SmsRecipient | None:
    """The text that an answer was sent to its customer as, unless in vain; `part` is its name, ''
    for none.
    """
    if not part or customer_id is None:
        return None
    sent = answers(service_id, name, customer_id).get(part)
    return sent if sent is not None and sent.stands else None


def templates(service_id: int) -> Sequence[tuple[int, str]]:
    """(id, name) of a service's templates, by name."""
    rows = db.session.execute(
        sa.select(SmsTemplate.id, SmsTemplate.name)
        .where(SmsTemplate.service_id == service_id)
        .order_by(SmsTemplate.name, SmsTemplate.id)
    )
    return [(row.id, row.name) for row in rows]
