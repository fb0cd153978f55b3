"""How a service's help center is set up, as its pages read it: kept until something changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from occ.core.db import db
from occ.core.kept import Kept
from occ.help_center.site import rules, wordings
from occ.help_center.site.models import (
    CompanyText,
    HelpCenter,
    HelpCenterMenu,
    HelpCenterText,
    HelpCenterTheme,
)
from occ.help_center.site.rules import Part
from occ.organization.models import Service

SERVICES = 50
"""Services whose set-up a process keeps."""


@dataclass(frozen=True)
class Menu:
    """A menu that leads elsewhere; names by language."""

    names: Mapping[str, str]
    address: str
    on_desktop: bool
    on_phone: bool


@dataclass(frozen=True)
class Theme:
    """The look in use. `digest` changes with it."""

    ident: int
    logo: str | None
    colors: Mapping[str, str]
    sections: tuple[Mapping[str, Any], ...]
    css: str


@dataclass(frozen=True)
class Site:
    """A help center's set-up: parts that are on, own texts by code and language, look, menus."""

    default: str  # language
    parts: frozenset[Part]
    texts: Mapping[str, Mapping[str, str]]
    theme: Theme | None
    menus: tuple[Menu, ...]

    def has(self, part: str) -> bool:
        """Whether a part is on."""
        return Part(part) in self.parts

    def say(self, code: str, language: str, **values: Any) -> str:
        """A fixed text in a language: as the service words it, as it comes, and the same in the
        default language, else in English (ORG-6).
        """
        own = self.texts.get(code, {})
        for asked in (language, self.default):
            if text := own.get(asked) or (
                wordings.shipped(code, asked) if code in wordings.WORDINGS else ""
            ):
                return rules.filled(text, values)
        text = wordings.shipped(code, "en") if code in wordings.WORDINGS else ""
        return rules.filled(text, values)


_SITES: Kept[Site] = Kept(SERVICES)


def site(service: Service) -> Site:
    """The set-up of a service's help center."""
    return _SITES.of(service, lambda: _read(service))


def _read(service: Service) -> Site:
    row = db.session.get(HelpCenter, service.id)
    texts = db.session.scalars(
        sa.select(HelpCenterText).where(HelpCenterText.service_id == service.id)
    )
    theme = db.session.scalar(
        sa.select(HelpCenterTheme).where(
            HelpCenterTheme.service_id == service.id, HelpCenterTheme.in_use
        )
    )
    menus = db.session.scalars(
        sa.select(HelpCenterMenu)
        .where(HelpCenterMenu.service_id == service.id)
        .order_by(HelpCenterMenu.position, HelpCenterMenu.id)
    )
    return Site(
        service.shown_languages[0].code,
        rules.parts_on(row.parts_off if row else ()),
        MappingProxyType({one.code: MappingProxyType(dict(one.texts)) for one in texts}),
        _theme(theme) if theme else None,
        tuple(_menu(menu) for menu in menus),
    )


def _theme(row: HelpCenterTheme) -> Theme:
    return Theme(row.id, row.logo, dict(row.colors), tuple(row.sections), row.css)


def _menu(row: HelpCenterMenu) -> Menu:
    return Menu(dict(row.names), row.address, row.on_desktop, row.on_phone)


def company(language: str, default: str) -> CompanyText | None:
    """What the foot says of the company: in the language, else in the default one."""
    found = {row.language: row for row in db.session.scalars(sa.select(CompanyText))}
    return found.get(language) or found.get(default)
