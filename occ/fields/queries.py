"""Reads of fields: definitions worded for the viewer, and what an intake type asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.core import i18n
from occ.core.db import db
from occ.core.kept import Kept
from occ.fields import rules
from occ.fields.models import Field, FieldLayout
from occ.fields.rules import Choice, FieldKind, FieldType, Shown, System
from occ.organization.models import Service
from occ.ticket_settings.queries import SERVICES, languages, shown_language


def field(service_id: int, code: str) -> Field | None:
    """A field's row, also of a changed system field; deleted and other services' are not found."""
    found = sa.select(Field).where(
        Field.service_id == service_id, Field.code == code, Field.deleted_at.is_(None)
    )
    return db.session.scalar(found)


def _worded(texts: dict[str, Any], first: str, language: str, key: str) -> str:
    """A text in the viewer's language, else in the service's first, else in any."""
    of = {code: values.get(key) for code, values in texts.items() if values.get(key)}
    return (
        of.get(language) or of.get(first) or (next(iter(of.values()), "") if key == "name" else "")
    )


def _system(code: System, kind: FieldKind) -> Shown:
    """A system field as it came."""
    choices = (
        tuple(Choice(d.value, str(text)) for d, text in rules.DIRECTIONS.items())
        if code is System.DIRECTION
        else ()
    )
    return Shown(
        code.value,
        kind,
        rules.SYSTEM_TYPES[code],
        str(rules.NAMES[code]),
        "",
        code in rules.ALWAYS_REQUIRED,
        choices,
    )


def shown(row: Field, first: str, language: str) -> Shown:
    """A field in the viewer's words."""
    system = rules.system_of(row.code)
    name = _worded(row.names, first, language, "name") or (
        str(rules.NAMES[system]) if system else row.code
    )

    def offered(gone: bool) -> tuple[Choice, ...]:
        rows = [c for c in row.choices if bool(c.get("gone")) is gone]
        return tuple(
            Choice(c["key"], c["names"].get(language) or c["names"].get(first) or c["key"])
            for c in rows
        )

    return Shown(
        row.code,
        row.kind,
        row.type,
        name,
        _worded(row.names, first, language, "hint"),
        row.required,
        _system(system, row.kind).choices if system else offered(False),
        row.managers_only,
        row.encrypted,
        row.purge,
        offered(True),
    )


# Every look at a ticket asks this, so it is built once.
_FIELDS = (
    sa.select(Field)
    .where(Field.service_id == sa.bindparam("service"), Field.deleted_at.is_(None))
    .order_by(Field.position, Field.id)
)


def _rows(service: Service) -> Sequence[Field]:
    return db.session.scalars(_FIELDS, {"service": service.id}).all()


_DEFINED: Kept[dict[FieldKind, list[Shown]]] = Kept(SERVICES)


def _defined(service: Service) -> dict[FieldKind, list[Shown]]:
    """Every field by kind as `_all` words them, which nobody changes."""
    return _DEFINED.of(
        service, lambda: _all(service, _rows(service)), str(i18n.locale()), i18n.reads()
    )


def _all(service: Service, rows: Sequence[Field]) -> dict[FieldKind, list[Shown]]:
    """Every field by kind: the system's first, then the service's own in their order."""
    first, language = (languages(service)[0], shown_language(service)) if rows else ("", "")
    changed = {row.code: shown(row, first, language) for row in rows}
    system = {
        FieldKind.CUSTOMER: (*rules.CUSTOMER_SYSTEM, *rules.PHONE_SYSTEM),
        FieldKind.AGENT: rules.AGENT_SYSTEM,
    }
    own = [one for one in changed.values() if one.system is None]
    return {
        kind: [changed.get(code.value) or _system(code, kind) for code in system[kind]]
        + [one for one in own if one.kind is kind]
        for kind in FieldKind
    }


def definitions(service: Service, kind: FieldKind) -> list[Shown]:
    """Every field of a kind: the system's first, then the service's own in their order."""
    return list(_defined(service)[kind])


def own(service: Service) -> list[Shown]:
    """The fields that a service defined itself."""
    return [one for fields in _defined(service).values() for one in fields if one.system is None]


@dataclass(frozen=True)
class Spoken:
    """A field that keeps values, worded for the viewer, with what it and its
    choices are called in any language.
    """

    field: Shown
    names: Sequence[str]
    choices: Mapping[str, Sequence[str]]  # by key; of the service's own fields


def spoken(service: Service) -> list[Spoken]:
    """What tickets of a service can be asked for by name: its own fields,
    and those of promised calls.
    """
    rows = _rows(service)
    by_code = {row.code: row for row in rows}
    there = [one for kind in _all(service, rows).values() for one in kind]
    valued = [one for one in there if one.system is None or one.system in rules.PHONE_SYSTEM]
    return [Spoken(one, *_names(by_code.get(one.code))) for one in valued]


def _names(row: Field | None) -> tuple[list[str], dict[str, list[str]]]:
    if row is None:
        return [], {}
    names = [texts["name"] for texts in row.names.values() if texts.get("name")]
    return names, {choice["key"]: list(choice["names"].values()) for choice in row.choices}


def as_stored(service_id: int, codes: Sequence[str]) -> dict[str, Field]:
    """Fields by code as they are now, kept so until the transaction ends."""
    found = sa.select(Field).where(
        Field.service_id == service_id, Field.code.in_(codes), Field.deleted_at.is_(None)
    )
    rows = db.session.scalars(
        found.with_for_update(read=True).execution_options(populate_existing=True)
    )
    return {row.code: row for row in rows}


def layout_row(category_id: int) -> FieldLayout | None:
    return db.session.get(FieldLayout, category_id)


def _placed(fields: Sequence[Shown], category_id: int | None) -> list[Shown]:
    row = layout_row(category_id) if category_id else None
    there = {one.code: one for one in fields if one.system not in rules.PHONE_SYSTEM}
    return [
        there[code]
        for code in rules.ordered(list(there), row.codes if row else rules.DEFAULT_LAYOUT)
    ]


def layout(service: Service, category_id: int | None) -> list[Shown]:
    """The customer fields that an intake type asks for, in order."""
    return _placed(definitions(service, FieldKind.CUSTOMER), category_id)


@dataclass(frozen=True)
class Asked:
    """The fields of a ticket: in the order of its form, those that hold
    values, and those of agents.
    """

    form: list[Shown]
    phone: list[Shown]
    agents: list[Shown]

    @property
    def own(self) -> list[Shown]:
        """The service's customer fields, without the system's."""
        return [one for one in self.form if one.system is None]

    @property
    def valued(self) -> list[Shown]:
        """All that keep a value of their own, in the order in which they are shown."""
        return [*self.phone, *self.own, *self.agents]


def asked(
    service: Service, category_id: int | None, *, manager: bool, phone: bool = False
) -> Asked:
    """What a ticket of an intake type is asked for: phone tickets also for the promised call,
    agents what they may see.
    """
    there = _defined(service)
    agents = [
        one
        for one in there[FieldKind.AGENT]
        if one.system is None and (manager or not one.managers_only)
    ]
    of_phone = (
        [one for one in there[FieldKind.CUSTOMER] if one.system in rules.PHONE_SYSTEM]
        if phone
        else []
    )
    return Asked(_placed(there[FieldKind.CUSTOMER], category_id), of_phone, agents)


def file_codes(service_ids: Sequence[int]) -> Sequence[str]:
    """The codes of the fields of some services that hold files."""
    there = sa.select(Field.code).where(
        Field.service_id.in_(service_ids), Field.type == FieldType.FILE, Field.deleted_at.is_(None)
    )
    return db.session.scalars(there).all()


def reaching(service_id: int) -> Sequence[str]:
    """The codes of a service's fields that hold numbers and addresses, of those that agents see."""
    there = sa.select(Field.code).where(
        Field.service_id == service_id, Field.type.in_(rules.REACHING), Field.deleted_at.is_(None)
    )
    return db.session.scalars(
        there.where(
            Field.managers_only.is_(False), Field.encrypted.is_(False), Field.purge.is_(None)
        )
    ).all()


def personal(service_id: int) -> Sequence[Field]:
    """Fields whose values are encrypted or purged, also deleted ones: their
    values may still be there (FLD-3).
    """
    kept = sa.or_(Field.encrypted, Field.purge.is_not(None))
    return db.session.scalars(
        sa.select(Field).where(Field.service_id == service_id, kept).order_by(Field.id)
    ).all()


def to_purge() -> Sequence[Field]:
    """Every field whose values are destroyed in time, of all services, and all deleted ones."""
    gone = Field.deleted_at.is_not(None)
    return db.session.scalars(
        sa.select(Field).where(sa.or_(Field.purge.is_not(None), gone)).order_by(Field.id)
    ).all()


def to_index() -> Sequence[Field]:
    """Fields that changed for tickets there are, so that the search index must follow."""
    return db.session.scalars(
        sa.select(Field).where(Field.to_index.is_(True)).order_by(Field.id)
    ).all()


def own_fields() -> Sequence[Field]:
    """Every field that services defined and did not delete."""
    system = [code.value for code in System]
    return db.session.scalars(
        sa.select(Field)
        .where(Field.deleted_at.is_(None), Field.code.not_in(system))
        .order_by(Field.id)
    ).all()
