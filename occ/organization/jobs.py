from functools import partial

from occ.core import events, jobs
from occ.core.db import db
from occ.organization import service
from occ.organization.events import ServiceEmptied


def erase_terminated() -> str | None:
    """Erases services whose time of reading is over (ORG-5), what grows in
    batches, then the rest at once.
    """
    idents = service.erase_due()
    for ident in idents:
        for remove in events.reactions(ServiceEmptied):
            jobs.in_batches(partial(service.empty, ident, remove))
        with db.write():
            service.erase(ident)
    return f"{len(idents)}" if idents else None


def sweep_files() -> str | None:
    """Removes files that no row names."""
    removed = service.sweep_files()
    return f"{removed}" if removed else None
