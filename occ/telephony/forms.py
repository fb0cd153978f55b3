from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    ValidationError,
)

from occ.core.forms import Count, Form, Phone, Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import ngettext
from occ.telephony.labels import TICKET_ON
from occ.telephony.rules.calls import NOTES_MAX, CtiVersion


class CtiForm(VersionedForm):
    version_name = RadioField(
        _("CTI version"),
        choices=[(v.value, v.value) for v in CtiVersion],
        default=CtiVersion.MOBILE.value,
    )
    tenant_id = Text(_("Tenant ID"), limit=30)
    tenant_name = Text(_("Tenant name"), limit=50)
    service_level_seconds = Count(_("Service level (seconds)"), 1, 600)
    recall_seconds = Count(_("Recall (seconds)"), 5, 300)
    accepted_abandon_seconds = Count(
        _("Accepted abandon time (seconds)"),
        0,
        600,
        description=_("Callers who leave the queue sooner are abandoned, too, but counted apart."),
    )
    ticket_on = RadioField(
        _("Tickets of outbound calls"), choices=[(k.value, v) for k, v in TICKET_ON.items()]
    )
    record = BooleanField(_("Record calls"))
    log_on = BooleanField(_("CTI log"))


class CtiAgentForm(Form):
    cti_id = Text(_("CTI ID"), limit=20)
    number = Text(_("CTI number"), limit=6)


class DialForm(Form):
    number = Text(_("Number to call"), limit=32)
    caller_id = SelectField(_("Caller ID"), validate_choice=False)


class ConsultForm(Form):
    number = Text(_("Number"), limit=32, required=False)
    member = HiddenField()


class FavouriteForm(Form):
    name = Text(_("Name"), limit=30)
    number = Text(_("Number"), limit=32, render_kw={"type": "tel", "autocomplete": "off"})


class WrapUpForm(Form):
    disposition = SelectField(_("Disposition"), validate_choice=False)
    notes = TextAreaField(_("Notes"))
    state = SelectField(_("Next"), validate_choice=False)

    def validate_notes(self, field: Any) -> None:
        field.data = (field.data or "").replace("\r\n", "\n").replace("\x00", "").strip()
        if len(field.data) > NOTES_MAX:
            over = len(field.data) - NOTES_MAX
            raise ValidationError(
                ngettext("%(num)d character too many.", "%(num)d characters too many.", over)
            )


class CallerForm(Form):
    caller = Phone(_("Calls from"))


class LoadForm(Form):
    on = BooleanField(_("Load mode"), validators=[])
    calls_per_hour = Count(_("Calls an hour"), 1, 3600)
    patience_seconds = Count(_("Callers hang up after (seconds)"), 5, 1800)
    talk_seconds = Count(_("Talk time (seconds)"), 5, 3600)
    robots = Count(_("Agents that answer by themselves"), 0, 200)
