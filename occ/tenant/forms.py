from wtforms import BooleanField, DateField, HiddenField, RadioField
from wtforms.validators import Optional

from occ.core.forms import Count, Email, Form, Phone, Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.tenant.labels import PLANS
from occ.tenant.rules import LINES_MAX, PHONES_MAX, SEATS_MAX


class CompanyForm(VersionedForm):
    """Who contracted, and until when (TNT-1)."""

    name = Text(_("Company name"), limit=100)
    business_number = Text(_("Business number"), limit=20, required=False)
    contact = Text(_("Contact"), limit=50, required=False)
    phone = Phone(_("Phone"), required=False)
    email = Email(_("E-mail"), required=False)
    postal_code = Text(_("Postal code"), limit=10, required=False)
    address = Text(_("Address"), limit=200, required=False)
    ends_on = DateField(
        _("Last day of use"),
        validators=[Optional()],
        description=_("Empty for an open end. After it calls hear a notice and end."),
    )


class LicenceForm(VersionedForm):
    """Plan, seats and lines; `version` is the version of the contract it was opened with."""

    version_of = "licence_id"
    plan = RadioField(_("Plan"), choices=[(p.value, label) for p, label in PLANS.items()])
    seats = Count(_("Licence seats"), 1, SEATS_MAX)
    lines = Count(_("Lines"), 1, LINES_MAX)


class OrderForm(Form):
    """Desk phones and where they are sent (TNT-2)."""

    key = HiddenField()
    quantity = Count(_("How many"), 1, PHONES_MAX)
    recipient = Text(_("Recipient"), limit=50)
    phone = Phone(_("Phone of the recipient"))
    postal_code = Text(_("Postal code"), limit=10)
    address = Text(_("Address"), limit=200)
    checked = BooleanField(
        _("I checked the number of phones and the address."),
        description=_("They are sent without another question."),
    )
