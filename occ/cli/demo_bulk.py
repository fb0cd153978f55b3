"""`occ demo --tickets N`: many tickets at once, to see how the console behaves with them."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta

import click
import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.customers.models import Customer
from occ.identity.models import Agent
from occ.organization import queries as organization
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, Move, Priority, begin, transition
from occ.tickets.search import index

# rows a transaction, seconds between them, tickets that are not done
CHUNK, PAUSE, OPEN = (1_000, 0.01, 400)
WHAT = (
    "환불",
    "교환",
    "배송 지연",
    "결제 오류",
    "쿠폰",
    "회원 탈퇴",
    "세금계산서",
    "재입고",
    "주소 변경",
    "파손",
)
HOW = (
    "문의드립니다",
    "언제 되나요?",
    "확인 부탁드려요",
    "처리가 안 돼요",
    "다시 요청합니다",
    "방법을 알려 주세요",
)


def tickets(slug: str, count: int) -> None:
    """Tickets of two years with an inquiry each and a customer for ten;
    the last few hundred are open.
    """
    of = organization.service_by_slug(slug)
    assert of is not None
    members = list(
        db.session.scalars(
            sa.select(Agent.member_id).where(Agent.service_id == of.id).order_by(Agent.id)
        )
    )
    first = (db.session.scalar(sa.select(sa.func.max(Ticket.id))) or 0) + 1
    known = (db.session.scalar(sa.select(sa.func.max(Customer.id))) or 0) + 1
    db.session.rollback()
    now, step = clock.now(), timedelta(days=730) / max(count, 1)
    for start in range(0, count, CHUNK):
        chunk = range(start, min(start + CHUNK, count))
        people = range(start // 10, (chunk[-1]) // 10 + 1)
        with db.write() as session:
            customers = [
                {
                    "id": known + n,
                    "name": f"고객 {n + 1}",
                    "phone": f"+82109{n:07}",
                    "version": 1,
                    "created_at": now,
                }
                for n in people
                if n * 10 >= start
            ]
            if customers:
                session.execute(sa.insert(Customer), customers)
            session.execute(
                sa.insert(Ticket),
                [
                    _ticket(n, count, of.id, first, known, members, now - step * (count - n))
                    for n in chunk
                ],
            )
            session.execute(
                sa.insert(TicketEntry),
                [
                    {
                        "ticket_id": first + n,
                        "kind": Entry.INQUIRY,
                        "author": f"고객 {n // 10 + 1}",
                        "mailed_to": "",
                        "body": f"{WHAT[n % 10]} {HOW[n % 6]} 주문 번호는 {n:07}입니다.",
                        "at": now - step * (count - n),
                    }
                    for n in chunk
                ],
            )
        time.sleep(PAUSE)  # a console that is in use answers in between
    with db.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            for table in ("ticket", "customer"):
                session.execute(
                    sa.text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - constants
                        f"(SELECT max(id) FROM {table}))"
                    )
                )
    while _index_some():
        time.sleep(PAUSE)
    click.echo(f"{count} tickets were added to {of.name}.")


def _index_some() -> int:
    with db.write():
        return index.catch_up(CHUNK)


def _ticket(
    n: int, count: int, service_id: int, first: int, known: int, members: list[int], at: datetime
) -> dict[str, object]:
    is_open = n >= count - OPEN
    standing = begin(None if is_open and n % 3 == 0 else members[n % len(members)])
    for move in ((), (), (Move.HOLD,))[n % 3] if is_open else (Move.RESOLVE, Move.FINISH):
        standing = transition(standing, move, at)
    return {
        **asdict(standing),
        "id": first + n,
        "service_id": service_id,
        "channel": Channel.MANUAL,
        "subject": f"{WHAT[n % 10]} {HOW[n % 6]}",
        "priority": list(Priority)[(n * 7) % 4],
        "customer_id": known + n // 10,
        "language": "ko",
        "version": 1,
        "created_at": at,
    }
