"""What the phone contract adds to facts of the features below it."""

from occ.core.events import on
from occ.organization.events import TermsProposed
from occ.organization.rules import Feature
from occ.tenant import service


@on(TermsProposed)
def sign_phone_contract(event: TermsProposed) -> None:
    """The first service with phone signs it, for its own seats (TNT-1: filled from set-up)."""
    if Feature.PHONE in event.terms.features:
        service.ensure(event.terms.seats, actor=event.actor)
