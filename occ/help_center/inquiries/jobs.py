from occ.core import jobs
from occ.help_center.inquiries import service


def forget_unconfirmed() -> str | None:
    """Destroys what waited for a confirmation that did not come in time."""
    count = jobs.in_batches(service.forget_old)
    return f"{count}" if count else None
