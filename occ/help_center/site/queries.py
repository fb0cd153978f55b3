"""How a service's help center is set up, as its pages read it: kept until something changes."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.core.db import db
from occ.core.kept import Kept
from occ.help_center.site import colors, rules, wordings
from occ.help_center.site.models import (
    CompanyText,
    HelpCenter,
    HelpCenterMenu,
    HelpCenterText,
    HelpCenterTheme,
    HelpCenterWidget,
)
from occ.help_center.site.rules import Part
from occ.organization.models import Service, ServiceLanguage
from occ.organization.queries import GONE
from occ.organization.rules import Feature

NEEDS = {
    Part.INQUIRIES: (Feature.TICKET,),
    Part.CALLBACKS: (Feature.PHONE, Feature.CALLBACK),
}
"""What parts need beside the help center itself."""
SERVICES = 50
"""Services whose set-up a process keeps."""


@dataclass(frozen=True)
class Menu:
    """A menu that leads elsewhere, with its parameters; names by language."""

    names: Mapping[str, str]
    address: str
    on_desktop: bool
    on_phone: bool


@dataclass(frozen=True)
class Theme:
    """A look: the one in use, or one that is looked at before."""

    ident: int
    logo: str | None
    colors: Mapping[str, str]
    sections: tuple[Mapping[str, Any], ...]
    css: str

    @cached_property
    def stylesheet(self) -> str:
        """Its colours as the pages' own values, and its CSS."""
        return theme_css(self.colors, self.css)

    @property
    def data_url(self) -> str:
        """Its stylesheet as an address that holds it."""
        return f"data:text/css;base64,{b64encode(self.stylesheet.encode()).decode()}"

    @cached_property
    def digest(self) -> str:
        """Names its stylesheet, and changes with it."""
        return hashlib.blake2s(self.stylesheet.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Site:
    """A help center's set-up: parts that are on, own texts by code and language, look, menus."""

    default: str  # language
    parts: frozenset[Part]
    texts: Mapping[str, Mapping[str, str]]
    theme: Theme | None
    menus: tuple[Menu, ...]
    origins: tuple[str, ...]  # of the sites that may show the widget
    calls: bool  # whether a queue calls back

    @property
    def sections(self) -> Sequence[Mapping[str, Any]]:
        """The parts of the home page in order."""
        return (self.theme and self.theme.sections) or rules.SECTIONS

    def worded(self, text: str, language: str) -> str:
        """A text with what its `#{codes}` stand for in a language."""
        used = rules.codes(text)
        return rules.with_codes(text, {code: self.say(code, language) for code in used})

    def rich(self, html: str, language: str) -> str:
        """The same of sanitized HTML: what codes stand for is plain text."""
        said = {code: escape(self.say(code, language)) for code in rules.codes(html)}
        return rules.with_codes(html, said)

    def has(self, part: str) -> bool:
        """Whether a part is on."""
        return Part(part) in self.parts

    def leads(self, service: Service, part: Part) -> bool:
        """Whether a part's pages are there: it is on, what it needs is contracted, and where calls
        are asked for, a queue takes them.
        """
        is_contracted = all(service.offers(feature) for feature in NEEDS.get(part, ()))
        return part in self.parts and is_contracted and (part is not Part.CALLBACKS or self.calls)

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
    widget = db.session.get(HelpCenterWidget, service.id)
    return Site(
        service.shown_languages[0].code,
        rules.parts_on(row.parts_off if row else ()),
        MappingProxyType({one.code: MappingProxyType(dict(one.texts)) for one in texts}),
        look(theme) if theme else None,
        tuple(_menu(menu) for menu in menus),
        tuple(widget.origins) if widget else (),
        ars.takes_callbacks(service.id),
    )


def look(row: HelpCenterTheme) -> Theme:
    """A stored theme as pages take it."""
    return Theme(row.id, row.logo, dict(row.colors), tuple(row.sections), row.css)


def theme_css(chosen: Mapping[str, str], css: str) -> str:
    """The stylesheet of a theme (HC-3). Links are as dark or light as they have to be to be read by
    day and by night; what own CSS moves stays within its box and below the head of the page.
    """
    paint = {**colors.DEFAULT, **chosen}
    accent, on_it, hero = paint[colors.ACCENT], paint[colors.ACCENT_TEXT], paint[colors.HERO]
    by_day, by_night = (colors.link_on(accent, ground) for ground in (colors.LIGHT, colors.DARK))
    values = {
        "--accent": f"light-dark({by_day}, {by_night})",
        "--accent-solid": accent,
        "--accent-hover": colors.pressed(accent, on_it),
        "--accent-soft": f"color-mix(in srgb, {accent} 14%, var(--surface))",
        "--on-solid": on_it,
        "--tblr-primary": "var(--accent-solid)",
        "--tblr-link-color": "var(--accent)",
        "--tblr-link-hover-color": "var(--accent)",
        "--hc-hero": hero,
        "--hc-hero-text": colors.text_on(hero),
    }
    lines = [f"  {name}: {value};" for name, value in values.items()]
    greeting = (
        ".hc-hero { background: var(--hc-hero); color: var(--hc-hero-text); }\n"
        ".hc-hero :is(h1, p) { color: inherit; }"
    )
    text = "\n".join([":root, .hc {", *lines, "}", greeting])
    if not css:
        return text + "\n"
    box = ".hc-main { position: relative; z-index: 0; isolation: isolate; contain: paint; }"
    return f"{text}\n{box}\n{css}\n"


def themes(service_id: int) -> Sequence[HelpCenterTheme]:
    """A service's themes by name."""
    return db.session.scalars(
        sa.select(HelpCenterTheme)
        .where(HelpCenterTheme.service_id == service_id)
        .order_by(HelpCenterTheme.name, HelpCenterTheme.id)
    ).all()


def theme(service_id: int, ident: int) -> HelpCenterTheme | None:
    """One of a service's themes."""
    row = db.session.get(HelpCenterTheme, ident)
    return row if row and row.service_id == service_id else None


def texts(service_id: int) -> dict[str, HelpCenterText]:
    """What a service worded itself, by code."""
    rows = db.session.scalars(
        sa.select(HelpCenterText).where(HelpCenterText.service_id == service_id)
    )
    return {row.code: row for row in rows}


def menus(service_id: int) -> Sequence[HelpCenterMenu]:
    """A service's external menus in order."""
    return db.session.scalars(
        sa.select(HelpCenterMenu)
        .where(HelpCenterMenu.service_id == service_id)
        .order_by(HelpCenterMenu.position, HelpCenterMenu.id)
    ).all()


def menu(service_id: int, ident: int) -> HelpCenterMenu | None:
    """One of a service's external menus."""
    row = db.session.get(HelpCenterMenu, ident)
    return row if row and row.service_id == service_id else None


def widget(service_id: int) -> HelpCenterWidget | None:
    """Where a service's widget may stand, as it is stored."""
    return db.session.get(HelpCenterWidget, service_id)


def _menu(row: HelpCenterMenu) -> Menu:
    address = rules.with_parameters(row.address, row.parameters)
    return Menu(dict(row.names), address, row.on_desktop, row.on_phone)


def company(language: str, default: str) -> CompanyText | None:
    """What the foot says of the company: in the language, else in the default one."""
    found = {row.language: row for row in db.session.scalars(sa.select(CompanyText))}
    return found.get(language) or found.get(default)


def companies() -> list[tuple[str, CompanyText | None]]:
    """What is said of the company by language: those of all help centers, the first service's
    default language first, and those that something was said in before.
    """
    said = {row.language: row for row in db.session.scalars(sa.select(CompanyText))}
    shown = db.session.scalars(
        sa.select(ServiceLanguage.code)
        .join(Service, Service.id == ServiceLanguage.service_id)
        .where(Service.state.not_in(GONE), ~ServiceLanguage.hidden)
        .order_by(Service.created_at, Service.id, ServiceLanguage.position)
    )
    return [(code, said.get(code)) for code in dict.fromkeys([*shown, *sorted(said)])]


def company_in(language: str) -> CompanyText | None:
    """What is said of the company in one language."""
    return db.session.get(CompanyText, language, populate_existing=True)
