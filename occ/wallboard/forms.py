from wtforms import SelectMultipleField

from occ.core.forms import Form, Text
from occ.core.i18n import lazy_gettext as _


def _ident(value: str) -> int:
    return (
        int(value) if str(value).isascii() and str(value).isdigit() and len(str(value)) < 10 else 0
    )


class LinkForm(Form):
    name = Text(_("Name"), limit=30, description=_("Where the screen hangs."))
    services = SelectMultipleField(_("Services"), coerce=_ident, validate_choice=False)
    addresses = Text(
        _("Only from these addresses"),
        limit=400,
        required=False,
        description=_("For example 203.0.113.7 198.51.100.0/24"),
    )
