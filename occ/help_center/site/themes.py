"""Themes of a help center (HC-3): one of them is in use, or the look that came."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.core import storage
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing, formatted
from occ.help_center.site import colors, queries, rules, styles
from occ.help_center.site.models import HelpCenterTheme
from occ.help_center.site.rules import SectionKind
from occ.help_center.site.service import changed
from occ.help_center.site.wordings import WORDINGS
from occ.organization.models import Service


@dataclass(frozen=True)
class Draft:
    """A theme as it is written; `logo` is a stored picture, None keeps the one there is."""

    name: str
    colors: Mapping[str, str]
    css: str
    logo: str | None = None
    without_logo: bool = False


def check(draft: Draft) -> Draft:
    """The draft as it is stored. Raises Refused for colours that cannot be read, and CSS that
    reaches further than it may.
    """
    paint = {name: colors.parsed(draft.colors[name], name) for name in colors.DEFAULT}
    colors.check(paint)
    css = styles.scoped(draft.css)
    return Draft(draft.name, paint, css, draft.logo, draft.without_logo)


def drawn(row: HelpCenterTheme, draft: Draft) -> queries.Theme:
    """A theme as it would be with a checked draft; a logo that was not stored yet is missing."""
    logo = None if draft.without_logo else row.logo
    return queries.Theme(row.id, logo, dict(draft.colors), tuple(row.sections), draft.css)


def add(service: Service, name: str) -> HelpCenterTheme:
    """A theme that looks as the help center came."""
    db.lock(Service, service.id)
    row = HelpCenterTheme(
        service_id=service.id,
        name=_free(service, name),
        in_use=False,
        colors=dict(colors.DEFAULT),
        sections=[dict(one) for one in rules.SECTIONS],
        css="",
    )
    db.session.add(row)
    db.session.flush()
    return row


def copy(row: HelpCenterTheme, name: str) -> HelpCenterTheme:
    """Another theme with the same look; its logo is a file of its own."""
    service = db.lock(Service, row.service_id)
    made = HelpCenterTheme(
        service_id=row.service_id,
        name=_free(service, name),
        in_use=False,
        logo=storage.link(row.logo) if row.logo else None,
        colors=dict(row.colors),
        sections=[dict(one) for one in row.sections],
        css=row.css,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _free(service: Service, name: str, but: int | None = None) -> str:
    """The name, which no other theme of the service has. Raises Refused."""
    rows = [one for one in queries.themes(service.id) if one.id != but]
    if any(one.name.casefold() == name.casefold() for one in rows):
        raise Refused(
            _("There is a theme “%(name)s” already. Choose another name.", name=name), "name"
        )
    if but is None and len(rows) >= rules.THEMES_MAX:
        raise Refused(
            _("Keep at most %(count)s themes; delete one first.", count=rules.THEMES_MAX), "name"
        )
    return name


def save(row: HelpCenterTheme, draft: Draft, *, version: int) -> None:
    """Changes a theme; one in use shows at once. The draft is checked."""
    service = db.lock(Service, row.service_id)
    db.session.refresh(row)
    check_version(row, version)
    row.name = _free(service, draft.name, but=row.id)
    row.colors, row.css = dict(draft.colors), draft.css
    if draft.logo or draft.without_logo:
        row.logo = draft.logo
    _shown(row)


def _shown(row: HelpCenterTheme) -> None:
    if row.in_use:
        changed(row.service_id)


def delete(row: HelpCenterTheme) -> None:
    """Deletes a theme that is not in use; its logo goes with the unused files."""
    db.lock(Service, row.service_id)
    db.session.refresh(row)
    if row.in_use:
        raise Refused(_("This theme is in use. Put another one in use first."))
    db.session.delete(row)


def put_in_use(service: Service, row: HelpCenterTheme | None) -> None:
    """The look of the help center from now on; without a theme it is the one that came."""
    db.lock(Service, service.id)
    was = sa.select(HelpCenterTheme).where(
        HelpCenterTheme.service_id == service.id, HelpCenterTheme.in_use
    )
    for one in db.session.scalars(was.execution_options(populate_existing=True)):
        one.in_use = False
    db.session.flush()  # one is in use at a time, also within the transaction
    if row is not None:
        row.in_use = True
    changed(service.id)


# sections of the home page


def section(row: HelpCenterTheme, key: str) -> Mapping[str, Any] | None:
    """One of a theme's sections."""
    return next((one for one in row.sections if one["key"] == key), None)


def _arranged(row: HelpCenterTheme, sections: Sequence[Mapping[str, Any]]) -> None:
    row.sections = [dict(one) for one in sections]
    _shown(row)


def _current(row: HelpCenterTheme) -> dict[str, Mapping[str, Any]]:
    db.lock(Service, row.service_id)
    db.session.refresh(row)
    return {one["key"]: one for one in row.sections}


def move_section(row: HelpCenterTheme, key: str, place: int) -> None:
    """Puts a section at a place, 0-based."""
    there = _current(row)
    if key in there:
        _arranged(row, [there[one] for one in rules.moved(list(there), key, place)])


def add_section(row: HelpCenterTheme, kind: SectionKind) -> str:
    """Adds a section at the end and returns its key; what is there once is added once."""
    there = _current(row)
    key = kind.value
    if kind is SectionKind.TEXT:
        if sum(one["kind"] == key for one in there.values()) >= rules.TEXTS_MAX:
            raise Refused(_("Keep at most %(count)s texts.", count=rules.TEXTS_MAX))
        key = f"text-{secrets.token_hex(4)}"
    if key not in there:
        _arranged(row, [*there.values(), {"key": key, "kind": kind.value, "texts": {}}])
    return key


def remove_section(row: HelpCenterTheme, key: str) -> None:
    """Takes a section off the home page, which keeps at least one; its texts go with it."""
    there = _current(row)
    if set(there) == {key}:
        raise Refused(_("The home page needs one section at least."))
    _arranged(row, [one for one in there.values() if one["key"] != key])


def written(service: Service, html: str) -> Writing:
    """A text of a section, sanitized. Raises Refused for codes that stand for nothing."""
    said = formatted(html, picture=lambda _source: None)
    rules.check_codes(said.html, {*WORDINGS, *queries.texts(service.id)}, field="body")
    return said


def write_section(
    row: HelpCenterTheme, key: str, language: str, said: Writing, *, version: int
) -> None:
    """The text of a section in a language; an empty one shows that of the default language."""
    there = _current(row)
    check_version(row, version)
    texts = {**there[key]["texts"], language: said.html if said else ""}
    there[key] = {**there[key], "texts": {code: text for code, text in texts.items() if text}}
    _arranged(row, list(there.values()))
