"""Facts that the features above react to."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class CategoryUseCounted:
    """How many tickets carry one of these categories; whoever keeps tickets adds theirs."""

    idents: Sequence[int]
    tickets: int = 0
