"""Web calls: an outbox of JSON for addresses that people typed (TRG-3).

Signed, tried again, never lost.
"""

import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto, jobs, paging
from occ.core.db import db
from occ.core.net import SECONDS
from occ.core.settings import configured
from occ.delivery import queries, rules
from occ.delivery.models import WebCall
from occ.delivery.rules import State

PATIENCE = 20.0
LINES = 8  # calls under way at once
LEASE = timedelta(seconds=6 * SECONDS)


def secret(service_id: int) -> str:
    """What a service's calls are signed with; whoever receives them checks it."""
    return crypto.ring().derive(f"web-call/{service_id}").hex()


def signature(service_id: int, at: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`."""
    made = hmac.new(
        secret(service_id).encode(), f"{at}.".encode() + body, hashlib.sha256
    ).hexdigest()
    return f"t={at},v1={made}"


def call(
    service_id: int, url: str, content: Mapping[str, Any], *, key: str, about: str | None = None
) -> WebCall:
    """Puts a call into the outbox; `key` makes it unique and becomes its Idempotency-Key, by
    `about` it is found again (copies.py).
    """
    now = clock.now()
    row = WebCall(
        service_id=service_id,
        key=key,
        about=about,
        url=url,
        body=crypto.ring().encrypt(json.dumps(content, ensure_ascii=False)),
        state=State.WAITING,
        created_at=now,
        due_at=now,
        attempts=0,
    )
    db.session.add(row)
    db.session.flush()
    jobs.wake_later()
    return row


def calls(
    service_id: int, *, state: State | None, after: str, before: str, size: int
) -> paging.Page:
    """A service's calls, newest first."""
    found = sa.select(WebCall).where(WebCall.service_id == service_id)
    if state is not None:
        found = found.where(WebCall.state == state)
    return paging.page(
        found, keys=(WebCall.id,), descending=True, after=after, before=before, size=size
    )


def failed(service_id: int, ident: int) -> WebCall | None:
    """A call of this service that was given up."""
    return db.session.scalar(
        sa.select(WebCall).where(
            WebCall.id == ident, WebCall.service_id == service_id, WebCall.state == State.FAILED
        )
    )


def again(row: WebCall) -> None:
    """Tries a call that was given up once more from the beginning."""
    row = db.lock(WebCall, row.id)
    if row.state is not State.FAILED or row.body is None:
        return
    row.state, row.attempts, row.due_at, row.error, row.finished_at = (
        State.WAITING,
        0,
        clock.now(),
        None,
        None,
    )


def _claim(under_way: Collection["_Ready"]) -> int | None:
    """Takes a lease on the call that is due first; None when none is.

    None to an address that is being called, and none of a service that has half of the lines.
    """
    of_services = Counter(one.service_id for one in under_way)
    greedy = [service for service, count in of_services.items() if count >= LINES // 2]
    due = queries.due(WebCall, LEASE).where(
        WebCall.url.not_in([one.url for one in under_way]), WebCall.service_id.not_in(greedy)
    )
    found: int | None = db.session.scalar(due.with_for_update(skip_locked=True))
    if found is not None:
        db.session.execute(
            sa.update(WebCall).where(WebCall.id == found).values(lease_until=clock.now() + LEASE)
        )
    return found


def is_waiting() -> bool:
    """Whether a call is to be made now."""
    return db.session.scalar(queries.due(WebCall, LEASE)) is not None


def _finish(ident: int, error: str | None) -> None:
    with db.write():
        row: WebCall | None = db.lock(WebCall, ident)
        if row is None:  # forgotten while it was made
            return
        row.lease_until, row.error = None, error
        row.attempts += 1
        if error is None:
            row.state, row.finished_at, row.body = State.SENT, clock.now(), None
            return
        row.due_at = clock.now() + rules.back_off(row.attempts)
        if row.attempts >= rules.ATTEMPTS:
            row.state, row.finished_at = State.FAILED, clock.now()


@dataclass(frozen=True)
class _Ready:
    """A leased call as a thread makes it, without the database."""

    ident: int
    service_id: int
    url: str
    key: str
    sealed: str


def _ready(ident: int) -> _Ready | None:
    """A leased call; None where it was forgotten meanwhile."""
    row = db.session.get(WebCall, ident)
    made = _Ready(ident, row.service_id, row.url, row.key, row.body or "") if row else None
    db.session.rollback()
    return made


def _made(one: _Ready) -> str | None:
    """Makes a call; None when the receiver took it, else what went wrong."""
    from occ.core import calls

    try:
        body, at = crypto.ring().decrypt(one.sealed).encode(), int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": one.key,
            "OCC-Signature": signature(one.service_id, at, body),
        }
        status = calls.post(
            one.url, body, headers, seconds=SECONDS, guarded=not configured().outgoing_private
        ).status
    except Exception as wrong:  # one bad address must not stop the others
        return f"{type(wrong).__name__}: {wrong}"[:300]
    return None if 200 <= status < 300 else f"HTTP {status}"


def forget(service_id: int, limit: int) -> int:
    """Removes calls of a service, at most `limit`. Returns how many."""
    return db.remove(WebCall, WebCall.service_id == service_id, limit=limit)


def deliver() -> str | None:
    """Makes the calls that are due, one lease each, beginning for at most 20 seconds.

    Several at once, one an address and at most half of them for one service, so that a receiver
    that takes its time is waited for by its own calls only.
    """
    began, tried, sent = time.monotonic(), 0, 0
    under_way: dict[Future[str | None], _Ready] = {}
    with ThreadPoolExecutor(LINES, "web-call") as lines:
        while True:
            ident = None
            if (
                len(under_way) < LINES
                and time.monotonic() - began < PATIENCE
                and not jobs.is_stopping()
            ):
                with db.write():
                    ident = _claim(under_way.values())
            if ident is not None:
                if one := _ready(ident):
                    tried += 1
                    under_way[lines.submit(copy_context().run, _made, one)] = one
                continue
            if not under_way:
                break
            for done in wait(under_way, timeout=1, return_when=FIRST_COMPLETED).done:
                error = done.result()
                _finish(under_way.pop(done).ident, error)
                sent += error is None
    return f"{sent}/{tried}" if tried else None
