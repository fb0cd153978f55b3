"""Menus of a help center that lead elsewhere (HC-3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.help_center.site import queries, rules
from occ.help_center.site.models import HelpCenterMenu
from occ.help_center.site.service import changed
from occ.help_center.site.wordings import WORDINGS
from occ.organization.models import Service


@dataclass(frozen=True)
class Draft:
    """A menu as it is written; names by language."""

    names: Mapping[str, str]
    address: str
    parameters: Mapping[str, str]
    on_desktop: bool
    on_phone: bool


def check(service: Service, draft: Draft) -> None:
    """Refuses a menu without a name in the default language, one that is shown nowhere, and codes
    that stand for nothing.
    """
    default = service.languages[0].code
    if not draft.names.get(default):
        raise Refused(_("Enter a name."), f"name-{default}")
    known = {*WORDINGS, *queries.texts(service.id)}
    for language, name in draft.names.items():
        rules.check_codes(name, known, field=f"name-{language}")
    if not (draft.on_desktop or draft.on_phone):
        raise Refused(_("Show it on desktops, phones or both."), "on_desktop")


def save(
    service: Service, row: HelpCenterMenu | None, draft: Draft, *, version: int | None = None
) -> None:
    """Adds a checked menu at the end, or changes one."""
    db.lock(Service, service.id)
    if row is None:
        there = queries.menus(service.id)
        if len(there) >= rules.MENUS_MAX:
            raise Refused(
                _("Keep at most %(count)s menus; delete one first.", count=rules.MENUS_MAX)
            )
        last = max((one.position for one in there), default=0)
        row = HelpCenterMenu(service_id=service.id, position=last + 1)
        db.session.add(row)
    elif version is not None:
        db.session.refresh(row)
        check_version(row, version)
    row.names = {language: name for language, name in draft.names.items() if name}
    row.address, row.parameters = draft.address, dict(draft.parameters)
    row.on_desktop, row.on_phone = draft.on_desktop, draft.on_phone
    changed(service.id)


def move(row: HelpCenterMenu, place: int) -> None:
    """Puts a menu at a place, 0-based."""
    db.lock(Service, row.service_id)
    by_key = {str(one.id): one for one in queries.menus(row.service_id)}
    for position, key in enumerate(rules.moved(list(by_key), str(row.id), place), start=1):
        by_key[key].position = position
    changed(row.service_id)


def delete(row: HelpCenterMenu) -> None:
    db.lock(Service, row.service_id)
    db.session.delete(row)
    changed(row.service_id)
