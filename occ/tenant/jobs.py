from occ.core.db import db
from occ.tenant import queries, service


def erase_terminated() -> str | None:
    """Destroys the personal details of phone contracts that were terminated long ago (ORG-5)."""
    from flask import current_app

    if not queries.erasable(current_app.config["TERMINATED_DAYS"]):
        return None
    with db.write():
        return f"{service.erase_due()}"
