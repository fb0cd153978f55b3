"""Facts that the features above react to."""

from dataclasses import dataclass, field

from occ.audit.service import Actor
from occ.organization.models import Service
from occ.organization.rules import ServiceState, Terms


@dataclass(frozen=True)
class TermsProposed:
    """A contract is about to be signed or changed; a handler may refuse it."""

    service: Service
    terms: Terms
    actor: Actor


@dataclass(frozen=True)
class ServiceStateChanged:
    service: Service
    state: ServiceState
    actor: Actor


@dataclass
class ServiceErased:
    """The service's data goes; handlers remove theirs and count it for the certificate."""

    service: Service
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class FilesNamed:
    """Which stored files are in use; handlers add the keys that their rows name."""

    keys: set[str] = field(default_factory=set)
