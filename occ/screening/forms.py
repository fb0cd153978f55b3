from wtforms import BooleanField

from occ.core.forms import Count, Form, Text, VersionedForm
from occ.core.i18n import lazy_gettext as _
from occ.screening.rules import MINUTES_DEFAULT, MINUTES_MAX, MOST_DEFAULT, MOST_MAX


class RuleForm(VersionedForm):
    """How many inquiries one source may file."""

    on = BooleanField(
        _("Limit inquiries"),
        description=_("What is more is held back until somebody lets it in; nothing is lost."),
        default=True,
    )
    most = Count(_("Inquiries at most"), 1, MOST_MAX, default=MOST_DEFAULT)
    minutes = Count(_("Within minutes"), 1, MINUTES_MAX, default=MINUTES_DEFAULT)


class BlockForm(Form):
    """Whose inquiries are held back."""

    value = Text(
        _("Address or sender"),
        limit=254,
        description=_(
            "An IP address such as 203.0.113.7, a range such as 203.0.113.0/24, an e-mail address, "
            "or a domain as @example.com."
        ),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
