"""Changes of a help center's set-up."""

from collections.abc import Collection

from occ.core import kept
from occ.core.db import db
from occ.core.live import touch
from occ.help_center.site.models import HelpCenter
from occ.help_center.site.rules import Part
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
