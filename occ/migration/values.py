"""What a row of a file says of a ticket, checked cell by cell (MIG-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import everywhere
from occ.core.i18n import gettext as _
from occ.fields import queries as fields
from occ.fields import rules as field_rules
from occ.fields.rules import CHOSEN, FieldType, Shown
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.migration import columns
from occ.migration.rules import cells
from occ.migration.rules.cells import Cell
from occ.organization.models import Service
from occ.tickets.rules import BODY_MAX, SUBJECT_MAX, Priority, State

NAME_MAX, CODE_MAX = 50, 50  # of a customer, of a usercode
FIRST_YEAR = 1990
CLOSED = (State.RESOLVED, State.DONE)
HELD = (State.PROGRESS, State.HOLD)
_email = lru_cache(20_000)(
    lambda text: field_rules.read(FieldType.EMAIL, text, "UTC", "ZZ")  # addresses repeat
)


@dataclass
class Checked:
    """A row that can become a ticket (`row`, as the rows file keeps it), or what is wrong with its
    cells, by the place of each.
    """

    row: dict[str, Any] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)


class Checker:
    """Checks the rows of one file; what it needs to know of the service is read once."""

    def __init__(self, of: Service, keys: Sequence[str]) -> None:
        self._of, self._zone, self._country = of, ZoneInfo(of.time_zone), of.country
        self._place = {key: place for place, key in enumerate(keys) if key}
        self._meanings = columns.meanings(of)
        self._fields = {f"f:{one.code}": one for one in fields.own(of)}
        self._agents = {
            one.member.login_id.casefold(): one.member_id for one in identity.all_agents(of.id)
        }
        self._members = {
            login.casefold(): ident
            for ident, login in db.session.execute(sa.select(Member.id, Member.login_id))
        }
        self._asked: dict[int | None, set[str]] = {}
        self._examples = set(everywhere(columns.EXAMPLE))
        self._now = clock.now()
        self._phone = lru_cache(20_000)(
            lambda text: field_rules.read(FieldType.PHONE, text, "UTC", self._country)
        )

    def is_example(self, row: Sequence[Cell]) -> bool:
        """Whether a row is the one that the template shows."""
        return self._cell(row, "title") in self._examples

    def check(self, number: int, row: Sequence[Cell]) -> Checked:
        """The row with a number, checked."""
        found = Checked()
        said = _Said(self, row, found)
        intake = said.ident("intake")
        made = {
            "n": number,
            "s": said.text("title", SUBJECT_MAX, needed=True),
            "b": said.text("content", BODY_MAX, needed=True),
            "i": intake,
            "c": said.customer(),
            "p": said.word("priority") or Priority.NORMAL.value,
            "r": said.ident("resolution"),
        }
        state = State(said.word("state", needed=True) or State.UNASSIGNED.value)
        made["v"] = said.values(self.asked(intake))
        made |= {"st": state.value, "a": said.assignee(state), "w": said.answer(state)}
        made["t"] = said.times(state)
        found.row = made
        return found

    def _cell(self, row: Sequence[Cell], key: str) -> Cell:
        place = self._place.get(key)
        return row[place] if place is not None and place < len(row) else None

    def asked(self, intake: int | None) -> set[str]:
        """The keys of the fields that tickets of an intake type have."""
        if intake not in self._asked:
            there = fields.asked(self._of, intake, manager=True)
            self._asked[intake] = {f"f:{one.code}" for one in (*there.own, *there.agents)}
        return self._asked[intake]

    def instant(self, cell: Cell) -> datetime | None:
        """A time of the service's zone."""
        local = cells.instant(cell)
        if local is None:
            return None
        if local.year < FIRST_YEAR:
            raise Refused(_("Enter a time after %(year)s.", year=FIRST_YEAR))
        found = local.replace(tzinfo=self._zone).astimezone(UTC)
        if found > self._now:
            raise Refused(_("This time is still to come."))
        return found


@dataclass
class _Said:
    """One row as it is read: each refusal stands at its cell."""

    by: Checker
    row: Sequence[Cell]
    found: Checked

    def _refuse(self, key: str, words: Any) -> None:
        place = self.by._place[key]
        self.found.wrong.setdefault(place, str(words))

    def _plain(self, key: str) -> str:
        try:
            return cells.text(self.by._cell(self.row, key))
        except Refused as refused:
            self._refuse(key, refused.message)
            return ""

    def text(self, key: str, most: int, *, needed: bool = False) -> str:
        said = self._plain(key)
        if len(said) > most:
            self._refuse(
                key,
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=most,
                    count=len(said),
                ),
            )
        if not said and needed:
            self._needed(key)
        return said

    def _needed(self, key: str) -> None:
        self._refuse(key, _("Fill this in."))

    def word(self, key: str, *, needed: bool = False) -> str:
        said = self._plain(key)
        if not said:
            if needed:
                self._needed(key)
            return ""
        try:
            return cells.meant(said, self.by._meanings[key])
        except Refused as refused:
            self._refuse(key, refused.message)
            return ""

    def ident(self, key: str) -> int | None:
        """The category of a way."""
        said = self._plain(key)
        if not said:
            return None
        found = self.by._meanings[key].get(columns.way(said))
        if found is None:
            self._refuse(key, _("There is no “%(name)s”. Choose one of the list.", name=said[:100]))
        return int(found) if found else None

    def customer(self) -> list[str]:
        """Name, e-mail address, number and usercode."""
        name, code = self.text("name", NAME_MAX), self.text("usercode", CODE_MAX)
        email = self._read("email", lambda said, _cell: _email(said))
        phone = self._read("phone", self._number)
        wrong = {self.by._place[key] for key in ("email", "phone", "usercode")}
        if name and not (email or phone or code or wrong & set(self.found.wrong)):
            self._refuse("name", _("Enter an e-mail address, a phone number or a usercode, too."))
        return [name, email, phone, code]

    def _read(self, key: str, read: Any) -> str:
        said = self._plain(key)
        if not said:
            return ""
        try:
            return str(read(said, self.by._cell(self.row, key)))
        except Refused as refused:
            self._refuse(key, refused.message)
            return ""

    def _number(self, said: str, cell: Cell) -> str:
        try:
            return str(self.by._phone(said))
        except Refused as refused:
            if not cells.is_figure(cell):
                raise
            raise Refused(
                _(
                    "The spreadsheet kept this as a number, which has no leading 0. Format the "
                    "cell as text and enter it again."
                )
            ) from refused

    def values(self, asked: set[str]) -> dict[str, str]:
        """What its fields say, as it is stored."""
        found = {}
        for key, one in self.by._fields.items():
            if key not in self.by._place:
                continue
            cell = self.by._cell(self.row, key)
            if cell is None:
                continue
            try:
                value = self._value(key, one, cell)
                if value and key not in asked:
                    raise Refused(
                        _(
                            "Tickets of this intake type have no such field. Empty the cell, or "
                            "add the field to the type first."
                        )
                    )
            except Refused as refused:
                self._refuse(key, refused.message)
                continue
            if value:
                found[one.code] = value
        return found

    def _value(self, key: str, one: Shown, cell: Cell) -> str:
        said: list[str]
        match one.type:
            case FieldType.NUMBER:
                said = [cells.figure(cell)]
            case FieldType.DATE:
                said = [cells.day(cell)]
            case FieldType.DATE_TIME:
                local = cells.instant(cell)
                said = [local.isoformat(timespec="minutes")] if local else []
            case FieldType.CHECKBOX:
                said = [cells.meant(cells.text(cell), self.by._meanings[key])]
            case FieldType.PHONE:
                return self._number(cells.text(cell), cell)
            case kind if kind in CHOSEN:
                said = cells.several(cells.text(cell), self.by._meanings[key])
            case _:
                said = [cells.text(cell)]
        bare = replace(one, required=False)
        return field_rules.check_value(bare, said, self.by._of.time_zone, self.by._country)

    def assignee(self, state: State) -> int | None:
        """Whose it is; who has left can only have ended it."""
        login = self._plain("assignee").casefold()
        if not login:
            if state in HELD:
                self._refuse("assignee", _("Enter who works on it."))
            return None
        if state is State.UNASSIGNED:
            self._refuse("assignee", _("An unassigned ticket has nobody. Empty this cell."))
        known: Mapping[str, int] = self.by._members if state in CLOSED else self.by._agents
        if login not in known:
            words = (
                _("Nobody has this login ID.")
                if state in CLOSED
                else _("No agent of this service has this login ID.")
            )
            self._refuse("assignee", words)
        return known.get(login)

    def answer(self, state: State) -> str:
        said = self.text("answer", BODY_MAX)
        if said and state not in CLOSED:
            self._refuse("answer", _("Only a ticket that is resolved or done has an answer here."))
        return said

    def times(self, state: State) -> list[str | None]:
        """When it was received, resolved and done, in UTC."""
        found: dict[str, datetime | None] = {}
        for key in ("received", "resolved", "done"):
            try:
                found[key] = self.by.instant(self.by._cell(self.row, key))
            except Refused as refused:
                found[key] = None
                self._refuse(key, refused.message)
        wrong = {key for key in found if self.by._place[key] in self.found.wrong}
        received, resolved, done = found.values()
        if received is None and "received" not in wrong:
            self._needed("received")
        if state is State.DONE and done is None and "done" not in wrong:
            self._needed("done")
        if state is State.RESOLVED and resolved is None and "resolved" not in wrong:
            self._needed("resolved")
        if state is State.DONE and resolved is None:
            resolved = done
        for key, at in (("resolved", found["resolved"]), ("done", done)):
            if at is not None and state not in (CLOSED if key == "resolved" else (State.DONE,)):
                self._refuse(key, _("A ticket in this state has no such time. Empty this cell."))
        if received and resolved and resolved < received:
            key = "resolved" if found["resolved"] else "done"
            self._refuse(key, _("This is before the ticket was received."))
        if resolved and done and done < resolved:
            self._refuse("done", _("This is before the ticket was resolved."))
        return [at.isoformat() if at else None for at in (received, resolved, done)]
