"""Changes of a help center's set-up. Every function runs inside the caller's write transaction."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from occ.core import kept
from occ.core.db import db
from occ.core.errors import check_version
from occ.core.live import touch
from occ.help_center.site import rules
from occ.help_center.site.models import CompanyText, HelpCenter, HelpCenterWidget
from occ.help_center.site.rules import Company, Part
from occ.organization.models import Service


def scope(service_id: int) -> str:
    """The live scope of everything that public pages of a service show."""
    return f"hc/{service_id}"


def changed(service_id: int) -> None:
    """Public pages show something else, if this transaction commits."""
    kept.changed(service_id)
    touch(scope(service_id))


def switch(service: Service, on: Collection[Part]) -> None:
    """Which parts customers find (HC-3)."""
    db.lock(Service, service.id)
    row = db.session.get(HelpCenter, service.id)
    if row is None:
        row = HelpCenter(service_id=service.id)
        db.session.add(row)
    row.parts_off = sorted(part.value for part in Part if part not in on)
    changed(service.id)


def switch_part(service: Service, part: Part, on: bool) -> None:
    """One part on or off; the others stay, whoever switches them at once."""
    db.lock(Service, service.id)
    row = db.session.get(HelpCenter, service.id, populate_existing=True)
    there = rules.parts_on(row.parts_off if row else ())
    switch(service, there | {part} if on else there - {part})


def check_seen(row: Any, version: int) -> None:
    """Raises Conflict where a row is not as it was read; 0 is the version of one that was not
    there.
    """
    check_version(row if row is not None else SimpleNamespace(version=0), version)


def save_origins(service: Service, origins: Sequence[str], *, version: int) -> None:
    """The sites that may show the widget."""
    db.lock(Service, service.id)
    row = db.session.get(HelpCenterWidget, service.id, populate_existing=True)
    check_seen(row, version)
    if row is None:
        row = HelpCenterWidget(service_id=service.id)
        db.session.add(row)
    row.origins = list(origins)
    changed(service.id)


def save_company(language: str, text: Company, *, version: int) -> None:
    """What all help centers say of the company in a language (HC-1)."""
    db.lock_name("company")
    row = db.session.get(CompanyText, language, populate_existing=True)
    check_seen(row, version)
    if row is None:
        row = CompanyText(language=language)
        db.session.add(row)
    row.company, row.trademark = text.company, text.trademark
    row.terms, row.privacy = text.terms, text.privacy
    for ident in db.session.scalars(sa.select(Service.id)):
        touch(scope(ident))
