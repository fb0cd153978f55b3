"""The wizard's second step (ORG-3): contract details with what they cost, the phone licence
included, so it stands with the charges.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, abort, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.audit.views import actor
from occ.billing import service
from occ.billing.forms import ContractForm
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.organization import labels, queries, rules
from occ.organization import service as organization
from occ.organization.models import Service, terms_from
from occ.organization.permissions import CONTRACTS
from occ.organization.rules import Feature, Item, ServiceState, ServiceType, Terms
from occ.tenant import labels as tenant_labels
from occ.tenant import queries as tenant
from occ.tenant.models import Tenant
from occ.tenant.rules import LICENCES, Licence, Plan

bp = Blueprint("contract_terms", __name__, url_prefix="/c/org/contracts")
SEATS = 5  # proposed


def _found(ident: int) -> Service:
    return queries.service(ident) or abort(404)


def _estimate(terms: Terms, licence: Licence | None) -> rules.Estimate:
    prices = queries.prices_on(queries.today())
    brings = (
        (LICENCES[licence.plan], licence.seats)
        if licence and Feature.PHONE in terms.features
        else None
    )
    return rules.estimate(terms, prices.prices, prices.currency, licence=brings)


@dataclass(frozen=True)
class Wizard:
    """Step 2 with a choice: the switches with their reasons, the licence, the estimate and what
    changed against the contract in force.
    """

    service: Service
    terms: Terms
    licence: Licence
    phone: Tenant | None  # the phone contract, where there is one already
    offers: Sequence[tuple[rules.Group, Sequence[rules.Offer]]]
    locked: Mapping[Feature, str]
    prices: Mapping[Item, Decimal]
    currency: str
    vat: Decimal
    estimate: rules.Estimate
    before: rules.Estimate | None
    today: date
    next_change: str

    plans = LICENCES
    items = {item.value: item for item in Item}

    @property
    def not_yet(self) -> Set[Feature]:
        return rules.NOT_YET

    @property
    def offers_phone(self) -> bool:
        return any(one.feature is Feature.PHONE for _group, some in self.offers for one in some)

    @property
    def charges_messages(self) -> bool:
        return rules.is_priced(Item.SMS_MESSAGE)

    @property
    def changed_today(self) -> bool:
        contract = self.service.contract
        return contract is not None and contract.changed_on(self.today)


def _wizard(found: Service, terms: Terms, licence: Licence) -> Wizard:
    today, phone = queries.today(), tenant.current()
    prices = queries.prices_on(today)
    locked = (
        {}
        if queries.issue_service_in_use()
        else {Feature.HANDOVER: _("Hand-over needs an issue service in use.")}
    )
    in_force = found.contract.terms if found.contract else None
    offered = rules.offers_for(found.type, in_force.features if in_force else frozenset())
    return Wizard(
        service=found,
        terms=terms,
        licence=licence,
        phone=phone,
        offers=[
            (group, of) for group in rules.Group if (of := [o for o in offered if o.group is group])
        ],
        locked=locked,
        prices=prices.prices,
        currency=prices.currency,
        vat=prices.vat_percent,
        estimate=_estimate(terms, None if phone else licence),
        before=_estimate(in_force, None) if in_force else None,
        today=today,
        next_change=queries.next_change(queries.the_organization()),
    )


def _page(wizard: Wizard, form: ContractForm) -> Response:
    return ui.render(
        "wizard/terms",
        status=form.status,
        form=form,
        wizard=wizard,
        labels=labels,
        tenant_labels=tenant_labels,
    )


def _proposed(found: Service) -> Terms:
    """What the page begins with: the contract in force, what was chosen
    before, else what most need.
    """
    if found.contract:
        return found.contract.terms
    if found.draft_terms:
        draft = terms_from(found.draft_terms)
        return replace(draft, features=draft.features - rules.NOT_YET)
    features = (
        {Feature.TICKET}
        if found.type is ServiceType.ISSUE
        else {Feature.TICKET, Feature.HELP_CENTER} - rules.NOT_YET
    )
    return Terms(frozenset(features), SEATS)


def _proposed_licence(found: Service, terms: Terms) -> Licence:
    """The phone licence as it was chosen before, else the plain one with the service's seats."""
    kept = (found.draft_terms or {}).get("licence", {})
    return Licence(Plan(kept.get("plan", Plan.BASIC.value)), kept.get("seats", terms.seats))


@bp.route("/<int:ident>/terms", methods=["GET", "POST"])
@requires(CONTRACTS)
def terms(ident: int) -> Response | BaseResponse:
    found = _found(ident)
    if found.state in queries.GONE:
        abort(404)
    form = ContractForm()
    if form.is_submitted():
        return _sign(found, form)
    chosen = _proposed(found)
    licence = _proposed_licence(found, chosen)
    form.fill(chosen, licence)
    form.version.data = str(found.contract_id or 0)
    return _page(_wizard(found, chosen, licence), form)


def _sign(found: Service, form: ContractForm) -> Response | BaseResponse:
    ident = found.id
    with form.saving(stored=lambda: _found(ident)):
        chosen = form.terms()
        # a plan that was shown is signed, or refused where somebody signed another one meanwhile
        brings = Feature.PHONE in chosen.features and (form.plan.data or tenant.current() is None)
        licence = form.licence() if brings else None
        if form.validate():
            with db.write():
                service.sign(found, chosen, licence, actor=actor(), seen=form.seen_version or None)
            name = _found(ident).name
            done = (
                _("The contract of “%(name)s” is changed.", name=name)
                if form.seen_version
                else _("“%(name)s” is contracted.", name=name)
            )
            # a new service's page says what comes next
            page = (
                url_for("contracts.index")
                if form.seen_version
                else url_for("wizard.detail", ident=ident)
            )
            return ui.done(done, go=page)
    return _page(_wizard(_found(ident), form.shown(), form.shown_licence()), form)


@bp.post("/<int:ident>/estimate")
@requires(CONTRACTS)
def estimate(ident: int) -> Response:
    """The estimate in place while switches move; before signing, the choice is kept (ORG-2)."""
    found, form = _found(ident), ContractForm()
    try:
        chosen = form.terms()
        licence = (
            form.licence()
            if Feature.PHONE in chosen.features and tenant.current() is None
            else form.shown_licence()
        )
        if not 1 <= chosen.seats <= rules.SEATS_MAX:
            raise Refused(_("Choose 1 to 9,999 seats."), "seats")
        if any(not 0 <= volume <= rules.VOLUME_MAX for volume in chosen.volumes.values()):
            raise Refused(_("Expect 0 to 10,000,000 a month."), "volumes")
    except Refused as error:
        return ui.render("wizard/terms", part="estimate_error", status=422, error=error)
    if found.state is ServiceState.UNUSED:
        with db.write():
            organization.save_terms_draft(
                found, chosen, {"plan": licence.plan.value, "seats": licence.seats}
            )
        found = _found(ident)
    return ui.render(
        "wizard/terms", part="estimate", wizard=_wizard(found, chosen, licence), labels=labels
    )
