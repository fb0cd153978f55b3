from typing import Any

from flask_wtf.file import FileField
from wtforms import RadioField, SelectMultipleField

from occ.ars.labels import AFTER_CALL, AFTER_LOGIN
from occ.ars.rules.phone import NAME_MAX
from occ.core.forms import Form, Phone, Text, VersionedForm
from occ.core.i18n import lazy_gettext as _


class Idents(SelectMultipleField):
    """Row ids; the service checks whose they are."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        super().__init__(label, coerce=lambda v: int(v) if str(v).isascii() and str(v).isdigit() and len(str(v)) < 10 else 0, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Any id is taken here."""


class QueueForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)
    agents = Idents(_("Assigned agents"))


class DispositionForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)


class WorkForm(VersionedForm):
    after_login = RadioField(_("State after the CTI login"), choices=[(k.value, v) for k, v in AFTER_LOGIN.items()])
    after_call = RadioField(_("State after a call"), choices=[(k.value, v) for k, v in AFTER_CALL.items()])
    popup_url = Text(
        _("Address of the receive popup"),
        limit=500,
        required=False,
        description=_("Opens your own system when it rings. {caller}, {called}, {queue} and {call} are filled in."),
    )


class CallerIdForm(VersionedForm):
    name = Text(_("Name"), limit=NAME_MAX)
    number = Phone(_("Number"))
    proof = FileField(_("Proof document"), description=_("PDF, PNG or JPEG, at most 3 MB."))


class DecisionForm(Form):
    reason = Text(_("Reason"), limit=200, required=False)
