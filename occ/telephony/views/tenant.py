"""The phone contract and its desk phones (TNT-1, TNT-2): it shows seats in use, so it stands with
those who give them out.
"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import crypto, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.money import rounded
from occ.organization import queries as organization
from occ.organization.rules import Item
from occ.telephony import queries as telephony
from occ.tenant import labels, queries, service
from occ.tenant.forms import CompanyForm, LicenceForm, OrderForm
from occ.tenant.models import DeskPhoneOrder, Tenant
from occ.tenant.permissions import TENANT
from occ.tenant.rules import (
    DESK_PHONE,
    LICENCES,
    LINES_MAX,
    PHONES_MAX,
    SEATS_MAX,
    Licence,
    OrderState,
    Plan,
    Stopped,
    TenantState,
)
from occ.tenant.service import Company, Delivery

bp = Blueprint("tenant", __name__, url_prefix="/c/org/phone")


def _tenant() -> Tenant:
    """The phone contract, once a service contracted phone."""
    return queries.current() or abort(404)


def _code() -> str:
    """The tenant ID, which is typed to terminate."""
    found = telephony.settings()
    return found.tenant_id if found else ""


@dataclass(frozen=True)
class Fee:
    """What a month of a licence costs."""

    licence: Licence
    unit: Decimal
    currency: str
    vat: Decimal

    @property
    def amount(self) -> Decimal:
        return rounded(self.unit * self.licence.seats, self.currency)


def _fee(licence: Licence) -> Fee:
    prices = organization.prices_on(organization.today())
    return Fee(licence, prices.prices[LICENCES[licence.plan]], prices.currency, prices.vat_percent)


@dataclass(frozen=True)
class Contract:
    """The phone contract as it stands today, with the licence seats in use."""

    tenant: Tenant
    used: int
    changed_today: bool
    next_change: str
    stopped: Stopped | None

    @property
    def terminated(self) -> bool:
        return self.tenant.state is TenantState.TERMINATED


def _contract(tenant: Tenant) -> Contract:
    today = organization.today()
    return Contract(
        tenant=tenant,
        used=telephony.seats_used(),
        changed_today=tenant.licence_row is not None and tenant.licence_row.changed_on(today),
        next_change=organization.next_change(organization.the_organization()),
        stopped=tenant.stopped(today),
    )


@bp.get("")
@requires(TENANT)
def index() -> Response:
    tenant = _tenant()
    return ui.render(
        "tenant/index",
        contract=_contract(tenant),
        fee=_fee(tenant.licence),
        labels=labels,
        history=queries.licence_history(tenant.id),
        code=_code(),
    )


@bp.route("/edit", methods=["GET", "POST"])
@requires(TENANT)
def edit() -> Response:
    """The details in a dialog; licence and lines have a page of their own."""
    tenant = _tenant()
    form = CompanyForm(obj=tenant)
    if request.method != "POST":
        form.version.data = str(tenant.version)
    elif form.validate():
        names = (
            "name",
            "business_number",
            "contact",
            "phone",
            "email",
            "postal_code",
            "address",
            "ends_on",
        )
        with form.saving(stored=_tenant):
            with db.write():
                service.edit(
                    Company(**{name: form[name].data for name in names}), version=form.seen_version
                )
            return ui.done(_("Saved."))
    return ui.render(
        "tenant/edit",
        status=form.status,
        form=form,
        stored=form.stored,
    )


def _shown(form: LicenceForm, fallback: Licence) -> Licence:
    """What is chosen as far as it can be shown."""
    plan = next((p for p in Plan if p.value == form.plan.data), fallback.plan)
    seats = (
        form.seats.data if form.seats.data and 1 <= form.seats.data <= SEATS_MAX else fallback.seats
    )
    return Licence(
        plan,
        seats,
        form.lines.data
        if form.lines.data and 1 <= form.lines.data <= LINES_MAX
        else fallback.lines,
    )


@bp.route("/licence", methods=["GET", "POST"])
@requires(TENANT)
def licence() -> Response:
    """Plan, seats and lines with what they cost; after a termination the same page signs anew."""
    tenant = _tenant()
    again, now = tenant.state is TenantState.TERMINATED, tenant.licence
    shown = {
        "plan": now.plan.value,
        "seats": now.seats,
        "lines": now.lines,
        "version": str(tenant.licence_id),
    }
    form = LicenceForm(data=shown)
    if request.method == "POST" and form.validate():
        with form.saving(stored=_tenant):
            with db.write():
                if again:
                    service.sign(_shown(form, now), actor=actor())
                else:
                    service.change(_shown(form, now), seen=form.seen_version, actor=actor())
            return ui.done(
                _("The phone contract is signed.") if again else _("Saved."),
                go=url_for("tenant.index"),
            )
    tenant = form.stored or tenant  # one that somebody else signed is another row
    return ui.render(
        "tenant/licence",
        status=form.status,
        form=form,
        contract=_contract(tenant),
        fee=_fee(_shown(form, now)),
        before=None if again else _fee(now),
        prices=organization.prices_on(organization.today()).prices,
        plans=LICENCES,
        labels=labels,
    )


@bp.post("/licence/estimate")
@requires(TENANT)
def estimate() -> Response:
    """The price panel while choosing."""
    tenant = _tenant()
    form = LicenceForm()
    return ui.render(
        "tenant/licence",
        part="estimate",
        fee=_fee(_shown(form, tenant.licence)),
        labels=labels,
        before=None if tenant.state is TenantState.TERMINATED else _fee(tenant.licence),
    )


@bp.post("/state")
@requires(TENANT)
def state() -> Response:
    _tenant()
    active = request.form.get("on") == "1"
    with db.write():
        service.set_state(active=active, actor=actor())
    return ui.done(
        _("The phone contract is active.")
        if active
        else _("The phone contract is suspended. Calls hear a notice and end.")
    )


@bp.route("/terminate", methods=["GET", "POST"])
@requires(TENANT)
def terminate() -> Response:
    _tenant()  # without one there is nothing to terminate
    error, typed = None, request.form.get("typed", "")
    if request.method == "POST":
        try:
            with db.write():
                service.terminate(typed=typed, code=_code(), actor=actor())
            return ui.done(_("The phone contract is terminated."))
        except Refused as refused:
            error = refused
    return ui.render(
        "tenant/terminate",
        status=422 if error else 200,
        code=_code(),
        error=error,
        typed=typed,
    )


@bp.get("/orders")
@requires(TENANT)
def orders() -> Response:
    tenant = _tenant()
    page = queries.orders(
        tenant.id,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render(
        "tenant/orders",
        page=page,
        price=_order_price(1),
        contract=_contract(tenant),
        labels=labels,
    )


@dataclass(frozen=True)
class OrderPrice:
    """What desk phones cost, once and a day."""

    quantity: int
    once: Decimal
    upkeep: Decimal
    currency: str
    vat: Decimal

    @property
    def total(self) -> Decimal:
        return self.once * self.quantity

    @property
    def a_day(self) -> Decimal:
        return self.upkeep * self.quantity


def _order_price(quantity: int) -> OrderPrice:
    prices = organization.prices_on(organization.today())
    once, upkeep = prices.prices[Item.DESK_PHONE], prices.prices[Item.DESK_PHONE_UPKEEP]
    return OrderPrice(quantity, once, upkeep, prices.currency, prices.vat_percent)


def _quantity(form: OrderForm) -> int:
    return form.quantity.data if form.quantity.data and 1 <= form.quantity.data <= PHONES_MAX else 1


@bp.route("/orders/new", methods=["GET", "POST"])
@requires(TENANT)
def new_order() -> Response:
    tenant = _tenant()
    known = {
        "recipient": tenant.contact,
        "phone": tenant.phone,
        "postal_code": tenant.postal_code,
        "address": tenant.address,
    }
    form = OrderForm(data={"key": crypto.token(), "quantity": 1, **known})
    if request.method == "POST" and form.validate():
        where = Delivery(
            form.recipient.data, form.phone.data, form.postal_code.data, form.address.data
        )
        with form.saving():
            if not form.checked.data:
                raise Refused(
                    _("Check the number of phones and the address, then tick the box."), "checked"
                )
            with db.write():
                service.order(
                    _quantity(form),
                    where,
                    key=(form.key.data or crypto.token())[:64],
                    actor=actor(),
                )
            return ui.done(_("The desk phones are ordered."), go=url_for("tenant.orders"))
    return ui.render(
        "tenant/order",
        status=form.status,
        form=form,
        model=DESK_PHONE,
        price=_order_price(_quantity(form)),
    )


@bp.post("/orders/price")
@requires(TENANT)
def price() -> Response:
    """The price panel while typing."""
    return ui.render("tenant/order", part="price", price=_order_price(_quantity(OrderForm())))


_DONE = {
    OrderState.SHIPPED: lambda n: ngettext(
        "%(num)d desk phone is on its way.", "%(num)d desk phones are on their way.", n
    ),
    OrderState.IN_USE: lambda n: ngettext(
        "%(num)d desk phone is in use.", "%(num)d desk phones are in use.", n
    ),
    OrderState.RETURNED: lambda n: ngettext(
        "%(num)d desk phone went back.", "%(num)d desk phones went back.", n
    ),
}


@bp.post("/orders/<int:ident>/<any(shipped, in_use, returned):wanted>")
@requires(TENANT)
def move_order(ident: int, wanted: str) -> Response:
    tenant = _tenant()
    if queries.order(tenant.id, ident) is None:
        abort(404)
    state = OrderState(wanted)
    with db.write():
        moved: DeskPhoneOrder = service.move_order(ident, state)
        quantity = moved.quantity
    return ui.done(_DONE[state](quantity))
