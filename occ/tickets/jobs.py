"""What is done to many tickets at once, in transactions so short that nobody waits for them."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from occ.core import jobs, vault
from occ.core.db import db
from occ.fields import queries as fields
from occ.fields import service as field_service
from occ.fields.models import Field
from occ.tickets import masking, service
from occ.tickets.search import index
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service


def finish_resolved() -> str | None:
    """Sets tickets done that were resolved long enough ago (TKT-1)."""
    count = jobs.in_batches(service.finish_old)
    return f"{count}" if count else None


def index_tickets() -> str | None:
    """Brings the search index up to date (TKT-7): fields that changed, tickets that are missing,
    then what another version made.
    """
    for field in fields.to_index():
        ident, version = field.id, field.version
        for held in values.holders(field):
            jobs.in_parts(held, index.stale_tickets)
        with db.write():
            field_service.indexed(ident, version)
            jobs.request_run("scrub")  # what is personal by now stood in the index
    db.session.rollback()
    count = jobs.in_batches(lambda limit: index.catch_up(limit) or index.renew(limit))
    return f"{count}" if count else None


def is_index_behind() -> bool:
    return index.is_behind() or index.is_old() or bool(fields.to_index())


def keep_values() -> str | None:
    """Destroys values whose time is over, seals and opens those whose field changed (FLD-3)."""
    gone = _in_parts(fields.to_purge(), values.due, value_service.purge)
    sealed = _in_parts(fields.own_fields(), values.kept_otherwise, value_service.reseal)
    if not gone and not sealed:
        return None
    vault.scrub("ticket_value")
    return f"{gone} destroyed, {sealed} kept anew"


def _in_parts(
    found: Sequence[Field],
    waiting: Callable[[Field], Iterator[Sequence[int]]],
    work: Callable[[int, Sequence[int]], int],
) -> int:
    """Does something to values of fields, which are found by reading and changed in short
    transactions. Returns how many.
    """
    count = 0
    for ident in [field.id for field in found]:
        for tickets in waiting(db.session.get_one(Field, ident)):
            count += jobs.in_parts(tickets, partial(work, ident))
    db.session.rollback()
    return count


def scrub() -> str:
    """What was erased, masked or deleted leaves the files of the database, too (FLD-3)."""
    begin = is_more = True
    while is_more:
        with db.write():
            is_more = index.settle(begin=begin)
        begin = False
        jobs.breathe()
    vault.scrub(
        "ticket",
        "ticket_entry",
        "ticket_value",
        "ticket_fts",
        "trigger_run",
        "outgoing",
        "web_call",
        "membership",
        "visitor",
        "visitor_pass",
        "held_inquiry",
    )
    return "1"


def _rotate(old: int, limit: int, *, wait: bool = False) -> int:
    return value_service.rotate(old, limit, wait=wait) + masking.rotate(old, limit, wait=wait)


def rotate_keys() -> int:
    """A new data key, every value sealed with it, the old keys removed. Returns how many values."""
    with db.write():
        vault.new_key()
    count = 0
    while old := vault.old_keys():
        db.session.rollback()
        count += jobs.in_batches(partial(_rotate, old[0]))
        with db.write():
            vault.hold_key(old[0])
            while done := _rotate(old[0], jobs.LARGEST, wait=True):
                count += done
            vault.drop_key(old[0])
    db.session.rollback()
    return count
