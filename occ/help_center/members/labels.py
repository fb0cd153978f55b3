"""How ways of signing in are worded."""

from occ.core.i18n import lazy_gettext as _
from occ.help_center.members.rules import Carrier, EntryType, Method, Parameter

TYPES = {
    EntryType.POST: _("POST: the site has a login page of its own"),
    EntryType.GET: _("GET: an app opens the help center"),
}
METHODS = {
    Method.NONE: _("Nobody signs in: everybody is a guest"),
    Method.EMAIL: _("Link by mail: whoever reads an address is who they say"),
    Method.SSO: _("SSO: members of a customer site"),
}
PARAMETERS = {
    Parameter.USERCODE: _("User ID"),
    Parameter.USERNAME: _("Name"),
    Parameter.EMAIL: _("E-mail"),
    Parameter.PHONE: _("Phone number"),
    Parameter.MEMBERNO: _("Member number"),
}
CARRIERS = {
    Carrier.QUERY: _("In the address"),
    Carrier.HEADER: _("In a header"),
}
