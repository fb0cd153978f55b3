"""The viewer's navigation on a page, and the command palette."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import g, request, url_for

from occ.audit.permissions import LOGIN_LOG
from occ.callbacks.permissions import CALLBACKS
from occ.core.access import Principal, Rights, current, may, me
from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.identity import labels as identity_labels
from occ.identity.permissions import INVITE, PEOPLE, SERVICE_HOME
from occ.menu import queries
from occ.menu.entries import (
    BESIDES,
    BETWEEN,
    LOGIN_ENTRY,
    MENU,
    OF_A_SERVICE,
    OF_TABS,
    ORG,
    OWN,
    PAGES,
    SCOPES,
    SETTINGS,
    WORK,
)
from occ.menu.entry import Entry
from occ.menu.steps import next_steps
from occ.notifications.labels import NOTICES
from occ.notifications.rules import Notice
from occ.organization import labels
from occ.organization.models import Service
from occ.organization.permissions import CONTRACTS
from occ.organization.queries import organization, the_organization
from occ.organization.rules import Feature, ServiceState, ServiceType
from occ.telephony.labels import LOGGED_OUT, STATES
from occ.telephony.permissions import CTI_LOG, PHONE
from occ.telephony.queries import settings as cti_settings
from occ.telephony.rules.calls import AgentState


@dataclass(frozen=True)
class Link:
    url: str
    label: str
    icon: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Switch:
    """A service in the switcher."""

    service: Any
    url: str
    state: Label
    role: str
    open: bool


class Face(NamedTuple):
    """What the side bar shows of the service."""

    id: int
    slug: str
    name: str
    type: ServiceType
    banner: str | None


@dataclass(frozen=True)
class Side:
    """Everything that the side bar shows, by value: what is drawn of it serves every page that
    shows the same.
    """

    rail: bool
    scope: str
    service: Face | None
    services: tuple[Switch, ...]
    groups: tuple[tuple[str, tuple[Link, ...]], ...]
    foot: tuple[Link, ...]
    organization: str
    administration: str
    callbacks: str


@dataclass(frozen=True)
class Menu:
    """The viewer's navigation on this page."""

    scope: str
    groups: tuple[tuple[str, tuple[Link, ...]], ...]
    entry: Entry | None
    tabs: Sequence[Link]
    trail: tuple[Link, ...]
    foot: tuple[Link, ...]
    service: Service | None
    services: tuple[Switch, ...]
    organization: str
    unread: int
    phone: tuple[Label, datetime | None] | None
    cti_log: bool
    callbacks: Link | None


def _scope() -> str:
    blueprint = request.blueprint or ""
    return SCOPES.get(blueprint, ORG)


@lru_cache(4096)
def _path_below(root: str, endpoint: str, slug: str) -> str:
    return url_for(endpoint, slug=slug) if slug else url_for(endpoint)


def _path(endpoint: str, slug: str = "") -> str:
    """The address of a page, of a service where `slug` names one."""
    return _path_below(request.script_root, endpoint, slug)


def _url(entry: Entry, service: Service | None) -> str:
    of_service = entry.permission in OF_A_SERVICE
    assert service is not None or not of_service
    return _path(entry.endpoint, service.slug if service and of_service else "")


def _visible(entry: Entry, viewer: Principal, service: Service | None) -> bool:
    if service is None and entry.permission in OF_A_SERVICE:
        return False
    return entry.permission.check(viewer, service) and _contracted(entry, service)


def _contracted(entry: Entry, service: Service | None) -> bool:
    if entry.feature is None:
        return True
    if entry.permission in OF_A_SERVICE:
        return service is not None and service.offers(entry.feature)
    if "has_phone" not in g:
        # of the organization: once a service contracted phone
        g.has_phone = cti_settings() is not None
    return bool(g.has_phone)


def build() -> Menu:
    """What the viewer may use and the service contracted; groups without entries are left out."""
    viewer = current()
    assert viewer is not None
    scope, service = _scope(), g.get("service")
    here = PAGES.get(request.blueprint or "", "")
    groups, found = [], None
    callbacks_of = (
        service
        if service is not None and may(CALLBACKS, service) and service.offers(Feature.CALLBACK)
        else None
    )
    now = waiting()
    open_callbacks = now.callbacks.get(callbacks_of.id, 0) if callbacks_of else 0
    for group in MENU[scope]:
        links = []
        for entry in group.entries:
            shown = (
                LOGIN_ENTRY
                if entry.endpoint == "logs.authority" and not _visible(entry, viewer, service)
                else entry
            )
            if not _visible(shown, viewer, service):
                continue
            is_here = entry.endpoint == here
            found = entry if is_here else found
            count = open_callbacks if entry.endpoint == "callbacks.index" else 0
            links.append(Link(_url(shown, service), str(shown.label), shown.icon, is_here, count))
        if links:
            groups.append((str(group.label), tuple(links)))
    of_entry = [
        t
        for t in (found.tabs if found else ())
        if may(t.permission, service) and _contracted(t, service)
    ]
    at = tab_of(of_entry)
    tabs = [Link(_url(t, service), str(t.label), "", t is at) for t in of_entry]
    return Menu(
        scope=scope,
        groups=tuple(groups),
        entry=found,
        tabs=tabs,
        trail=tuple(_trail(scope, service, found, at)),
        foot=tuple(_foot(scope, service)),
        service=service,
        services=tuple(_switch(role) for role in viewer.rights.values()),
        organization=the_organization().name,
        unread=now.unread,
        phone=_phone(now.phone),
        cti_log=may(CTI_LOG),
        callbacks=Link(
            _path("callbacks.index", callbacks_of.slug),
            str(_("Callbacks")),
            "phone-incoming",
            False,
            open_callbacks,
        )
        if callbacks_of
        else None,
    )


def tab_of(tabs: Sequence[Entry]) -> Entry | None:
    """The tab that the page is or belongs to."""
    here = OF_TABS.get(request.endpoint or "", request.endpoint)
    same = [t for t in tabs if t.endpoint.split(".")[0] == request.blueprint]
    return next((t for t in tabs if t.endpoint == here), next(iter([*same, *tabs]), None))


def _trail(
    scope: str, service: Service | None, entry: Entry | None, tab: Entry | None
) -> Iterator[Link]:
    """The way to the page from its scope: entry and tab; not the tab that an entry opens with."""
    if scope == ORG:
        yield Link("", str(_("Administration")), "")
    elif service is not None:
        yield Link("", service.name, "")
    if entry is None:
        return
    yield Link(_url(entry, service), str(entry.label), "")
    if tab and str(tab.label) != str(entry.label) and tab.endpoint != entry.endpoint:
        yield Link(_url(tab, service), str(tab.label), "")
    if between := BETWEEN.get(request.endpoint or ""):
        yield Link(_url(between, service), str(between.label), "")


def side(menu: Menu, rail: bool) -> Side:
    """What the side bar shows, on a screen of many columns as a rail of icons."""
    of = menu.service
    return Side(
        rail,
        menu.scope,
        Face(of.id, of.slug, of.name, of.type, of.banner) if of else None,
        menu.services,
        menu.groups,
        menu.foot,
        menu.organization,
        _path("contracts.index") if me.is_org_admin else "",
        menu.callbacks.url if menu.callbacks else "",
    )


def waiting() -> queries.Waiting:
    """What waits for the viewer; callbacks of the services where they answer them (CBK-1)."""
    principal = current()
    assert principal is not None
    seen = {
        i: r
        for i, r in principal.rights.items()
        if (r.manager or r.phone) and r.service.state is ServiceState.ACTIVE
    }
    managed = [i for i, r in seen.items() if r.manager]
    return queries.waiting(principal.member_id, services=seen, managed=managed)


def notice_text(notice: Any) -> str:
    """A notice in the viewer's words."""
    text = str(NOTICES[notice.notice].text)
    return text % notice.values if notice.values else text


def notice_url(notice: Any) -> str:
    """Where a notice leads, '' where nowhere."""
    values = notice.values
    if notice.notice in (Notice.CALLBACK_ASKED, Notice.CALLBACKS_ASSIGNED):
        return url_for("callbacks.index", slug=values["slug"])
    if notice.notice in (
        Notice.TICKET_ASSIGNED,
        Notice.TICKET_REPLIED,
        Notice.TICKET_UNDELIVERED,
        Notice.HANDOVER_ANSWERED,
    ):
        return url_for("tickets.detail", slug=values["slug"], ident=values["ticket"])
    if notice.notice in (Notice.BULK_DONE, Notice.BULK_FAILED):
        return url_for("ticket_bulk.show", slug=values["slug"], ident=values["task"])
    if "batch" in values:
        return url_for("migration.show", ident=values["batch"])
    return url_for("exports.show", ident=values["export"]) if "export" in values else ""


def _phone(now: tuple[AgentState, datetime] | None) -> tuple[Label, datetime | None] | None:
    """The pill of the phone widget: the agent's state and since when; None
    without the phone permission.
    """
    if not may(PHONE):
        return None
    return (STATES[now[0]], now[1]) if now else (LOGGED_OUT, None)


def _switch(rights: Rights) -> Switch:
    service = rights.service
    is_open = service.state is ServiceState.ACTIVE
    name = str(_("Manager") if rights.manager else _("Agent"))
    return Switch(
        service,
        _path("home.service", service.slug),
        labels.STATES[service.state],
        name,
        is_open,
    )


def _foot(scope: str, service: Service | None) -> list[Link]:
    """The ways to the other scopes."""
    links = []
    if scope == SETTINGS and service is not None and may(SERVICE_HOME, service):
        links.append(
            Link(
                _path("home.service", service.slug),
                str(_("To the work screens")),
                "arrow-left",
            )
        )
    if scope == WORK and service is not None and may(PEOPLE, service):
        links.append(
            Link(_path("agents.index", service.slug), str(_("Service settings")), "settings")
        )
    if scope != ORG and may(CONTRACTS):
        links.append(Link(_path("contracts.index"), str(_("Administration")), "building"))
    elif scope != ORG and may(LOGIN_LOG):
        links.append(Link(_path("logs.logins"), str(LOGIN_ENTRY.label), "list-search"))
    return links


@dataclass(frozen=True)
class Command:
    """One line of the command palette."""

    url: str
    label: Any
    group: Any
    icon: str


def commands() -> list[Command]:
    """All that the viewer can go to: menu entries with their tabs, other pages, and actions."""
    viewer = current()
    assert viewer is not None
    service: Service | None = g.get("service")
    menus = itertools.chain(*(MENU[scope] for scope in (WORK, SETTINGS, ORG, OWN)), BESIDES)
    return [
        Command(
            _url(target, service),
            target.label,
            entry.label if entry.tabs else group.label,
            entry.icon,
        )
        for group in menus
        for entry in group.entries
        for target in entry.tabs or (entry,)
        if _visible(target, viewer, service) and _contracted(entry, service)
    ]


def organization_name() -> str:
    """For pages before signing in; empty before set-up."""
    found = organization()
    return found.name if found else ""


WORDS: dict[str, Any] = {
    **{item.value: label.text for item, label in labels.ITEMS.items()},
    **{kind.value: text for kind, text in labels.TYPES.items()},
    **{role.value: text for role, text in identity_labels.ROLES.items()},
    **identity_labels.RIGHTS,
}


def code_word(value: Any) -> Any:
    """A stored code in words; what is no code stays as it is."""
    return WORDS.get(value, value) if isinstance(value, str) else value


HELPERS: dict[str, Callable[..., Any]] = {
    "menu": build,
    "side": side,
    "commands": commands,
    "organization_name": organization_name,
    "member_state": identity_labels.member_state,
    "member_states": identity_labels.member_states,
    "role_name": identity_labels.role_name,
    "notice_url": notice_url,
    "may_invite": lambda: may(INVITE),
    "next_steps": next_steps,
}
