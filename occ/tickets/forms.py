from wtforms import BooleanField, HiddenField, SelectField, TextAreaField

from occ.core.forms import Email, Form, Phone, Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.tickets.labels import PRIORITIES
from occ.tickets.rules import SUBJECT_MAX, Priority


class TicketForm(Form):
    """A ticket written by hand."""

    key = HiddenField()
    subject = Text(_("Title"), limit=SUBJECT_MAX)
    body = TextAreaField(_("Content"))
    name = Text(_("Customer's name"), limit=50, required=False)
    phone = Phone(_("Customer's phone number"), required=False)
    email = Email(_("Customer's e-mail"), required=False)
    intake = HiddenField(_("Intake type"))
    priority = SelectField(
        _("Priority"),
        choices=[(p.value, label.text) for p, label in PRIORITIES.items()],
        default=Priority.NORMAL.value,
    )
    take = BooleanField(_("Take it myself"), default=True)


class CustomerForm(VersionedForm):
    name = Text(_("Name"), limit=50, required=False)
    phone = Phone(_("Phone number"), required=False)
    email = Email(_("E-mail"), required=False)
