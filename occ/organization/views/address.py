"""The service that the address names."""

from typing import cast

from flask import g

from occ.organization.models import Service


def current_service() -> Service:
    """The service in the address, which the viewer may see; only where an address names one."""
    return cast(Service, g.service)
