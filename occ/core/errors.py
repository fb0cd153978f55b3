"""Refusals: what a rule says no to, in words that are shown beside the field they belong to."""

from typing import Any

from occ.core.i18n import lazy_gettext


class Refused(Exception):
    """A rule said no. `message` is lazily translated; `field` names the
    input it belongs to, if any.
    """

    status = 422

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class NotAllowed(Refused):
    """A right is missing, on something one may see: the message says which one and who
    grants it.
    """

    status = 403


class Conflict(Refused):
    """Somebody else was faster: the typed text is kept and shown again beside what is
    stored now.
    """

    status = 409


def check_version(row: Any, seen: int) -> None:
    """Raises Conflict when the row changed since its form was opened."""
    if row.version != seen:
        raise Conflict(
            lazy_gettext(
                "Somebody else saved first. What you typed is kept; compare it with "
                "what is stored now."
            )
        )
