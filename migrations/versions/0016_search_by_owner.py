"""FTS5 numbers its rows by owner and document, instead of a token that names the owner."""

from alembic import op

revision = "0016"
down_revision = "0015"
LETTERS = "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\""


def upgrade() -> None:
    rest = "trim(substr({0}, instr({0} || ' ', ' ')))"
    owner = "CAST(substr(everybody, 2, instr(everybody || ' ', ' ') - 2) AS INTEGER)"
    _anew(f"({owner} << 40) + rowid", rest.format("everybody"), rest.format("privately"))


def downgrade() -> None:
    named = "char(57344) || (rowid >> 40) || ' ' || "
    _anew("rowid & ((1 << 40) - 1)", f"{named} everybody", f"{named} privately")


def _anew(row: str, everybody: str, privately: str) -> None:
    """The index with other rows of the same texts."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(f"CREATE VIRTUAL TABLE ticket_fts_new USING fts5(everybody, privately, {LETTERS})")
    op.execute(
        f"INSERT INTO ticket_fts_new (rowid, everybody, privately) SELECT {row}, "  # noqa: S608 - constants
        f"{everybody}, {privately} FROM ticket_fts"
    )
    op.execute("DROP TABLE ticket_fts")
    op.execute("ALTER TABLE ticket_fts_new RENAME TO ticket_fts")
