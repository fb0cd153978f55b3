"""One map an enum: what parts and sections of a help center are called and do."""

from occ.core.i18n import lazy_gettext as _
from occ.help_center.site.rules import Part, SectionKind

PARTS = {
    Part.FAQ: _("Frequently asked questions"),
    Part.NOTICES: _("Notices"),
    Part.INQUIRIES: _("Inquiries and my inquiries"),
    Part.CALLBACKS: _("Ask for a call"),
    Part.WIDGET: _("Widget"),
    Part.COMPANY: _("Company information"),
}
PURPOSES = {
    Part.FAQ: _("Answers by category, with search and suggestions."),
    Part.NOTICES: _("What customers should know now, by heading and tag."),
    Part.INQUIRIES: _("Customers write to you, and read what was answered."),
    Part.CALLBACKS: _("Customers ask to be called back within your hours."),
    Part.WIDGET: _("Search, answers and inquiries on your own site."),
    Part.COMPANY: _("Who you are, your terms and how you keep personal data."),
}
LACKS = {
    Part.INQUIRIES: _("Customers find it once tickets are contracted."),
    Part.CALLBACKS: _(
        "Customers find it once phone and callbacks are contracted and a queue takes callbacks."
    ),
}
"""Why a part that is on is not found."""
SECTIONS = {
    SectionKind.SEARCH: _("Greeting and search"),
    SectionKind.NOTICES: _("Newest notices"),
    SectionKind.CATEGORIES: _("Categories of the FAQ"),
    SectionKind.FAQ: _("Pinned questions"),
    SectionKind.WAYS: _("Ways to reach you"),
    SectionKind.TEXT: _("Text of your own"),
}
