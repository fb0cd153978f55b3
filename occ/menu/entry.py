"""What the navigation consists of."""

from dataclasses import dataclass
from typing import Any

from occ.core.access import Permission
from occ.organization.rules import Feature


@dataclass(frozen=True)
class Entry:
    """One page of the menu; `tabs` are pages of their own under the same heading."""

    endpoint: str
    label: Any
    icon: str
    permission: Permission
    feature: Feature | None = None
    tabs: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class MenuGroup:
    label: Any
    entries: tuple[Entry, ...]


def tab(endpoint: str, label: Any, permission: Permission, feature: Feature | None = None) -> Entry:
    return Entry(endpoint, label, "", permission, feature)


def new(
    endpoint: str, label: Any, permission: Permission, feature: Feature | None = Feature.TICKET
) -> Entry:
    return Entry(endpoint, label, "plus", permission, feature)
