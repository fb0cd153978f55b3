"""What the phone contract adds to facts of the features below it."""

from occ.core.errors import Refused
from occ.core.events import on
from occ.core.i18n import gettext as _
from occ.organization.events import TermsProposed
from occ.organization.rules import Feature
from occ.tenant import queries


@on(TermsProposed)
def needs_phone_contract(event: TermsProposed) -> None:
    """Nobody buys a licence unasked: it is chosen with the first service that
    contracts phone (TNT-1, ORG-3).
    """
    if Feature.PHONE in event.terms.features and queries.current() is None:
        raise Refused(_("Choose the plan and the seats of the phone licence."), "plan")
