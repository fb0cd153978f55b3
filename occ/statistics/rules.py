"""From contract to the first mail and call: what a new service still needs."""

import enum


class Step(enum.Enum):
    """What is done once, in this order, before customers reach somebody."""

    MANAGER = "manager"
    AGENTS = "agents"
    MAILBOX = "mailbox"
    QUEUE = "queue"
    MENU = "menu"
    PUBLISH = "publish"
    CALL = "call"
    TEXTS = "texts"


OF_EVERY_SERVICE = (Step.MANAGER, Step.AGENTS)
OF_THE_PHONE = (Step.QUEUE, Step.MENU, Step.PUBLISH, Step.CALL)


def steps_of(*, mail: bool, phone: bool, texts: bool) -> tuple[Step, ...]:
    """The steps of a service with or without mail, phone and text messages."""
    return (
        *OF_EVERY_SERVICE,
        *((Step.MAILBOX,) if mail else ()),
        *(OF_THE_PHONE if phone else ()),
        *((Step.TEXTS,) if texts else ()),
    )
