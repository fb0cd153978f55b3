"""What mails and web calls belong to, so that they are found however long ago they were made."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0024"
down_revision = "0023"
ROWS = 1_000
OUTBOXES = ("outgoing", "web_call")


def upgrade() -> None:
    for table in OUTBOXES:
        op.add_column(table, sa.Column("about", sa.String(40), nullable=True))
        op.create_index(f"ix_{table}_about", table, ["about"])
    _fill("outgoing", "subject", _of_subject)
    _fill("web_call", "body", _of_call)


def downgrade() -> None:
    for table in OUTBOXES:
        op.drop_index(f"ix_{table}_about", table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN about")


def _fill(table: str, column: str, told: Callable[[str, str | None], str | None]) -> None:
    """Names the ticket of old rows: by the entry or run in their key, else, where that run was
    trimmed, by what they say.
    """
    text = f"SELECT id, key, {column} FROM {table} WHERE id > :after "  # noqa: S608 - constants
    rows = sa.text(text + f"ORDER BY id LIMIT {ROWS}")
    store = sa.text(f"UPDATE {table} SET about = :about WHERE id = :id")  # noqa: S608 - constants
    last = 0
    while found := op.get_bind().execute(rows, {"after": last}).all():
        last = found[-1].id
        tickets = {
            kind: _tickets(kind, owner, [row.key for row in found]) for kind, owner in KINDS.items()
        }
        values = []
        for ident, key, text in found:
            kind, number = _cause(key)
            ticket = (tickets[kind].get(number) or told(key, text)) if kind else None
            values += [{"id": ident, "about": f"ticket/{ticket}"}] if ticket else []
        if values:
            op.get_bind().execute(store, values)


KINDS = {"ticket-entry": "ticket_entry", "trigger": "trigger_run"}


def _cause(key: str) -> tuple[str, int]:
    """The kind and number of what a row was made for, as its key names them; '' for another
    kind.
    """
    known = re.match(r"(ticket-entry|trigger)-(\d+)-", key)
    return (known[1], int(known[2])) if known else ("", 0)


def _tickets(kind: str, owner: str, keys: list[str]) -> dict[int, int]:
    """The tickets of the entries or runs that these keys name."""
    numbers = [number for found, number in map(_cause, keys) if found == kind]
    text = f"SELECT id, ticket_id FROM {owner} WHERE id IN :numbers"  # noqa: S608 - constants
    rows = sa.text(text).bindparams(sa.bindparam("numbers", expanding=True))
    found = op.get_bind().execute(rows, {"numbers": numbers}).tuples().all() if numbers else ()
    return dict(found)


def _of_subject(key: str, subject: str | None) -> str | None:
    """The ticket of a forwarded mail, whose subject ends with its number."""
    said = re.search(r"\[#(\d+)\]$", subject or "")
    return said[1] if said and key.count("-") == 3 else None


def _of_call(key: str, body: str | None) -> str | None:
    """The ticket of a web call, whose text links to it; one that has left holds none."""
    try:
        text = current_app.extensions["occ_keys"].decrypt(body) if body else ""
    except ValueError:
        return None
    said = re.search(r'"(?:url|titleLink)": "[^"]*/tickets/(\d+)"', text)
    return said[1] if said else None
