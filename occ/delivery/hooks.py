"""Web calls: an outbox of JSON for addresses that people typed (TRG-3). Signed, tried again, never lost."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto, jobs, net, paging
from occ.core.db import db
from occ.core.net import SECONDS
from occ.delivery import queries, rules
from occ.delivery.models import WebCall
from occ.delivery.rules import State

PATIENCE = 20.0
LEASE = timedelta(seconds=6 * SECONDS)


def secret(service_id: int) -> str:
    """What a service's calls are signed with; whoever receives them checks it."""
    return crypto.ring().derive(f"web-call/{service_id}", oldest=True).hex()


def signature(service_id: int, at: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hex>`."""
    made = hmac.new(secret(service_id).encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def call(service_id: int, url: str, content: Mapping[str, Any], *, key: str) -> WebCall:
    """Puts a call into the outbox; `key` makes it unique and becomes its Idempotency-Key."""
    now = clock.now()
    row = WebCall(
        service_id=service_id, key=key, url=url, body=crypto.ring().encrypt(json.dumps(content, ensure_ascii=False)), state=State.WAITING,
        created_at=now, due_at=now, attempts=0,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    jobs.wake_later()
    return row


def calls(service_id: int, *, state: State | None, after: str, before: str, size: int) -> paging.Page:
    """A service's calls, newest first."""
    found = sa.select(WebCall).where(WebCall.service_id == service_id)
    if state is not None:
        found = found.where(WebCall.state == state)
    return paging.page(found, keys=(WebCall.id,), descending=True, after=after, before=before, size=size)


def failed(service_id: int, ident: int) -> WebCall | None:
    """A call of this service that was given up."""
    return db.session.scalar(sa.select(WebCall).where(WebCall.id == ident, WebCall.service_id == service_id, WebCall.state == State.FAILED))


def again(row: WebCall) -> None:
    """Tries a call that was given up once more from the beginning."""
    row = db.lock(WebCall, row.id)
    if row.state is not State.FAILED or row.body is None:
        return
    row.state, row.attempts, row.due_at, row.error, row.finished_at = State.WAITING, 0, clock.now(), None, None


def _claim() -> int | None:
    found: int | None = db.session.scalar(queries.due(WebCall, LEASE).with_for_update(skip_locked=True))
    if found is not None:
        db.session.execute(sa.update(WebCall).where(WebCall.id == found).values(lease_until=clock.now() + LEASE))
    return found


def is_waiting() -> bool:
    """Whether a call is to be made now."""
    return db.session.scalar(queries.due(WebCall, LEASE)) is not None


def _finish(ident: int, error: str | None) -> None:
    with db.write():
        row: WebCall = db.lock(WebCall, ident)
        row.lease_until, row.error = None, error
        row.attempts += 1
        if error is None:
            row.state, row.finished_at, row.body = State.SENT, clock.now(), None
            return
        row.due_at = clock.now() + rules.back_off(row.attempts)
        if row.attempts >= rules.ATTEMPTS:
            row.state, row.finished_at = State.FAILED, clock.now()


def _send(ident: int) -> bool:
    row = db.session.get_one(WebCall, ident)
    url, key, service_id = row.url, row.key, row.service_id
    sealed = row.body or ""
    db.session.rollback()
    at = int(clock.now().timestamp())
    try:
        body = crypto.ring().decrypt(sealed).encode()
        headers = {
            "Host": net.host_of(url), "Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body)),
            "User-Agent": "OCC", "Idempotency-Key": key, "OCC-Signature": signature(service_id, at, body),
        }  # fmt: skip
        status = net.post(url, body, headers)
        error = None if 200 <= status < 300 else f"HTTP {status}"
    except Exception as wrong:  # one bad address must not stop the others
        error = f"{type(wrong).__name__}: {wrong}"[:300]
    _finish(ident, error)
    return error is None


def forget(service_id: int, limit: int) -> int:
    """Removes calls of a service, at most `limit`. Returns how many."""
    return db.remove(WebCall, WebCall.service_id == service_id, limit=limit)


def deliver() -> str | None:
    """Makes the calls that are due, one lease each, for at most 20 seconds."""
    began, tried, sent = time.monotonic(), 0, 0
    while time.monotonic() - began < PATIENCE:
        with db.write():
            ident = _claim()
        if ident is None:
            break
        tried += 1
        sent += _send(ident)
        jobs.breathe(pause=False)
    return f"{sent}/{tried}" if tried else None
