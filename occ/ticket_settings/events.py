"""Facts that the features above react to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from occ.organization.models import Service
from occ.ticket_settings.models import Category


@dataclass
class CategoryUseCounted:
    """How many tickets carry one of these categories; whoever keeps tickets adds theirs."""

    idents: Sequence[int]
    tickets: int = 0


@dataclass(frozen=True)
class CategoryAdded:
    """An intake or resolution type was added."""

    category: Category


@dataclass
class PlaceholdersAsked:
    """Which placeholders a service's templates have besides the fixed ones; whoever
    fills some in adds their names.
    """

    service: Service
    names: dict[str, str] = field(default_factory=dict)
