"""What can be done to many tickets at once, and what that has to know (TKT-2)."""

import enum

from occ.ticket_settings.rules import CategoryKind
from occ.tickets.rules import Box


class Action(enum.Enum):
    """What can be done to many tickets at once (TKT-2)."""

    TAKE = "take"
    TRANSFER = "transfer"
    PRIORITY = "priority"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    INTERNAL = "internal"
    FINISH = "finish"
    RESTORE = "restore"
    DELETE = "delete"


class ItemState(enum.Enum):
    """How far one ticket of a bulk action is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


KINDS = {Action.INTAKE: CategoryKind.INTAKE, Action.RESOLUTION: CategoryKind.RESOLUTION}
NEEDS = {
    Action.TAKE: ("group",),
    Action.TRANSFER: ("group", "member"),
    Action.PRIORITY: ("priority",),
    Action.INTAKE: ("category",),
    Action.RESOLUTION: ("category",),
    Action.INTERNAL: ("reason", "body"),
}


def offered(box: Box, *, manager: bool, transfers: bool) -> list[Action]:
    """What may be done to tickets of a box."""
    if box is Box.SPAM:
        return [Action.RESTORE, Action.DELETE] if manager else []
    known = {
        Action.TRANSFER: transfers,
        Action.FINISH: manager,
        Action.RESTORE: False,
        Action.DELETE: False,
    }
    return [action for action in Action if known.get(action, True)]
