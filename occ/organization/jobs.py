from functools import partial

from occ.core import jobs
from occ.core.db import db
from occ.organization import service


def erase_terminated() -> str | None:
    """Erases services whose time of reading is over (ORG-5), what grows in
    batches, then the rest at once.
    """
    idents = service.erase_due()
    for ident in idents:
        jobs.in_batches(partial(service.empty, ident))
        with db.write():
            service.erase(ident)
    return f"{len(idents)}" if idents else None


def sweep_files() -> str | None:
    """Removes files that no row names."""
    removed = service.sweep_files()
    return f"{removed}" if removed else None
