"""Fields for tests, made through the services."""

from typing import Any

from occ.core.db import db
from occ.fields import queries, service
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType, Shown
from occ.fields.service import Definition
from occ.organization.models import Service
from occ.ticket_settings.models import Category


def field(
    of: Service,
    code: str,
    kind: FieldKind = FieldKind.CUSTOMER,
    type: FieldType = FieldType.TEXT,
    **more: Any,
) -> Field:
    """A field named after its code; `choices` are names."""
    choices = [("", {"ko": name, "en": name}) for name in more.pop("choices", ())]
    names = {"ko": {"name": code.title()}, "en": {"name": code.title()}}
    with db.write():
        return service.add(
            of, kind, Definition(code=code, type=type, names=names, choices=choices, **more)
        )


def place(of: Service, type: Category, *codes: str) -> None:
    """Puts fields on an intake type, after those it has."""
    with db.write():
        service.place(of, type, [*(one.code for one in queries.layout(of, type.id)), *codes])


def shown(of: Service, code: str) -> Shown:
    """A field as its forms show it."""
    return next(
        one for kind in FieldKind for one in queries.definitions(of, kind) if one.code == code
    )
