from collections.abc import Sequence

from occ.audit.service import Actor
from occ.core import clock, crypto
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.identity.rules import network
from occ.organization.models import Service
from occ.wallboard.models import WallLink


def add_link(
    service: Service,
    *,
    name: str,
    services: Sequence[int],
    addresses: str,
    allowed: set[int],
    actor: Actor,
) -> str:
    """Makes a wall link and returns its token, which is shown once; `allowed` are the services its
    maker manages (MON-5).
    """
    if not services or not set(services) <= allowed:
        raise Refused(_("Choose services that you manage."), "services")
    try:
        ranges = [network(part) for part in addresses.replace(",", " ").split()]
    except Refused as error:
        raise Refused(error.message, "addresses") from error
    assert actor.id is not None
    token = crypto.token()
    db.session.add(
        WallLink(
            service_id=service.id,
            name=name,
            hash=crypto.digest(token),
            services=sorted(set(services)),
            addresses=" ".join(ranges),
            made_by=actor.id,
            created_at=clock.now(),
        )
    )
    return token


def revoke(link: WallLink) -> None:
    """Its screen loses the board at its next poll."""
    link.revoked_at = link.revoked_at or clock.now()
    touch("wall")
