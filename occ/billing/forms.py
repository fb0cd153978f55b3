"""Forms of what contracts cost."""

from wtforms import IntegerField, RadioField

from occ.core.errors import Refused
from occ.core.i18n import gettext
from occ.core.i18n import lazy_gettext as _
from occ.organization.forms import TermsForm
from occ.organization.rules import Item, Terms
from occ.tenant.labels import PLANS
from occ.tenant.rules import SEATS_MAX, Licence, Plan


class ContractForm(TermsForm):
    """A service's contract details with the licence of the phone contract that it
    may bring along (ORG-3, TNT-1).
    """

    plan = RadioField(
        _("Phone licence"),
        choices=[(p.value, label) for p, label in PLANS.items()],
        validate_choice=False,
    )
    licence_seats = IntegerField(_("Licence seats"), default=1)

    def fill(self, terms: Terms, licence: Licence) -> None:
        """Shows what the page begins with."""
        self.seats.data = terms.seats
        self.sms.data, self.mms.data = (
            terms.volumes.get(item, 0) for item in (Item.SMS_MESSAGE, Item.MMS_MESSAGE)
        )
        self.plan.data, self.licence_seats.data = licence.plan.value, licence.seats

    def licence(self) -> Licence:
        """What is chosen. Raises Refused where it is no plan or no number of seats."""
        plan = next((p for p in Plan if p.value == self.plan.data), None)
        if plan is None:
            raise Refused(gettext("Choose the plan and the seats of the phone licence."), "plan")
        seats = self.licence_seats.data
        if seats is None or self.licence_seats.process_errors or not 1 <= seats <= SEATS_MAX:
            raise Refused(gettext("Choose 1 to 9,999 seats."), "licence_seats")
        return Licence(plan, seats)

    def shown_licence(self) -> Licence:
        """What is chosen as far as it can be shown."""
        plan, seats = (
            next((p for p in Plan if p.value == self.plan.data), Plan.BASIC),
            self.licence_seats.data or 0,
        )
        return Licence(plan, seats if 1 <= seats <= SEATS_MAX else 1)
