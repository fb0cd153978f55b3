"""The demo's inquiries of the system before this one, brought in from a file (MIG-1)."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.core import i18n, tasks, uploads
from occ.core.db import db
from occ.identity.models import Member
from occ.migration import columns, service
from occ.migration.models import Batch
from occ.migration.rules.batches import BatchState
from occ.organization import queries as organization
from occ.tickets.labels import PRIORITIES, STATES
from occ.tickets.rules import Priority, State

COUNT, STEP = 48, timedelta(hours=15)
WHAT = (
    (
        "배송이 늦어요",
        "지난주에 주문했는데 아직 배송 준비 중이에요.",
        "오늘 출고되어 내일 도착합니다.",
    ),
    ("사이즈 교환", "한 치수 큰 것으로 바꾸고 싶어요.", "교환 접수를 도와드렸습니다."),
    ("환불 문의", "반품한 상품의 환불이 언제 되나요?", "카드사에 따라 3~5일 걸립니다."),
    ("쿠폰 사용", "생일 쿠폰이 적용되지 않아요.", "쿠폰을 다시 발급해 드렸습니다."),
)
WRONG = 3  # rows that are refused


def bring_in(slug: str, by: Actor, people: Sequence[str]) -> None:
    """A file of the year before, whose good rows are tickets; a few rows were refused."""
    of = organization.service_by_slug(slug)
    assert of is not None
    with i18n.force_locale("ko"):
        content = _file(columns.columns(of), people)
        kept = uploads.keep("이전 상담 내역.csv", content, sealed=True)
        with db.write():
            ident = service.begin(of, kept, service.digest(content), actor=by).id
        _child(ident)
        with db.write():
            service.reserve(db.session.get_one(Batch, ident), at_once=True, actor=by)
        _child(ident)
    ended = db.session.scalar(sa.select(Batch.state).where(Batch.id == ident))
    assert ended is BatchState.DONE, ended
    db.session.rollback()


def _child(ident: int) -> None:
    """What a process of its own does in a console that runs."""
    task = db.session.get_one(tasks.Task, db.session.get_one(Batch, ident).task_id)
    with db.write():
        tasks.begin(task)
    tasks.run(task.id)


def _founded() -> datetime:
    """When the organization began: what came before that was somewhere else."""
    first = sa.select(Member).order_by(Member.id).limit(1)
    return db.session.scalars(first).one().created_at


def _file(shown: Sequence[columns.Column], people: Sequence[str]) -> bytes:
    """CSV as a Korean spreadsheet saves it."""
    output = io.StringIO()
    rows = csv.writer(output)
    rows.writerow([column.head for column in shown])
    first = _founded() - timedelta(days=1) - STEP * COUNT
    for number in range(COUNT):
        title, asked, answer = WHAT[number % len(WHAT)]
        received = first + STEP * number
        said = {
            "title": title,
            "content": asked,
            "name": f"이전 고객 {number // 2 + 1}",
            "email": f"before{number // 2 + 1}@example.com",
            "priority": str(PRIORITIES[Priority.NORMAL].text),
            "state": str(STATES[State.DONE].text),
            "assignee": people[number % len(people)] if number >= WRONG else "퇴사자",
            "answer": answer,
            "received": f"{received:%Y-%m-%d %H:%M}",
            "resolved": f"{received + timedelta(hours=3):%Y-%m-%d %H:%M}",
            "done": f"{received + timedelta(days=14):%Y-%m-%d %H:%M}",
        }
        rows.writerow([said.get(column.key, "") for column in shown])
    return output.getvalue().encode("cp949")
