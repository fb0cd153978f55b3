"""Facts that the features above react to."""

from dataclasses import dataclass

from occ.fields.models import Field


@dataclass
class FieldUseCounted:
    """Somebody asks whether a field holds values; whoever keeps some adds how many."""

    field: Field
    values: int = 0


@dataclass(frozen=True)
class FieldKept:
    """How a field's values are kept has changed: encrypted or not, purged
    or not, or the field is gone.
    """

    field: Field
