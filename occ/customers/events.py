"""Facts that the features above react to."""

from dataclasses import dataclass, field
from typing import Any

from occ.customers.models import Customer


@dataclass(frozen=True)
class CustomersMerged:
    """Whatever points to `gone` points to `kept` from now on."""

    gone: Customer
    kept: Customer


@dataclass(frozen=True)
class CustomerChanged:
    """A customer's name, number or address is another one now."""

    customer: Customer


@dataclass
class CustomerDataAsked:
    """A customer's data in one service is to be handed out (FLD-4); whoever
    keeps some adds it, by what it is.
    """

    customer: Customer
    service_id: int
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class CustomerErased:
    """A customer's data in one service goes (FLD-4); whoever keeps some destroys it and
    counts it for the certificate.
    """

    customer: Customer
    service_id: int
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class CustomerUsesCounted:
    """Somebody asks whether a customer is still known anywhere; whoever
    points to them says how often.
    """

    customer: Customer
    uses: int = 0
