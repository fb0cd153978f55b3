"""Writes of fields. Every function runs inside the caller's write transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import Actor
from occ.core import clock, kept
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.fields import queries, rules
from occ.fields.events import FieldKept, FieldUseCounted
from occ.fields.models import Field, FieldLayout
from occ.fields.rules import FieldKind, FieldType, System
from occ.organization.models import Service
from occ.ticket_settings.models import Category
from occ.ticket_settings.queries import languages


@dataclass(frozen=True)
class Definition:
    """What the dialog of a field says."""

    code: str
    type: FieldType
    names: Mapping[str, Mapping[str, str]]
    choices: Sequence[tuple[str, Mapping[str, str]]] = ()
    required: bool = False
    managers_only: bool = False
    encrypted: bool = False
    purge: str = ""
    days: int | None = None
    open_anew: bool = False  # said yes to keeping values readable again


def faults(service: Service, wanted: Definition, *, is_new: bool) -> list[Refused]:
    """All that is wrong with what a dialog says by itself, not only what is met first."""
    first, *others = languages(service)
    checks: list[Callable[[], object]] = [lambda: rules.check_names(wanted.names, [first])]
    if is_new:
        checks.insert(0, lambda: _new_code(service, wanted.code))
    for code in others:  # a name may be missing there
        texts = {"name": "–", **{k: v for k, v in wanted.names.get(code, {}).items() if v}}
        checks.append(partial(rules.check_names, {code: texts}, [code]))
    if wanted.type in rules.CHOSEN:
        checks.append(lambda: rules.check_choices(wanted.choices, [first, *others]))
    checks.append(lambda: rules.check_purge(wanted.purge, wanted.days))
    found = []
    for check in checks:
        try:
            check()
        except Refused as error:
            found.append(error)
    return found


def _new_code(service: Service, wanted: str) -> str:
    """A code that no field of the service has or had."""
    code = rules.check_code(wanted)
    taken = sa.select(Field.id).where(Field.service_id == service.id, Field.code == code)
    if db.session.scalar(taken) is not None:
        raise Refused(
            _("The code “%(code)s” was used before. A code is never used again.", code=code),
            "code",
        )
    return code


def uses(row: Field) -> int:
    """How many values a field holds."""
    counted = FieldUseCounted(row)
    emit(counted)
    return counted.values


def add(service: Service, kind: FieldKind, wanted: Definition) -> Field:
    """Defines a field; agent fields are asked for at once, customer fields once they are placed."""
    db.lock(Service, service.id)
    code = _new_code(service, wanted.code)
    count, last = db.session.execute(
        sa.select(
            sa.func.count().filter(Field.deleted_at.is_(None)), sa.func.max(Field.position)
        ).where(Field.service_id == service.id)
    ).one()
    if count >= rules.FIELDS_MAX:
        raise Refused(_("Keep at most %(count)s fields; delete one first.", count=rules.FIELDS_MAX))
    row = Field(
        service_id=service.id,
        kind=kind,
        type=wanted.type,
        code=code,
        names={},
        choices=[],
        required=False,
        position=(last or 0) + 1,
        created_at=clock.now(),
    )
    _write(service, row, wanted)
    db.session.add(row)
    db.session.flush()
    return row


def _write(service: Service, row: Field, wanted: Definition) -> None:
    spoken = languages(service)
    hidden = {code: texts for code, texts in row.names.items() if code not in spoken}
    row.names = {**hidden, **rules.check_names(wanted.names, spoken)}
    row.choices = (
        rules.check_choices(wanted.choices, spoken, row.choices) if row.type in rules.CHOSEN else []
    )
    row.required = (wanted.required and row.type is not FieldType.CHECKBOX) or (
        row.required and rules.system_of(row.code) is not None
    )
    row.managers_only = wanted.managers_only and row.kind is FieldKind.AGENT
    row.encrypted, row.purge = wanted.encrypted, rules.check_purge(wanted.purge, wanted.days)


def change(service: Service, row: Field, wanted: Definition, *, version: int, actor: Actor) -> None:
    """Changes an own field; type and code stay once it holds values.

    Keeping values readable again is recorded (FLD-3).
    """
    db.lock(Service, service.id)
    db.session.refresh(row)
    if row.deleted_at is not None:
        raise Conflict(_("Somebody deleted this field."))
    check_version(row, version)
    if row.encrypted and not wanted.encrypted and not wanted.open_anew:
        raise Refused(_("The values would be kept readable again. Confirm it below."), "open_anew")
    if wanted.type is not row.type:
        if uses(row):
            raise Refused(_("The type stays: the field holds values."), "type")
        row.type = wanted.type
    before = (row.encrypted, row.purge, row.managers_only, row.choices)
    _write(service, row, wanted)
    if before[0] and not row.encrypted:
        audit.work(Work.ENCRYPTION_OFF, actor=actor, service=service, detail={"field": row.code})
    if before != (row.encrypted, row.purge, row.managers_only, row.choices):
        emit(FieldKept(row))
    db.session.flush()


def change_system(
    service: Service,
    code: System,
    names: Mapping[str, Mapping[str, str]],
    *,
    required: bool,
    version: int,
) -> None:
    """Rewords a system field; those that are always required stay so."""
    db.lock(Service, service.id)
    row = queries.field(service.id, code.value)
    if row is None and version:
        raise Conflict(_("Somebody reset this field."))
    if row is not None:
        db.session.refresh(row)
        check_version(row, version)
    texts = rules.check_names(names, languages(service))
    if row is None:
        kind = FieldKind.AGENT if code in rules.AGENT_SYSTEM else FieldKind.CUSTOMER
        row = Field(
            service_id=service.id,
            kind=kind,
            type=rules.SYSTEM_TYPES[code],
            code=code.value,
            choices=[],
            position=0,
            created_at=clock.now(),
        )
    row.names = texts
    row.required = code in rules.ALWAYS_REQUIRED or (required and code is System.EMAIL)
    db.session.add(row)
    db.session.flush()


def reset(service: Service, code: System) -> None:
    """A system field as it came."""
    db.lock(Service, service.id)
    db.session.execute(
        sa.delete(Field).where(Field.service_id == service.id, Field.code == code.value)
    )
    kept.changed(service.id)


def indexed(ident: int, version: int) -> None:
    """The search index has followed a field, unless it changed again meanwhile."""
    db.session.execute(
        sa.update(Field).where(Field.id == ident, Field.version == version).values(to_index=False)
    )


def delete(service: Service, row: Field) -> None:
    """Takes an own field out of every form; its code is never given again, its
    values go with the next purge.
    """
    db.lock(Service, service.id)
    db.session.refresh(row)
    if row.deleted_at is None:
        row.deleted_at = clock.now()
        emit(FieldKept(row))


def place(
    service: Service, category: Category, codes: Sequence[str], *, version: int | None = None
) -> None:
    """Which customer fields an intake type asks for, in this order (FLD-1)."""
    db.lock(Service, service.id)
    known = [
        one.code
        for one in queries.definitions(service, FieldKind.CUSTOMER)
        if one.system not in rules.PHONE_SYSTEM
    ]
    row = queries.layout_row(category.id)
    if version is not None and version != (row.version if row else 0):
        raise Conflict(_("Somebody changed these fields meanwhile. This is what is stored now."))
    if row is None:
        row = FieldLayout(category_id=category.id, codes=[])
        db.session.add(row)
    row.codes = rules.ordered(known, codes)
    db.session.flush()


def move(service: Service, row: Field, to: int) -> None:
    """Puts an agent field at a place of the order; `to` counts from 0 among the own ones."""
    db.lock(Service, service.id)
    there = sa.select(Field).where(
        Field.service_id == service.id, Field.kind == row.kind, Field.deleted_at.is_(None)
    )
    own = {
        f.code: f
        for f in db.session.scalars(there.order_by(Field.position, Field.id))
        if rules.system_of(f.code) is None
    }
    for position, code in enumerate(rules.moved(list(own), row.code, to), 1):
        own[code].position = position


def inherit(child: Category) -> None:
    """A new intake type starts as a copy of its parent's placement (FLD-1)."""
    above = queries.layout_row(child.parent_id) if child.parent_id else None
    if above is not None:
        db.session.add(FieldLayout(category_id=child.id, codes=list(above.codes)))
