import enum
from datetime import timedelta


class State(enum.Enum):
    WAITING = "waiting"
    SENT = "sent"
    LOCAL = "local"
    FAILED = "failed"


ATTEMPTS = 8


LONGEST = timedelta(hours=4)


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: 1, 2, 4 … minutes, at most 4 hours."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), LONGEST)
