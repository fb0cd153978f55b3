"""Requests to gateways: claimed, sent, looked for, and their results fetched (SMS-6, SMS-7).

Whoever sends a request marks it lost first: should the process die before the answer is written,
the gateway is asked what it has, and nobody gets a text twice. Threads wait for gateways and touch
no database; of a service one request is under way at a time.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from occ.core import clock, jobs, storage
from occ.core.db import db
from occ.sms import queries, writes
from occ.sms.gateways.base import (
    Address,
    Gateway,
    NoAnswer,
    NotReached,
    Order,
    Receipt,
    Rejected,
    Result,
)
from occ.sms.models import SmsRequest, SmsSending
from occ.sms.rules.kinds import (
    LATE,
    LOOKS,
    Problem,
    RecipientState,
    RequestState,
    SendingState,
    next_look,
    next_results,
    next_try,
    obstacle,
)

PATIENCE = 20.0  # seconds in which a run begins new requests
LINES = 8  # requests under way at once
HELD = timedelta(seconds=90)  # how long whoever looks for one, or fetches its results, has it
FRESH = timedelta(seconds=20)  # from the claim; later somebody may have looked for it
log = logging.getLogger("occ.sms")
GONE = frozenset({"-2004"})  # a picture that the gateway does not keep any more


@dataclass(frozen=True)
class _Ready:
    """A claimed request as a thread works on it. `pictures`: stored files that are to be left at
    the gateway first.
    """

    ident: int
    service_id: int
    asks: RequestState
    claimed: datetime
    gateway: Gateway
    order: Order
    pictures: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class _Answer:
    """What became of it: the error, or what the gateway has (None: nothing)."""

    receipt: Receipt | None = None
    results: Sequence[Result] = ()
    error: Exception | None = None
    attached: Sequence[str] = ()


def is_waiting() -> bool:
    """Whether a request is to be sent or looked for now."""
    return _any(queries.SENDS)


def has_open_results() -> bool:
    """Whether results are to be fetched now."""
    return _any((RequestState.ACCEPTED,))


def _any(states: Sequence[RequestState]) -> bool:
    services = queries.services_that_send()
    return bool(services) and db.session.scalar(queries.due(states, services)) is not None


def deliver() -> str | None:
    """Sends what is due, and looks for what has had no answer."""
    return _work(queries.SENDS)


def fetch_results() -> str | None:
    """Asks gateways what became of what they took."""
    return _work((RequestState.ACCEPTED,))


def _work(states: Sequence[RequestState]) -> str | None:
    began, count = time.monotonic(), 0
    under_way: dict[Future[_Answer], _Ready] = {}
    with ThreadPoolExecutor(LINES, "sms") as lines:
        while True:
            one = None
            if (
                len(under_way) < LINES
                and time.monotonic() - began < PATIENCE
                and not jobs.is_stopping()
            ):
                one = _claim(states, [row.service_id for row in under_way.values()])
            if one is not None:
                under_way[lines.submit(copy_context().run, _made, one)] = one
                continue
            if not under_way:
                break
            for done in wait(under_way, timeout=1, return_when=FIRST_COMPLETED).done:
                _finish(under_way.pop(done), done.result())
                count += 1
    return str(count) if count else None


def _claim(states: Sequence[RequestState], busy: Sequence[int]) -> _Ready | None:
    """Takes the request that is due first; None when none is. What will never leave is ended on
    the way.
    """
    while True:
        with db.write():
            due = queries.due(states, queries.services_that_send(), busy)
            ident = db.session.scalar(due.with_for_update(skip_locked=True, of=SmsRequest))
            ready = _taken(ident) if ident is not None else None
        if ident is None or ready is not None:
            return ready


def _taken(ident: int) -> _Ready | None:
    """A due request of this worker, in its transaction; None where it is not to be sent."""
    sending_id = db.session.get_one(SmsRequest, ident).sending_id
    sending: SmsSending = db.lock(SmsSending, sending_id)
    request: SmsRequest = db.lock(SmsRequest, ident)
    channel = queries.channel(sending.service_id)
    assert channel is not None
    now, asks = clock.now(), request.state
    if asks is RequestState.WRITTEN:
        problem = obstacle(sending.due_at, now, advertising=sending.advertising)
        is_sent = sending.state is SendingState.PROCESSING and queries.addresses(ident)
        if not is_sent or problem is not None:
            _end(request, sending, RequestState.REFUSED, RecipientState.REFUSED, problem)
            return None
        if sending.started_at is None:
            sending.started_at, sending.late = now, now - sending.due_at > LATE
        request.state, request.gateway = RequestState.LOST, channel.gateway
        request.attempts += 1
        request.first_tried_at, request.tried_at = request.first_tried_at or now, now
        request.next_at = now + next_look(0)
    else:
        request.next_at = now + HELD
    db.session.flush()
    pictures = [(one.name, one.key) for one in sending.images if not one.remote_id]
    return _Ready(
        ident,
        sending.service_id,
        asks,
        now,
        queries.gateway(channel, request.gateway),
        _order(sending, request),
        pictures if asks is RequestState.WRITTEN else (),
    )


def _order(sending: SmsSending, request: SmsRequest) -> Order:
    since = (
        (request.first_tried_at, request.tried_at)
        if request.first_tried_at and request.tried_at
        else None
    )
    return Order(
        kind=sending.kind,
        key=request.key,
        sender=sending.sender,
        title=sending.title,
        body=sending.body,
        advertising=sending.advertising,
        recipients=[Address(*row) for row in queries.addresses(request.id)],
        attached=[one.remote_id for one in sending.images if one.remote_id],
        since=since,
        remote_id=request.remote_id,
    )


def _made(one: _Ready) -> _Answer:
    """Asks the gateway, in a thread of its own."""
    attached: list[str] = []
    try:
        if one.asks is RequestState.ACCEPTED:
            return _Answer(results=one.gateway.results(one.order))
        if one.asks is RequestState.LOST:
            return _Answer(receipt=one.gateway.find(one.order))
        attached += _left_there(one)
        if clock.now() - one.claimed > FRESH:
            return _Answer(error=NotReached("host"), attached=attached)
        order = replace(one.order, attached=[*one.order.attached, *attached])
        return _Answer(receipt=one.gateway.send(order), attached=attached)
    except Exception as error:  # told to whoever waits; one bad answer must not stop the others
        return _Answer(error=error, attached=attached)


def _left_there(one: _Ready) -> list[str]:
    """Leaves the pictures at the gateway; what it calls them."""
    try:
        return [
            one.gateway.upload(name, storage.path(key).read_bytes()) for name, key in one.pictures
        ]
    except NoAnswer as error:  # a picture left twice hurts nobody
        raise NotReached("host") from error


def _finish(one: _Ready, answer: _Answer) -> None:
    """Writes down what became of a request."""
    taken = answer.receipt.results if answer.receipt else answer.results
    with db.write():
        sending, request = _held(one)
        if request is None or sending is None:
            return  # erased, or another worker has it by now
        for image, remote_id in zip(
            (image for image in sending.images if not image.remote_id),
            answer.attached,
            strict=False,
        ):
            image.remote_id = remote_id
        if one.asks is RequestState.ACCEPTED:
            _ask_again_for_results(request, sending)
        elif answer.receipt is not None:
            request.state, request.remote_id = RequestState.ACCEPTED, answer.receipt.remote_id
            request.next_at = clock.now() + timedelta(seconds=10)
        else:
            _not_taken(one, request, sending, answer.error)
        db.session.flush()
        if not taken:
            writes.settle(sending)
    if taken:
        _note(one.ident, taken)


def _held(one: _Ready) -> tuple[SmsSending | None, SmsRequest | None]:
    """The sending and its request, locked, where nobody else went on with them."""
    found = db.session.get(SmsRequest, one.ident)
    if found is None:
        return None, None
    sending: SmsSending | None = db.lock(SmsSending, found.sending_id)
    request: SmsRequest | None = db.lock(SmsRequest, one.ident)
    if request is None:
        return None, None
    asks = RequestState.LOST if one.asks is RequestState.WRITTEN else one.asks
    is_mine = request.state is asks and (
        one.asks is not RequestState.WRITTEN or request.tried_at == one.claimed
    )
    return (sending, request) if is_mine else (None, None)


def _note(ident: int, results: Sequence[Result]) -> None:
    """Writes down how recipients stand, some at a time: whoever dies on the way leaves the rest to
    the results.
    """
    found = db.session.get_one(SmsRequest, ident).sending_id
    db.session.rollback()

    def some(part: Sequence[Result]) -> int:
        return writes.apply(db.session.get_one(SmsSending, found), part)

    jobs.in_parts(results, some)
    with db.write():
        sending: SmsSending = db.lock(SmsSending, found)
        request: SmsRequest = db.lock(SmsRequest, ident)
        if not queries.is_open(ident):
            request.state, request.next_at = RequestState.FINAL, None
            db.session.flush()
        writes.settle(sending)


def _ask_again_for_results(request: SmsRequest, sending: SmsSending) -> None:
    """When to ask next; what has no result when the gateway keeps none open any more has failed."""
    now = clock.now()
    after = next_results(sending.kind, request.tried_at or now, now)
    if after is not None:
        request.next_at = now + after
        return
    request.state, request.next_at = RequestState.FINAL, None
    writes.close_open(request)


def _not_taken(
    one: _Ready, request: SmsRequest, sending: SmsSending, error: Exception | None
) -> None:
    """A request that the gateway does not have, or of which nobody knows."""
    now = clock.now()
    if one.asks is RequestState.LOST:
        _looked(request, sending, error)
    elif isinstance(error, Rejected) and error.code in GONE and request.attempts < LOOKS:
        for image in sending.images:
            image.remote_id = ""
        request.state, request.next_at = RequestState.WRITTEN, now
    elif isinstance(error, Rejected):
        _end(
            request,
            sending,
            RequestState.REFUSED,
            RecipientState.REFUSED,
            Problem.REFUSED,
            error.code,
        )
    elif isinstance(error, NotReached):
        request.state, request.next_at = RequestState.WRITTEN, now + next_try(request.attempts)
    elif not isinstance(error, NoAnswer):
        log.error("a text message failed request=%s", request.id, exc_info=error)


def _looked(request: SmsRequest, sending: SmsSending, error: Exception | None) -> None:
    """After a look that found nothing, or failed: three in vain, and it is sent again; three that
    failed, and nobody knows.
    """
    now = clock.now()
    if error is None:
        request.looks += 1
    else:
        request.failed_looks += 1
    if request.looks >= LOOKS:
        request.state, request.next_at = RequestState.WRITTEN, now
        request.looks = request.failed_looks = 0
    elif request.failed_looks >= LOOKS:
        _end(request, sending, RequestState.UNCLEAR, RecipientState.UNCLEAR, Problem.UNCLEAR)
    else:
        request.next_at = now + next_look(max(request.looks, request.failed_looks))


def _end(
    request: SmsRequest,
    sending: SmsSending,
    state: RequestState,
    recipients: RecipientState,
    problem: Problem | None,
    code: str = "",
) -> None:
    """A request that is not sent any more."""
    request.state, request.next_at, request.result = state, None, code
    writes.end_recipients(request, recipients, code)
    if problem is not None:
        writes.give_up(sending, problem)
    db.session.flush()
    writes.settle(sending)


def look_again(sending: SmsSending) -> None:
    """Asks the gateway once more for what is unclear, because a person wants it."""
    db.hold(SmsSending, sending.id)
    for request in queries.unclear_requests(sending.id):
        request.state, request.next_at = RequestState.LOST, clock.now()
        request.looks = request.failed_looks = 0
    db.session.flush()
    writes.changed(sending)
    jobs.wake_later()
