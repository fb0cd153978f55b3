"""From contract to first call: what a new service still needs."""

import enum


class Step(enum.Enum):
    """What is done once, in this order, before customers reach somebody."""

    MANAGER = "manager"
    AGENTS = "agents"
    QUEUE = "queue"
    MENU = "menu"
    PUBLISH = "publish"
    CALL = "call"


OF_EVERY_SERVICE = (Step.MANAGER, Step.AGENTS)


def steps_of(phone: bool) -> tuple[Step, ...]:
    """The steps of a service with or without phone."""
    return tuple(Step) if phone else OF_EVERY_SERVICE
