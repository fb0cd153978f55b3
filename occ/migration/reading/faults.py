"""How a file is refused whole while it is read (MIG-1)."""

from occ.migration.rules.files import Fault


class Unfit(Exception):
    """A file of which nothing can be taken."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault
