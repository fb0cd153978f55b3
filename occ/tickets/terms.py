"""What people type into the search box of tickets, read into conditions (TKT-7)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from occ.tickets.rules import Channel, Priority, State

QUERY_MAX, TERMS_MAX = 200, 10
KEYS = ("state", "priority", "channel", "assignee")
_TERM = re.compile(r'"([^"]*)"|(\w+):("[^"]*"|\S+)|(\S+)')


@dataclass(frozen=True)
class Query:
    """Conditions that all hold: `texts` are parts of what a ticket says, `fields` of one field's value by code."""

    number: int | None = None
    texts: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    priorities: tuple[Priority, ...] = ()
    channels: tuple[Channel, ...] = ()
    assignee: str | None = None  # me, none, or a part of a name
    fields: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # keys, one of which the field has

    @property
    def empty(self) -> bool:
        return self == Query()


def other_keys(text: str) -> bool:
    """Whether a text may ask for a field by its code."""
    return any(key.lower() not in KEYS for _exact, key, _value, _plain in _TERM.findall(text[:QUERY_MAX]) if key)


def parse(
    text: str, *, field_codes: Collection[str], words: Mapping[str, Mapping[str, str]], keys: Mapping[str, str] | None = None
) -> Query:
    """`#123`, `state:hold`, `assignee:me`, `priority:high`, `channel:phone`, `code:value`, `"exactly this"` and words.

    `words` maps a key to its values in the reader's language (`{"state": {"보류": "hold"}}`), `keys` the
    reader's words for keys to them (`{"상태": "state"}`). What is no condition is text.
    """
    found: dict[str, list[str]] = {"state": [], "priority": [], "channel": []}
    kinds = {"state": State, "priority": Priority, "channel": Channel}
    number, assignee, texts, fields = None, None, [], {}
    for exact, key, value, plain in _TERM.findall(text[:QUERY_MAX])[:TERMS_MAX]:
        value, spoken = value.strip('"').strip(), key
        key = (keys or {}).get(key.casefold(), key.lower())
        if re.fullmatch(r"#\d{1,9}", plain):
            number = int(plain[1:])
        elif key in kinds and (code := _coded(value, key, words)) in [member.value for member in kinds[key]]:
            found[key].append(code)
        elif key == "assignee" and value:
            known = _coded(value, key, words)
            assignee = {"nobody": "none"}.get(known, known if known in ("me", "none") else value)
        elif key and value and key not in kinds and key in field_codes:
            fields[key] = value
        else:
            texts.append(exact or plain or f"{spoken}:{value}")
    return Query(
        number, tuple(part for part in texts if part.strip()), tuple(map(State, found["state"])), tuple(map(Priority, found["priority"])),
        tuple(map(Channel, found["channel"])), assignee, fields,
    )  # fmt: skip


def _coded(value: str, key: str, words: Mapping[str, Mapping[str, str]]) -> str:
    low = value.casefold()
    return {name.casefold(): code for name, code in words.get(key, {}).items()}.get(low, low)
