"""Counts text messages, a recipient each, by when their sending was registered (STA-2, SMS-7)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.core.db import UTCDateTime, db
from occ.sms.history import STATE_OF
from occ.sms.models import SmsRecipient, SmsSending, SmsTemplate
from occ.sms.rules.kinds import RecipientState
from occ.statistics.days import Bucket
from occ.statistics.rules.tables import Facts


def _add(facts: dict[str, int], state: RecipientState, count: int) -> None:
    """A state counts by itself (`is_…`), as the request state that it belongs to, and in all."""
    for name in ("all", STATE_OF[state].value, f"is_{state.value}"):
        facts[name] = facts.get(name, 0) + count


def _wanted(member_id: int | None, sender: str | None) -> list[Any]:
    wanted = ((SmsSending.member_id, member_id), (SmsSending.sender, sender))
    return [column == value for column, value in wanted if value is not None]


def by_unit(
    service_id: int, buckets: Sequence[Bucket], member_id: int | None, sender: str | None
) -> list[Facts]:
    """Facts of each part of a period, in its order."""
    part = (
        sa.values(
            sa.column("place", sa.Integer),
            sa.column("begun", UTCDateTime()),
            sa.column("ended", UTCDateTime()),
            name="parts",
        )
        .data([(place, one.start, one.end) for place, one in enumerate(buckets)])
        .cte()
    )
    query = (
        sa.select(part.c.place, SmsRecipient.state, sa.func.count())
        .select_from(part)
        .join(
            SmsRecipient,
            sa.and_(
                SmsRecipient.service_id == service_id,
                SmsRecipient.registered_at >= part.c.begun,
                SmsRecipient.registered_at < part.c.ended,
            ),
        )
        .group_by(part.c.place, SmsRecipient.state)
    )
    wanted = _wanted(member_id, sender)
    if wanted:
        query = query.join(SmsSending, SmsSending.id == SmsRecipient.sending_id).where(*wanted)
    found: list[dict[str, int]] = [{} for _bucket in buckets]
    for place, state, count in db.session.execute(query):
        _add(found[place], state, count)
    return list(found)


def by_template(
    service_id: int, whole: Bucket, member_id: int | None, sender: str | None
) -> dict[int, Facts]:
    """Facts by template, 0 for texts without one."""
    query = (
        sa.select(SmsSending.template_id, SmsRecipient.state, sa.func.count())
        .select_from(SmsRecipient)
        .join(SmsSending, SmsSending.id == SmsRecipient.sending_id)
        .where(
            SmsRecipient.service_id == service_id,
            SmsRecipient.registered_at >= whole.start,
            SmsRecipient.registered_at < whole.end,
            *_wanted(member_id, sender),
        )
        .group_by(SmsSending.template_id, SmsRecipient.state)
    )
    found: dict[int, dict[str, int]] = {}
    for template, state, count in db.session.execute(query):
        _add(found.setdefault(template or 0, {}), state, count)
    return dict(found)


def template_names(service_id: int, idents: Sequence[int]) -> dict[int, str]:
    """What templates are called, deleted ones as they were when they were used last."""
    used = (
        sa.select(SmsSending.template_id, sa.func.max(SmsSending.id).label("newest"))
        .where(SmsSending.service_id == service_id, SmsSending.template_id.in_(idents))
        .group_by(SmsSending.template_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(used.c.template_id, SmsSending.template_name).join(
            SmsSending, SmsSending.id == used.c.newest
        )
    ).tuples()
    there = db.session.execute(
        sa.select(SmsTemplate.id, SmsTemplate.name).where(SmsTemplate.id.in_(idents))
    ).tuples()
    return {**dict(rows.all()), **dict(there.all())}


def senders(service_id: int) -> list[str]:
    """Numbers that texts of a service came from."""
    found = sa.select(SmsSending.sender).where(SmsSending.service_id == service_id).distinct()
    return sorted(db.session.scalars(found))
