"""Facts that the features above react to."""

from dataclasses import dataclass

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
