from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Label:
    """How a coded value is shown: words, hue and icon, so that colour is never alone."""

    text: Any
    tone: str = "gray"
    icon: str = ""
