"""Who may do what: every route declares its permission, and this checks it before the view runs."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from flask import (
    Flask,
    abort,
    current_app,
    g,
    has_request_context,
    redirect,
    request,
    url_for,
)
from flask_login import UserMixin, current_user
from werkzeug.exceptions import Forbidden
from werkzeug.local import LocalProxy

from occ.core.i18n import lazy_gettext

V = TypeVar("V", bound=Callable[..., Any])


class ServiceRef(Protocol):
    """What a permission needs to know of the service in the address."""

    id: int

    def offers(self, feature: Any) -> bool: ...


@dataclass(frozen=True)
class Rights:
    """One person's rights in one service (MEM-4); `service` has its id,
    slug, name, type, state and banner.
    """

    service: Any
    manager: bool = False
    ticket: bool = False
    chat: bool = False
    phone: bool = False
    view_logs: bool = False
    assign_callbacks: bool = False
    transfer: bool = False


@dataclass(frozen=True)
class Principal(UserMixin):  # type: ignore[misc]
    """Whoever makes the request, as Flask-Login's user; `rights` by service id."""

    member_id: int
    session_id: int
    login_id: str
    name: str
    is_org_admin: bool
    signed_in_at: datetime
    locale: str | None = None
    time_zone: str | None = None
    theme: str = "system"
    density: str = "comfortable"
    shortcuts: bool = True
    notices: bool = True
    must_set_totp: bool = False
    rights: Mapping[int, Rights] = field(default_factory=dict)

    def in_service(self, service_id: int) -> Rights | None:
        return self.rights.get(service_id)


@dataclass(frozen=True, eq=False)  # each is one constant: looked for some hundred times a page
class Permission:
    """A right with its name in words and who grants it.

    `check` decides for (principal, service or None). `guarded` pages answer only from the addresses
    of ACC-1. `public` ones ask nothing. While the service is suspended only `while_suspended` ones
    are open.
    """

    key: str
    label: Any
    granted_by: Any
    check: Callable[[Principal, ServiceRef | None], bool]
    guarded: bool = False
    public: bool = False
    while_suspended: bool = True


ORG_ADMINS = lazy_gettext("an organization admin")
MANAGERS = lazy_gettext("a manager of this service or an organization admin")


def in_service(check: Callable[[Rights], bool]) -> Callable[[Principal, ServiceRef | None], bool]:
    """A check of one's rights in the service of the address; who has no role there fails it."""

    def checked(principal: Principal, service: ServiceRef | None) -> bool:
        rights = principal.in_service(service.id) if service else None
        return rights is not None and check(rights)

    return checked


is_manager = in_service(lambda rights: rights.manager)


def for_org_admins(key: str, label: Any) -> Permission:
    """A right that organization admins have, from the allowed addresses only."""
    return Permission(
        key, label, ORG_ADMINS, lambda principal, service: principal.is_org_admin, guarded=True
    )


PUBLIC = Permission("public", "", "", lambda p, s: True, public=True)
SIGNED_IN = Permission("signed_in", "", "", lambda p, s: True)

_service: Callable[[str, Principal], ServiceRef | None] = lambda slug, p: None
_suspended: Callable[[ServiceRef], bool] = lambda s: False
_address_allowed: Callable[[str], bool] = lambda ip: True


def use(
    *,
    service: Callable[[str, Principal], ServiceRef | None],
    suspended: Callable[[ServiceRef], bool],
    address_allowed: Callable[[str], bool],
) -> None:
    """Factory names who knows the services and the allowed addresses."""
    global _service, _suspended, _address_allowed
    _service, _suspended, _address_allowed = service, suspended, address_allowed


def requires(
    permission: Permission, *, feature: Any = None, writes: bool = False
) -> Callable[[V], V]:
    """Declares a view's permission, the contracted feature it needs, and
    whether its GET records something.
    """

    def mark(view: V) -> V:
        view.permission, view.feature, view.writes = permission, feature, writes  # type: ignore[attr-defined]
        return view

    return mark


def tokenless(view: V) -> V:
    """Declares a view that takes forms of pages which are the same for everybody, and therefore
    hold no token: the browser has to say that one of this console's own pages sent them.
    """
    view.tokenless = True  # type: ignore[attr-defined]
    return view


def is_tokenless(view: Any) -> bool:
    """Whether a view takes forms without a token."""
    return getattr(view, "tokenless", False)


def is_sent_from_here() -> bool:
    """Whether the browser says that a page of this host sent a form: by Sec-Fetch-Site, older ones
    by Origin. Nothing said is no.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") in (f"http://{request.host}", f"https://{request.host}")


def current() -> Principal | None:
    """The principal of this request, which Flask-Login looks up once; None outside of requests.

    A page asks some thirty times, so that it is held where it is at hand.
    """
    held: Principal | None = g.get("principal") if has_request_context() else None
    if held is None:
        found = current_user._get_current_object()
        if isinstance(found, Principal):
            held = g.principal = found
    return held


me: Principal = LocalProxy(current)  # type: ignore[assignment]


def client_ip() -> str:
    """The client's address; behind proxies the one TRUSTED_PROXIES vouches for."""
    return request.remote_addr or "0.0.0.0"


def client_network() -> str:
    """The client's address for limits; of IPv6 its /64, since everybody there has a
    network of addresses to himself.
    """
    address = client_ip()
    return str(ipaddress.ip_interface(f"{address}/64").network) if ":" in address else address


class MissingRight(Forbidden):
    """403 that says which right is missing and who grants it."""

    def __init__(self, permission: Permission) -> None:
        super().__init__()
        self.permission = permission


class NotSignedIn(Exception):
    """Nobody is signed in where somebody must be."""


class ServiceSuspended(Exception):
    """The service's scopes are closed while it is suspended (ORG-5)."""


class AddressRefused(Forbidden):
    """The client's address is not among those of ACC-1."""


class TotpRequired(Exception):
    """An organization admin has to set up the second factor first (MEM-6)."""


def may(permission: Permission, service: ServiceRef | None = None) -> bool:
    """Whether the viewer has the right, for menus and buttons."""
    principal = current()
    return permission.public or (principal is not None and permission.check(principal, service))


def check_request() -> Any:
    """Before every view: signed in, object visible (404), right present (403), address allowed."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    view: Any = current_app.view_functions[request.endpoint]
    permission: Permission | None = getattr(view, "permission", None)
    if permission is None:
        abort(500, f"{request.endpoint} declares no permission")
    if permission.public:
        return None
    principal = current()
    if principal is None:
        raise NotSignedIn
    if principal.must_set_totp and not request.endpoint.startswith(("me.totp", "auth.")):
        raise TotpRequired
    slug = (request.view_args or {}).pop("slug", None)
    if slug is not None and slug != slug.lower() and request.method == "GET":
        values: dict[str, Any] = {**(request.view_args or {}), "slug": slug.lower()}
        return redirect(
            url_for(request.endpoint, **values)
            + (f"?{request.query_string.decode()}" if request.args else ""),
            301,
        )
    admit(permission, feature=view.feature, slug=slug)
    return None


def admit(permission: Permission, *, feature: Any = None, slug: str | None = None) -> None:
    """Goes on if the viewer has the right now, in the service that is named: visible (404), right
    present (403), address allowed.
    """
    principal = current()
    if principal is None:
        raise NotSignedIn
    service = None
    if slug is not None:
        service = g.service = _service(slug, principal)
        if service is None or (feature is not None and not service.offers(feature)):
            abort(404)
    if not permission.check(principal, service):
        raise MissingRight(permission)
    if permission.guarded and not _address_allowed(client_ip()):
        raise AddressRefused
    if service is not None and not permission.while_suspended and _suspended(service):
        raise ServiceSuspended


def init_app(app: Flask) -> None:
    app.before_request(check_request)
    app.jinja_env.globals.update(me=me, may=may)
