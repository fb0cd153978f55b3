"""Facts that the features above react to."""

from dataclasses import dataclass


@dataclass
class RecordingAsked:
    """Whether calls are recorded; whoever records them says so."""

    on: bool = False
