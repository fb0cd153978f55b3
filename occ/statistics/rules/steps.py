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
    FAQ = "faq"


OF_EVERY_SERVICE = (Step.MANAGER, Step.AGENTS)
OF_THE_PHONE = (Step.QUEUE, Step.MENU, Step.PUBLISH, Step.CALL)


def steps_of(*, mail: bool, phone: bool, texts: bool, faq: bool) -> tuple[Step, ...]:
    """The steps of a service with or without mail, phone, text messages and a help center."""
    return (
        *OF_EVERY_SERVICE,
        *((Step.MAILBOX,) if mail else ()),
        *(OF_THE_PHONE if phone else ()),
        *((Step.TEXTS,) if texts else ()),
        *((Step.FAQ,) if faq else ()),
    )
