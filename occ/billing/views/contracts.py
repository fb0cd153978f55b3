"""The contract list (ORG-1): it shows fees and seats in use, so it stands
above the features that know them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask import Blueprint, Response, request

from occ.billing import queries, rules
from occ.core import ui
from occ.core.access import requires
from occ.core.paging import Page
from occ.identity.queries import seats_used
from occ.organization import labels
from occ.organization import queries as organization
from occ.organization.models import ServiceDraft
from occ.organization.permissions import CONTRACTS
from occ.organization.rules import ServiceState, ServiceType

bp = Blueprint("contracts", __name__, url_prefix="/c/org/contracts")


@dataclass(frozen=True)
class Contracts:
    """A page of services with their fees of this month, and those whose first step is not done."""

    page: Page
    order: tuple[str, bool]
    drafts: Sequence[ServiceDraft]
    currency: str
    fees: Mapping[int, Decimal]
    today: date


@bp.get("")
@requires(CONTRACTS)
def index() -> Response:
    kind = next((t for t in ServiceType if t.value == request.args.get("type")), None)
    state = next((s for s in ServiceState if s.value == request.args.get("state")), None)
    text = ui.arg("q")
    order = ui.sorting(*organization.CONTRACT_ORDERS)
    page = organization.contract_list(
        order=order,
        text=text,
        kind=kind,
        state=state,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    today = organization.today()
    idents = [service.id for service in page.rows]
    currency = organization.prices_on(today).currency
    first = not (request.args.get("after") or request.args.get("before"))
    drafts = (
        organization.drafts(text)
        if first and not (kind or (state and state is not ServiceState.UNUSED))
        else []
    )
    return ui.render(
        "contracts/index",
        contracts=Contracts(
            page=page,
            order=order,
            drafts=drafts,
            currency=currency,
            fees=queries.fees_this_month(idents, today, currency),
            today=today,
        ),
        labels=labels,
        states=ServiceState,
        types=ServiceType,
    )


@dataclass(frozen=True)
class Figures:
    """The organization this month, in the currency of its price list."""

    contracted: int
    waiting: int
    seats: int
    used: int
    so_far: Decimal
    messages: Decimal
    expected: Decimal
    last: Decimal
    currency: str
    today: date
    charged: date | None

    @property
    def change(self) -> Decimal:
        """Against the last month; nothing where that had no charges."""
        return self.expected - self.last if self.last else Decimal(0)


@bp.get("/figures")
@requires(CONTRACTS)
def figures() -> Response:
    """The strip of figures, fetched after the page: it adds up every service."""
    today = organization.today()
    lists = organization.price_lists()
    prices = queries.list_on(lists, today)
    month = rules.month_of(today)
    before = rules.month_of(month - timedelta(days=1))
    so_far = queries.item_months([month])
    expected = rules.merged([*so_far, *queries.expected_rest(today, None, lists)])
    contracted, waiting = organization.summary()
    messages = [row for row in so_far if rules.series_of(row.item) is rules.Series.MESSAGES]
    found = Figures(
        contracted=contracted,
        waiting=waiting,
        seats=organization.seats_contracted(),
        used=sum(seats_used().values()),
        so_far=queries.total(so_far, prices.currency),
        messages=queries.total(messages, prices.currency),
        expected=queries.total(expected, prices.currency),
        last=queries.total(queries.item_months([before]), prices.currency),
        currency=prices.currency,
        today=today,
        charged=queries.last_day(),
    )
    return ui.render("contracts/index", part="figures", figures=found)
