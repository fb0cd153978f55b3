"""The form of a report (STA-4)."""

from wtforms import SelectField, SelectMultipleField

from occ.core.forms import Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.core.values import ident
from occ.statistics.labels import EVERY
from occ.statistics.rules.reports import Every

NAME_MAX = 60


class ReportForm(VersionedForm):
    """A report's name, how often it is mailed, and to whom."""

    name = Text(_("Name"), limit=NAME_MAX)
    every = SelectField(
        _("By mail"),
        choices=[(one.value, words) for one, words in EVERY.items()],
        default=Every.NEVER.value,
        description=_("As an Excel file of the day, week or month before, at 8 o’clock."),
    )
    readers = SelectMultipleField(
        _("Who gets it"), coerce=lambda value: ident(str(value)) or 0, validate_choice=False
    )

    @property
    def chosen(self) -> Every:
        return Every(self.every.data)
