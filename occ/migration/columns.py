"""The columns of a service's files, and what its words mean (MIG-1)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from occ.core.i18n import LOCALES, force_locale
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.fields import queries as fields
from occ.fields.rules import CHOSEN, FieldType, Shown
from occ.identity import queries as identity
from occ.migration.rules.cells import folded
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import labels
from occ.tickets.rules import Priority, State

BETWEEN = " › "
STATES = (State.UNASSIGNED, State.PROGRESS, State.HOLD, State.RESOLVED, State.DONE)
"""What a row can stand at; a hand-over has two tickets."""
BEFORE = {
    "intake": _l("Intake type"),
    "title": _l("Title"),
    "content": _l("Content"),
    "name": _l("Customer name"),
    "email": _l("Customer e-mail"),
    "phone": _l("Customer phone"),
    "usercode": _l("Usercode"),
}
AFTER = {
    "priority": _l("Priority"),
    "state": _l("State"),
    "assignee": _l("Assignee (login ID)"),
    "resolution": _l("Resolution type"),
    "answer": _l("Answer"),
    "received": _l("Received at"),
    "resolved": _l("Resolved at"),
    "done": _l("Done at"),
}
REQUIRED = ("title", "content", "state", "received")
NOTES = {
    "intake": _l("The way from the top, with › between, as in the list. Empty: none."),
    "title": _l("At most 200 characters."),
    "content": _l("What the customer asked, at most 20,000 characters."),
    "name": _l("At most 50 characters; needs an e-mail address, a phone number or a usercode."),
    "email": _l("Customers are found by their phone number, else by their e-mail address."),
    "phone": _l("Format the cells as text, so that a leading 0 stays."),
    "usercode": _l("Who the customer is in your own system; then they are found by it alone."),
    "priority": _l("Empty: normal."),
    "state": _l("Unassigned, in progress, on hold, resolved or done."),
    "assignee": _l("The login ID. Needed while a ticket is in progress or on hold."),
    "resolution": _l("The way from the top, with › between, as in the list. Empty: none."),
    "answer": _l("What was answered; only where the ticket is resolved or done."),
    "received": _l("In the time zone of the service. Personal data is destroyed by this time."),
    "resolved": _l("Needed where the ticket is resolved or done, if no time of done is given."),
    "done": _l("Needed where the ticket is done."),
}
EXAMPLE = _l("Example: my order has not come yet. (This row is not taken.)")
YES, NO = _l("Yes"), _l("No")


@dataclass(frozen=True)
class Column:
    """A column: what it is known by (`f:<code>` of a field), its head, and what explains it."""

    key: str
    head: str
    note: str
    required: bool
    field: Shown | None = None


def columns(of: Service) -> list[Column]:
    """The columns in the viewer's language, each head once."""
    taken: set[str] = set()

    def column(key: str, head: Any, note: Any, required: bool, field: Shown | None) -> Column:
        said = str(head)
        if folded(said) in taken:
            said = f"{said} ({key.removeprefix('f:')})"
        taken.add(folded(said))
        return Column(key, said, str(note), required, field)

    before, after = (
        [column(key, head, NOTES[key], key in REQUIRED, None) for key, head in part.items()]
        for part in (BEFORE, AFTER)
    )
    own = [
        column(f"f:{one.code}", one.name, one.hint, False, one)
        for one in fields.own(of)
        if one.type is not FieldType.FILE
    ]
    return [*before, *own, *after]


def heads(of: Service) -> dict[str, str]:
    """What columns are called in every language of the console, folded, and their keys."""
    found: dict[str, str] = {}
    for locale in LOCALES:
        with force_locale(locale):
            for column in columns(of):
                found.setdefault(folded(column.head), column.key)
    return found


def signature(of: Service) -> str:
    """Changes whenever a template would ask for something else."""
    said: list[Any] = [of.id]
    for locale in LOCALES:
        with force_locale(locale):
            said += [
                [column.key, column.head, column.field.type.value if column.field else ""]
                for column in columns(of)
            ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def paths(of: Service, kind: CategoryKind) -> dict[str, dict[int, str]]:
    """The ways to the categories that are there, by language and id."""
    rows = [row for row in settings.every_name(of.id, (kind,)) if not row.gone]
    names: dict[int, dict[str, str]] = {}
    parents: dict[int, int | None] = {}
    for row in rows:
        names.setdefault(row.id, {})[row.language] = row.name
        parents[row.id] = row.parent_id
    first = settings.languages(of)[0]
    found: dict[str, dict[int, str]] = {}
    for language in settings.languages(of):
        way: dict[int, str] = {}
        for ident, said in names.items():  # children were added after their parents
            name = said.get(language) or said.get(first) or next(iter(said.values()))
            above = parents[ident]
            way[ident] = f"{way[above]}{BETWEEN}{name}" if above in way and above else name
        found[language] = way
    return found


def lists(of: Service) -> dict[str, list[str]]:
    """What the drop-downs of a template offer, by the key of the column, in the viewer's words."""
    language = settings.shown_language(of)
    found = {
        "intake": list(paths(of, CategoryKind.INTAKE)[language].values()),
        "resolution": list(paths(of, CategoryKind.RESOLUTION)[language].values()),
        "priority": [str(labels.PRIORITIES[one].text) for one in Priority],
        "state": [str(labels.STATES[one].text) for one in STATES],
        "assignee": [one.member.login_id for one in identity.all_agents(of.id)],
    }
    for one in fields.own(of):
        if one.type is FieldType.CHECKBOX:
            found[f"f:{one.code}"] = [str(YES), str(NO)]
        elif one.type in CHOSEN and one.type is not FieldType.MULTI:
            found[f"f:{one.code}"] = [choice.name for choice in one.choices]
    return {key: words for key, words in found.items() if words}


def meanings(of: Service) -> dict[str, Mapping[str, str]]:
    """What words of lists stand for, by the key of the column, in every language."""
    found: dict[str, dict[str, str]] = {"priority": {}, "state": {}}
    for key, kind in (("intake", CategoryKind.INTAKE), ("resolution", CategoryKind.RESOLUTION)):
        found[key] = {
            _way(path): str(ident)
            for way in paths(of, kind).values()
            for ident, path in way.items()
        }
    for locale in LOCALES:
        with force_locale(locale):
            found["priority"] |= _coded(Priority, labels.PRIORITIES)
            found["state"] |= _coded(STATES, labels.STATES)
            for one in fields.own(of):
                if one.type is FieldType.CHECKBOX:
                    words = {str(YES): "1", str(NO): "", "TRUE": "1", "FALSE": "", "1": "1"}
                    words |= {"0": "", "Y": "1", "N": "", "O": "1", "X": ""}
                elif one.type in CHOSEN:
                    words = {choice.name: choice.key for choice in (*one.gone, *one.choices)}
                else:
                    continue
                there = found.setdefault(f"f:{one.code}", {})
                there |= {folded(word): value for word, value in words.items()}
    return dict(found)


def _coded(members: Any, shown: Mapping[Any, Any]) -> dict[str, str]:
    return {folded(str(shown[one].text)): one.value for one in members}


def _way(path: str) -> str:
    """A way as it is compared: signs that people type for › count as it."""
    return BETWEEN.join(folded(part) for part in path.replace(">", "›").split("›"))


def way(said: str) -> str:
    """The same of what stands in a cell."""
    return _way(said)


def missing(of: Service, there: Sequence[str]) -> list[str]:
    """The heads of columns that a file lacks, in the viewer's words."""
    return [column.head for column in columns(of) if column.key not in there]


def explained(of: Service) -> list[tuple[str, str, str]]:
    """Column by column for the sheet of explanations: head, whether it is needed, what goes in."""
    return [
        (column.head, _("Required") if column.required else "", kind_of(column))
        for column in columns(of)
    ]


def kind_of(column: Column) -> str:
    """What goes into a column, in words."""
    said = column.note
    if column.field is not None:
        kind = str(_KINDS[column.field.type])
        said = f"{kind} {said}".strip()
    return said


_KINDS = {
    FieldType.TEXT: _l("At most 200 characters."),
    FieldType.LONG_TEXT: _l("At most 5,000 characters."),
    FieldType.NUMBER: _l("A number; 15 percent is kept as 0.15."),
    FieldType.CHECKBOX: _l("Yes or no."),
    FieldType.RADIO: _l("One of the list."),
    FieldType.DROPDOWN: _l("One of the list."),
    FieldType.MULTI: _l("Any of the choices, a line each or with ; between."),
    FieldType.DATE: _l("A date such as 2026-11-28."),
    FieldType.DATE_TIME: _l("A date and time such as 2026-11-28 09:30."),
    FieldType.PHONE: _l("A phone number. Format the cells as text, so that a leading 0 stays."),
    FieldType.EMAIL: _l("An e-mail address."),
}
