"""Reads of triggers, and what their conditions and results can be chosen from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from occ.automation.models import Trigger
from occ.automation.rules import NO, YES, Condition, Known, Result, Subject
from occ.core.db import db
from occ.core.kept import Kept
from occ.fields import queries as fields
from occ.fields.rules import FieldType, Shown
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind

CATEGORIES_SHOWN = 500


def triggers(service_id: int, *, active: bool) -> Sequence[Trigger]:
    """Active ones in the order in which they run; the others, the newest first."""
    found = sa.select(Trigger).where(Trigger.service_id == service_id, Trigger.active.is_(active))
    order = (Trigger.position, Trigger.id) if active else (Trigger.id.desc(),)
    return db.session.scalars(found.order_by(*order)).all()


def titles(service_id: int, idents: Sequence[int]) -> dict[int, str]:
    """The titles of a service's triggers by id."""
    found = sa.select(Trigger.id, Trigger.title).where(
        Trigger.service_id == service_id, Trigger.id.in_(idents)
    )
    return {row.id: row.title for row in db.session.execute(found)}


def trigger(service_id: int, ident: int) -> Trigger | None:
    """A trigger of this service; another one's is not found."""
    return db.session.scalar(
        sa.select(Trigger).where(Trigger.id == ident, Trigger.service_id == service_id)
    )


@dataclass(frozen=True)
class Rule:
    """An active trigger, read once for all that it looks at."""

    id: int
    version: int
    title: str
    conditions: tuple[Condition, ...]
    results: tuple[Result, ...]


_ACTIVE = (
    sa.select(Trigger)
    .where(Trigger.service_id == sa.bindparam("service"), Trigger.active.is_(True))
    .order_by(Trigger.position, Trigger.id)
)
_RULES: Kept[tuple[Rule, ...]] = Kept(settings.SERVICES)


def active(service_id: int) -> Sequence[Rule]:
    """A service's active triggers in order."""
    return _RULES.of(db.session.get_one(Service, service_id), lambda: _read(service_id))


def _read(service_id: int) -> tuple[Rule, ...]:
    return tuple(
        Rule(row.id, row.version, row.title, tuple(row.condition_rows), tuple(row.result_rows))
        for row in db.session.scalars(_ACTIVE, {"service": service_id})
    )


def timed() -> Sequence[int]:
    """The services in use that have active triggers with conditions of time."""
    found = sa.select(Trigger.service_id, Trigger.conditions).join(
        Service, Service.id == Trigger.service_id
    )
    rows = db.session.execute(
        found.where(Trigger.active.is_(True), Service.state == ServiceState.ACTIVE)
    )
    subjects = {Subject.RECEIVED.value, Subject.QUIET.value}
    return sorted(
        {
            service
            for service, conditions in rows
            if any(one["subject"] in subjects for one in conditions)
        }
    )


@dataclass(frozen=True)
class Choices:
    """What can be chosen, by name: `{value: label}` by a condition's key; fields
    by key, groups and agents apart.
    """

    by_key: Mapping[str, Mapping[str, str]]
    fields: Mapping[str, Shown]
    groups: Mapping[str, str]
    agents: Mapping[str, str]
    zone: str
    country: str

    @property
    def types(self) -> dict[str, FieldType]:
        return {key: one.type for key, one in self.fields.items()}

    @property
    def known(self) -> Known:
        """What checks.check knows."""
        found: dict[str, Collection[str]] = {
            key: list(values) for key, values in self.by_key.items()
        }
        for key, one in self.fields.items():
            found[key] = (
                (YES, NO)
                if one.type is FieldType.CHECKBOX
                else [choice.key for choice in one.choices]
            )
        return Known(found, self.types, self.zone, self.country)


def choices(service: Service, fixed: Mapping[str, Mapping[str, str]]) -> Choices:
    """What a service's triggers can choose from; `fixed` are the coded values, worded (states,
    channels, priorities …).
    """
    agents, groups = identity.people_choices(service.id)
    named = {str(group.id): group.name for group in groups}
    people = {str(agent.id): agent.name for agent in agents}
    types = {
        key: {
            str(ident): path for ident, path in settings.find(service, kind, "", CATEGORIES_SHOWN)
        }
        for key, kind in (("intake", CategoryKind.INTAKE), ("resolution", CategoryKind.RESOLUTION))
    }
    spoken = {language.code: language.info.native for language in service.shown_languages}
    by_key = {
        **fixed,
        **types,
        "assignee": people,
        "group": named,
        "language": spoken,
        "result:intake": types["intake"],
        "result:mail": people,
    }
    own = {f"field:{one.code}": one for one in fields.own(service) if not one.personal}
    return Choices(by_key, own, named, people, service.time_zone, service.country)
