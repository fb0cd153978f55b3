"""Facts that the features above react to."""

from dataclasses import dataclass


@dataclass
class SeatsCounted:
    """How many licence seats are taken; whoever gives them out adds theirs."""

    used: int = 0
