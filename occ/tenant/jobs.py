from occ.core.db import db
from occ.core.settings import configured
from occ.tenant import queries, service


def erase_terminated() -> str | None:
    """Destroys the personal details of phone contracts that were terminated long ago (ORG-5)."""
    if not queries.erasable(configured().terminated_days):
        return None
    with db.write():
        return f"{service.erase_due()}"
