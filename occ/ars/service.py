"""Writes of a service's phone side (ARS-9, CTI-7, CTI-8)."""

from typing import Any, TypeVar

import sqlalchemy as sa

from occ.ars import queries
from occ.ars.models import CallerId, Disposition, PhoneService, Queue
from occ.ars.rules import phone as rules
from occ.ars.rules.phone import PROMISE_HOURS, AfterCall, AfterLogin, CallerIdState
from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock, storage
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind

Row = TypeVar("Row", Queue, Disposition)


def _check_name(model: type[Any], service_id: int, name: str, ident: int | None = None) -> None:
    db.lock(Service, service_id)
    same = sa.select(model.id).where(
        model.service_id == service_id,
        model.retired_at.is_(None),
        sa.func.lower(model.name) == name.lower(),
    )
    if db.session.scalar(same.where(model.id != (ident or 0))) is not None:
        raise Refused(_("“%(name)s” exists already.", name=name), "name")


def _last(model: type[Any], service_id: int) -> int:
    return (
        db.session.scalar(
            sa.select(sa.func.max(model.position)).where(model.service_id == service_id)
        )
        or 0
    ) + 1


def save_queue(
    service: Service,
    queue: Queue | None,
    *,
    name: str,
    agent_ids: list[int],
    callback: bool = True,
    after_hours: bool = False,
    promise_hours: int = PROMISE_HOURS,
    intake_id: int | None = None,
    version: int = 0,
) -> Queue:
    """Adds or changes a queue with its people and how it takes callbacks; only phone agents of the
    service can be assigned.
    """
    _check_name(Queue, service.id, name, queue.id if queue else None)
    if queue is None:
        queue = Queue(
            service_id=service.id,
            name=name,
            position=_last(Queue, service.id),
            created_at=clock.now(),
        )
        db.session.add(queue)
    else:
        queue = db.lock(Queue, queue.id)
        assert queue is not None
        if queue.retired_at is not None:
            raise Refused(_("This queue was retired. Choose another one."))
        check_version(queue, version)
    people = {agent.id: agent for agent in queries.phone_people(service.id)}
    if not set(agent_ids) <= set(people):
        raise Refused(_("Only agents with the phone permission can be assigned."), "agents")
    intake = settings.category(service.id, intake_id) if intake_id is not None else None
    if (
        intake_id is not None
        and (intake is None or intake.kind is not CategoryKind.INTAKE)
        and intake_id != queue.intake_id
    ):
        raise Refused(_("Somebody deleted this category."), "intake")
    queue.intake_id = intake_id
    queue.name, queue.agents = name, [people[i] for i in sorted(set(agent_ids))]
    queue.callback, queue.after_hours, queue.promise_hours = (
        callback,
        after_hours and callback,
        promise_hours,
    )
    return queue


def save_disposition(
    service: Service, row: Disposition | None, *, name: str, version: int = 0
) -> Disposition:
    _check_name(Disposition, service.id, name, row.id if row else None)
    if row is None:
        row = Disposition(
            service_id=service.id,
            name=name,
            position=_last(Disposition, service.id),
            created_at=clock.now(),
        )
        db.session.add(row)
    else:
        row = db.lock(Disposition, row.id)
        assert row is not None
        check_version(row, version)
    row.name = name
    return row


def retire(row: Queue | Disposition) -> None:
    """Takes it out of use; calls keep its name."""
    row.retired_at = row.retired_at or clock.now()


def move(rows: list[Any], ident: int, place: int) -> None:
    """Puts one of a service's rows at a place in their order."""
    by_id = {row.id: row for row in rows}
    for position, found in enumerate(rules.moved([row.id for row in rows], ident, place), start=1):
        by_id[found].position = position


def save_work(
    phone: PhoneService,
    *,
    after_login: AfterLogin,
    after_call: AfterCall,
    popup_url: str,
    as_caller_id: bool,
    callback_attempts: int,
    version: int,
) -> None:
    """States after login and after a call, receive popup, main number as caller ID, tries of a
    callback (ARS-1, ARS-9, CTI-8).
    """
    rules.check_popup_url(popup_url)
    found = db.lock(PhoneService, phone.service_id)
    check_version(found, version)
    found.after_login, found.after_call, found.popup_url = after_login, after_call, popup_url
    found.as_caller_id, found.callback_attempts = as_caller_id, callback_attempts


def save_caller_id(
    service: Service,
    row: CallerId | None,
    *,
    name: str,
    number: str,
    proof: str,
    actor: Actor,
    version: int = 0,
) -> CallerId:
    """Registers a caller ID to be checked, or edits one that is still checked (CTI-7); `proof` is a
    stored file's key or ''.
    """
    db.lock(Service, service.id)
    same = [
        c
        for c in queries.caller_ids(service.id)
        if c.number == number and (row is None or c.id != row.id)
    ]
    if same:
        raise Refused(_("This number is registered here already. See the list."), "number")
    if row is None:
        assert actor.id is not None
        place = _last(CallerId, service.id)
        row = CallerId(
            service_id=service.id,
            position=place,
            submitted_by=actor.id,
            submitted_at=clock.now(),
            proof=proof,
        )
        row.name, row.number = name, number
        db.session.add(row)
    else:
        row = db.lock(CallerId, row.id)
        assert row is not None
        check_version(row, version)
        if row.state is not CallerIdState.CHECKING:
            raise Refused(
                _(
                    "A caller ID can be changed only while it is checked. Delete it "
                    "and register it anew."
                )
            )
        row.proof = proof or row.proof
    row.name, row.number, row.state = name, number, CallerIdState.CHECKING
    db.session.flush()
    audit.authority(
        Action.CALLER_ID,
        actor=actor,
        service=service,
        after={"number": number, "state": row.state.value},
    )
    return row


def decide_caller_id(
    row: CallerId, service: Service, *, accept: bool, reason: str, actor: Actor
) -> None:
    """An org admin's decision; not by the submitter where there are two org admins (CTI-7)."""
    row = db.lock(CallerId, row.id)
    if row.state is not CallerIdState.CHECKING or row.removed_at is not None:
        raise Refused(_("This caller ID is decided already."))
    if row.submitted_by == actor.id and len(identity.org_admins()) > 1:
        raise Refused(
            _(
                "Whoever registered a number does not decide about it. Ask another "
                "organization admin."
            )
        )
    if not accept and not reason:
        raise Refused(_("Say why it is refused."), "reason")
    before = {"number": row.number, "state": row.state.value}
    row.state = CallerIdState.REGISTERED if accept else CallerIdState.REFUSED
    row.reason, row.decided_at = "" if accept else reason, clock.now()
    audit.authority(
        Action.CALLER_ID,
        actor=actor,
        service=service,
        before=before,
        after={"number": row.number, "state": row.state.value},
    )


def remove_caller_id(row: CallerId, service: Service, *, actor: Actor) -> None:
    """Deletes it in any state; its document is swept."""
    row.removed_at, row.proof = clock.now(), ""
    audit.authority(
        Action.CALLER_ID,
        actor=actor,
        service=service,
        before={"number": row.number, "state": row.state.value},
    )


def read_proof(content: bytes) -> str:
    """Stores a proof document by what it is and returns its key; call it before the transaction."""
    suffix = rules.proof_suffix(content)
    return storage.save(content, suffix)
