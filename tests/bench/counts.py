"""What can be counted instead of timed: statements, bytes and plans of the main pages.

`tests/contract/test_counts.py` holds them on both databases.
"""

import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from occ.core import clock, crypto
from occ.core.db import db
from tests.bench.console import HOME, Furnished, Person
from tests.support.statements import Counter, plans

LIST = f"{HOME}/tickets"
TICKETS, CALLS, CALLBACKS = 10_000, 3_000, 3_000
GROWING = frozenset(
    {"ticket", "ticket_entry", "customer", "call", "call_leg", "queue_entry", "callback"}
)
ASKED = {"HX-Request": "true"}
OPENED = {**ASKED, "HX-Target": "t-ticket"}


@dataclass(frozen=True)
class Page:
    """A request as a browser sends it; {ticket} is a ticket's number. With `changes` it is sent as
    a form; with `again` it is a poll that has the ETag of the answer before.
    """

    name: str
    path: str
    headers: dict[str, str]
    changes: dict[str, str] | None = None
    again: bool = False


def pages(found: Furnished) -> tuple[Page, ...]:
    """The main pages of an agent's day, and what they send."""
    inquiry = {
        "subject": "주문 문의",
        "body": "언제 오나요?",
        "intake": str(found.intake_id),
        "priority": "normal",
        "take": "1",
        "name": "고객",
        "phone": "010-1234-5678",
    }
    return (
        Page("ticket list", LIST, {}),
        Page("ticket", f"{LIST}/{{ticket}}", {}),
        Page("ticket opened in the list", f"{LIST}/{{ticket}}", OPENED),
        Page("two-syllable search", f"{LIST}?q=환불", {}),
        Page("number search", f"{LIST}?q={{ticket}}", {}),
        Page("rare filter", f"{LIST}?q=channel:phone", {}),
        Page("list poll, changed", f"{LIST}/list", ASKED),
        Page("list poll, unchanged", f"{LIST}/list", ASKED, again=True),
        Page("counters poll", f"{LIST}/counters", ASKED),
        Page("ticket form", f"{LIST}/new", {}),
        Page("creating a ticket", f"{LIST}/new", ASKED, inquiry),
        Page("comment", f"{LIST}/{{ticket}}/comment", ASKED, {"body": "다시 전화하기로 했어요."}),
        Page("priority", f"{LIST}/{{ticket}}/priority", ASKED, {"priority": "urgent"}),
        Page("service's home", f"{HOME}/", {}),
        Page("callbacks", f"{HOME}/callbacks", {}),
        Page("wallboard", f"{HOME}/wallboard", {}),
        Page("monitoring", f"{HOME}/monitoring", {}),
        Page("phone card poll", "/c/phone", ASKED),
        Page("notices poll", "/c/news", ASKED),
    )


@dataclass(frozen=True)
class Counts:
    """What a page costs: statements, bytes of its answer before compression, reads of a whole
    growing table, sorts of one; and the milliseconds of its statements, which no test holds.
    """

    statements: int
    bytes: int
    scans: int
    sorts: int
    sql_ms: float = 0.0


Ask = Callable[[str, str, dict[str, str], dict[str, str] | None], TestResponse]


def asker(app: Flask, person: Person) -> Ask:
    """Sends requests of somebody who is signed in, inside this process and within one minute: a part
    of what pages keep is made anew each minute.
    """
    client, now = app.test_client(use_cookies=False), clock.now()

    def opened(path: str, **asked: Any) -> TestResponse:
        with clock.at(now):
            return client.open(path, **asked)

    def ask(
        method: str, path: str, headers: dict[str, str], sent: dict[str, str] | None
    ) -> TestResponse:
        db.session.commit()  # the request has a session of its own
        given = {"Cookie": person.cookie, "X-CSRFToken": person.token, **headers}
        return contextvars.Context().run(opened, path, method=method, headers=given, data=sent)

    return ask


def count(found: Furnished, ticket: int, ask: Ask) -> dict[str, Counts]:
    """Each page's counts."""
    counted = {}
    for page in pages(found):
        path = page.path.format(ticket=ticket)
        method, headers, sent = "POST" if page.changes else "GET", page.headers, page.changes
        if page.changes is None:  # what is made at a first time only
            first = ask(method, path, headers, None)
            if page.again:
                headers = {**headers, "If-None-Match": first.headers["ETag"]}
        else:
            sent = {"key": crypto.token(), **page.changes}
            other = {"priority": "high"} if "priority" in sent else {}
            ask(method, path, headers, {**sent, **other, "key": crypto.token()})
        with Counter() as counter:
            answer = ask(method, path, headers, sent)
        wanted = (304,) if page.again else (200, 204)
        assert answer.status_code in wanted, f"{page.name}: {answer.status} {answer.text[:500]}"
        read = plans(counter, GROWING)
        db.session.rollback()
        counted[page.name] = Counts(
            len(counter.statements),
            len(answer.data),
            sum(len(plan.scans) for plan in read),
            sum(plan.sorts for plan in read),
            counter.seconds * 1000,
        )
    return counted
