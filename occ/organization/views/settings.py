"""Organization info (ORG-7) and the price list (ORG-8)."""

from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import day
from occ.core.i18n import gettext as _
from occ.organization import labels, queries, rules, settings
from occ.organization.forms import OrganizationForm, PriceForm, price_of
from occ.organization.permissions import CONTRACTS, ORGANIZATION
from occ.organization.prices import DEFAULT_PRICES
from occ.organization.rules import Item, is_priced

bp = Blueprint("organization", __name__, url_prefix="/c/org")


@bp.get("/info")
@requires(ORGANIZATION)
def info() -> Response:
    """Where the page was reached is shown when mail leads elsewhere: a proxy may not pass the host
    on, a domain be mistyped.
    """
    return ui.render(
        "organization/info", org=queries.the_organization(), here=request.host_url.rstrip("/")
    )


@bp.route("/info/edit", methods=["GET", "POST"])
@requires(ORGANIZATION)
def edit() -> Response:
    org = queries.the_organization()
    form = OrganizationForm(obj=org)
    if request.method != "POST":
        form.domain.data = rules.typed_domain(org.url)
        form.time_zone.data = org.next_time_zone or org.time_zone
    elif form.validate():
        with form.saving(stored=queries.the_organization):
            with db.write():
                settings.edit(
                    name=form.name.data,
                    domain=form.domain.data,
                    time_zone=form.time_zone.data,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."))
    return ui.render("organization/edit", status=form.status, form=form, stored=form.stored)


@bp.post("/info/key/show")
@requires(ORGANIZATION)
def show_key() -> Response:
    """The key in clear, to copy; who looked is recorded (LOG-3) before it leaves."""
    with db.write():
        audit.work(Work.API_KEY_SHOWN, actor=actor())
    return ui.render(
        "organization/info",
        part="key",
        key=settings.key_of(queries.the_organization()),
    )


@bp.route("/info/key", methods=["GET", "POST"])
@requires(ORGANIZATION)
def change_key() -> Response:
    """After the change the new key stands in the answer, which is
    recorded like every other look at it.
    """
    org = queries.the_organization()
    error, typed = None, request.form.get("typed", "")
    if request.method == "POST":
        if typed.strip().lower() == org.code:
            with db.write():
                settings.change_key(actor=actor())
                audit.work(Work.API_KEY_SHOWN, actor=actor())
                key = settings.key_of(queries.the_organization())
            return ui.render("organization/new_key", key=key)
        error = Refused(
            _("This is not the organization ID. Type %(code)s.", code=org.code), "typed"
        )
    return ui.render(
        "organization/change_key", status=422 if error else 200, org=org, error=error, typed=typed
    )


@bp.get("/prices")
@requires(CONTRACTS)
def prices() -> Response:
    lists, today = queries.price_lists(), queries.today()
    current = queries.prices_on(today)
    return ui.render(
        "organization/prices",
        seat=Item.SEAT,
        lists=lists,
        current=current,
        labels=labels,
        items=[item for item in Item if is_priced(item)],
        coming=[found for found in reversed(lists) if found.effective_from > today],
    )


@bp.route("/prices/new", methods=["GET", "POST"])
@requires(CONTRACTS)
def new_prices() -> Response:
    """A page with every unit price, filled with those in force."""
    current, today = queries.prices_on(queries.today()), queries.today()
    priced, form = [item for item in Item if is_priced(item)], PriceForm()
    typed = {item: format(price.normalize(), "f") for item, price in current.prices.items()}
    if request.method != "POST":
        first_of_next = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        form.effective_from.data, form.currency.data, form.vat.data = (
            first_of_next,
            current.currency,
            current.vat_percent,
        )
        asked = request.args.get("currency", "")
        if asked in DEFAULT_PRICES and asked != current.currency:
            form.currency.data = asked
            typed = {item: format(price, "f") for item, price in DEFAULT_PRICES[asked].items()}
    else:
        typed = {item: request.form.get(f"price-{item.value}", "")[:30] for item in priced}
        if form.validate():
            with form.saving():
                known = (
                    current.prices
                    if form.currency.data == current.currency
                    else DEFAULT_PRICES[form.currency.data]
                )
                wanted = {**known, **{item: price_of(text, item) for item, text in typed.items()}}
                with db.write():
                    settings.save_prices(
                        effective=form.day(),
                        currency=form.currency.data,
                        vat=form.vat_percent(),
                        prices=wanted,
                    )
                return ui.done(
                    _("Saved. These prices count from %(day)s.", day=day(form.day())),
                    go=url_for("organization.prices"),
                )
    return ui.render(
        "organization/new_prices",
        status=form.status,
        form=form,
        typed=typed,
        labels=labels,
        items=priced,
        current=current,
    )


@bp.post("/prices/<int:ident>/cancel")
@requires(CONTRACTS)
def cancel_prices(ident: int) -> Response:
    with db.write():
        settings.cancel_prices(ident)
    return ui.done(_("The coming prices were cancelled."))
