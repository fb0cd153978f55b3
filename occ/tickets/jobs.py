from occ.core.db import db
from occ.tickets import service


def finish_resolved() -> str | None:
    """Sets tickets done that were resolved long enough ago (TKT-1), a batch a transaction."""
    count = 0
    while True:
        with db.write():
            done = service.finish_old()
        count += done
        if not done:
            return f"{count}" if count else None
