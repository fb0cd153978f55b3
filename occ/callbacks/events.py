"""Facts that the features above react to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Consented:
    """What somebody consented to who asked for a call: a version of the text, 0 for the one that
    came with the console, the name of the language it was shown in, and when.
    """

    version: int
    language: str
    at: datetime


@dataclass
class ConsentsAsked:
    """Callbacks are shown; whoever took them in says by their ids what their customers consented
    to.
    """

    callbacks: Sequence[int]
    found: dict[int, Consented] = field(default_factory=dict)
