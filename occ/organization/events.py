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
class ServiceEmptied:
    """A service is about to be erased: handlers of growing tables remove at most `limit` of its
    rows and say how many went.

    Each is asked again and again, a transaction each time, until nothing of its is left.
    """

    service_id: int
    limit: int
    counts: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    def went(self, name: str, rows: int) -> None:
        """`name` is what the certificate calls them; those without one stand
        only for their part of the work.
        """
        self.rows += rows
        if name:
            self.counts[name] = self.counts.get(name, 0) + rows


@dataclass
class ServiceErased:
    """The service's data goes; handlers remove theirs and count it for the certificate."""

    service: Service
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class FilesNamed:
    """Which stored files are in use; handlers add the keys that their rows name."""

    keys: set[str] = field(default_factory=set)
