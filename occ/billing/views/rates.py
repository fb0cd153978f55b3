"""Rate status (BIL-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask import Blueprint, Response, request

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.billing import chart, labels, queries, rules
from occ.billing.rules import ItemMonth, Scope, Table
from occ.core import i18n, ui, xlsx
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.money import rounded
from occ.organization import labels as organization_labels
from occ.organization import queries as organization
from occ.organization.models import PriceList, Service
from occ.organization.permissions import CONTRACTS
from occ.organization.rules import Item, ServiceType

bp = Blueprint("rates", __name__, url_prefix="/c/org/rates")
DEFAULT_MONTHS = 6


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    scope: Scope
    kind: ServiceType
    service: Service | None
    span: list[date]
    error: Refused | None


def _month(name: str, default: date) -> date:
    try:
        month = date.fromisoformat(request.args.get(name, "") + "-01")
    except ValueError:
        return default
    return month if 2000 <= month.year <= 2200 else default


def _asked(services: list[Service], today: date) -> Asked:
    scope = next((s for s in Scope if s.value == request.args.get("scope")), Scope.ALL)
    kind = next(
        (t for t in ServiceType if t.value == request.args.get("type")), ServiceType.CONSULTATION
    )
    chosen = None
    if scope is Scope.SERVICE:
        chosen = next(
            (s for s in services if s.slug == request.args.get("service")),
            services[0] if services else None,
        )
    this = rules.month_of(today)
    default = this
    for _i in range(DEFAULT_MONTHS - 1):
        default = rules.month_of(default - timedelta(days=1))
    error = None
    try:
        span = rules.months(_month("first", default), _month("last", this))
    except Refused as refused:
        error, span = refused, rules.months(default, this)
    return Asked(scope, kind, chosen, span, error)


def _service_ids(asked: Asked, services: list[Service]) -> list[int] | None:
    if asked.scope is Scope.ALL:
        return None
    if asked.scope is Scope.TYPE:
        return [s.id for s in services if s.type is asked.kind]
    return [asked.service.id] if asked.service else []


def _tables(
    asked: Asked,
    rows: list[ItemMonth],
    idents: list[int] | None,
    today: date,
    lists: Sequence[PriceList],
) -> list[Table]:
    """The tables that were asked for, also with what the rest of this month is expected to cost."""
    vat = queries.vat_of(asked.span)
    if asked.span[-1] == rules.month_of(today):
        rows = rules.merged([*rows, *queries.expected_rest(today, idents, lists)])
        vat.setdefault(asked.span[-1], queries.list_on(lists, today).vat_basis_points)
    return rules.tables(rows, asked.span, vat)


@dataclass(frozen=True)
class Rates:
    """What piled up in the months that were asked for, and how `this` month stands."""

    asked: Asked
    services: Sequence[Service]
    tables: Sequence[Table]
    prices: PriceList
    current: Table | None  # that of the currency in force
    this: date
    so_far: Decimal
    charged: date | None  # the last day that was
    seats: int | None  # of the one service that was asked for

    scopes = Scope
    types = ServiceType
    numbers = {series: number for number, series in enumerate(rules.Series, start=1)}

    @property
    def currency(self) -> str:
        return self.prices.currency

    @property
    def seat_price(self) -> Decimal:
        return self.prices.prices[Item.SEAT]

    @property
    def last_month(self) -> Decimal:
        """The charges of the month before, where the table shows it."""
        before = rules.month_of(self.this - timedelta(days=1))
        if self.current is None or before not in self.current.months:
            return Decimal(0)
        return self.current.month_total(before)

    def series_number(self, item: Item) -> int:
        return self.numbers[rules.series_of(item)]


@bp.get("")
@requires(CONTRACTS)
def index() -> Response:
    services, today = list(organization.contracted_services()), organization.today()
    asked = _asked(services, today)
    idents = _service_ids(asked, services)
    lists = organization.price_lists()
    prices = queries.list_on(lists, today)
    rows = queries.item_months(asked.span, idents)
    tables = _tables(asked, rows, idents, today, lists)
    this = rules.month_of(today)
    so_far = (
        [row for row in rows if row.month == this]
        if this in asked.span
        else queries.item_months([this], idents)
    )
    rates = Rates(
        asked=asked,
        services=services,
        tables=tables,
        prices=prices,
        current=next((t for t in tables if t.currency == prices.currency), None),
        this=this,
        so_far=queries.total(so_far, prices.currency),
        charged=queries.last_day(),
        seats=_seats(asked),
    )
    return ui.render(
        "rates/index",
        rates=rates,
        chart=chart.bars,
        labels=labels,
        organization_labels=organization_labels,
    )


def _seats(asked: Asked) -> int | None:
    contract = asked.service.contract if asked.service else None
    return contract.terms.seats if contract else None


@bp.get("/excel")
@requires(CONTRACTS, writes=True)
def excel() -> Response:
    """The same table as .xlsx; the download is recorded (LOG-3) before it leaves."""
    services, today = list(organization.contracted_services()), organization.today()
    asked = _asked(services, today)
    if asked.error:
        raise asked.error
    idents = _service_ids(asked, services)
    charged, lists = queries.item_months(asked.span, idents), organization.price_lists()
    tables = _tables(asked, charged, idents, today, lists)
    this = rules.month_of(today)
    months = (
        i18n.month(m, "yMMM") + (" " + _("expected") if m == this else "") for m in asked.span
    )
    head = [_("Item"), _("Currency"), *months, _("Total")]
    lines: list[tuple[str, str, list[Decimal]]] = []
    for table in tables:
        for item in table.amounts:
            cells = [table.amounts[item].get(m, Decimal(0)) for m in asked.span]
            lines.append(
                (
                    str(organization_labels.ITEMS[item].text),
                    table.currency,
                    [*cells, table.item_total(item)],
                )
            )
        lines.append(
            (_("Total"), table.currency, [*(table.month_total(m) for m in asked.span), table.total])
        )
        lines.append(
            (_("VAT"), table.currency, [*(table.vat[m] for m in asked.span), table.vat_total])
        )
    rows = [
        [name, currency, *(rounded(amount, currency) for amount in amounts)]
        for name, currency, amounts in lines
    ]
    content = xlsx.workbook(_("Charges"), head, rows)
    with db.write():
        audit.work(
            Work.EXCEL_RATES,
            actor=actor(),
            service=asked.service,
            detail={"query": request.query_string.decode()[:300]},
        )
    return xlsx.download(content, _("Charges") + f" {asked.span[0]:%Y-%m}–{asked.span[-1]:%Y-%m}")
