"""The form of a trigger: lines of conditions and results, read and drawn again as they were typed (TRG-2, TRG-3)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from occ.core.forms import clean
from occ.core.values import ident as ident_of
from occ.organization.models import Service
from occ.ticket_settings.queries import languages
from occ.tickets import labels
from occ.triggers import queries
from occ.triggers.queries import Choices
from occ.triggers.rules import STATES, Comparison, Condition, How, Result, ResultKind, Subject, To, offered, type_of


@dataclass(frozen=True)
class Line:
    """One line of the form with the name its inputs begin with."""

    uid: str
    row: Any


def uid() -> str:
    return secrets.token_hex(4)


def lines(rows: Sequence[Any]) -> list[Line]:
    return [Line(uid(), row) for row in rows]


def choices(service: Service) -> Choices:
    """What can be chosen, with the words of tickets."""
    fixed = {
        "state": {state.value: str(label.text) for state, label in labels.STATES.items()},
        "channel": {channel.value: str(label.text) for channel, label in labels.CHANNELS.items()},
        "priority": {priority.value: str(label.text) for priority, label in labels.PRIORITIES.items()},
    }
    results = {"result:priority": fixed["priority"], "result:state": {code: fixed["state"][code] for code in STATES}}
    return queries.choices(service, {**fixed, **results})


def _member(kind: type[Any], text: str | None, default: Any) -> Any:
    return next((member for member in kind if member.value == text), default)


def conditions() -> list[Line]:
    """The conditions of the sent form, as they were typed."""
    return [Line(one, _condition(f"c{one}-")) for one in request.form.getlist("c")[:60]]


def _condition(prefix: str) -> Condition:
    sent = request.form
    kind, _colon, code = sent.get(f"{prefix}subject", "").partition(":")
    subject = _member(Subject, kind, Subject.STATE)
    comparison = _member(Comparison, sent.get(f"{prefix}comparison"), Comparison.EQUAL)
    values = [clean(text) for text in sent.getlist(f"{prefix}value")]
    if comparison is Comparison.ONE_OF and len(values) == 1:
        values = [part.strip() for part in values[0].split("\n")]
    kept = tuple(value for value in values if value)
    return Condition(sent.get(f"{prefix}required") == "1", subject, comparison, kept, code if subject is Subject.FIELD else "")


def anew(one: Condition, choices: Choices) -> Condition:
    """A condition that has just been told to look at something else: what is asked first of that, and no value."""
    return replace(one, comparison=offered(one.subject, type_of(one, choices.types))[0], values=())


def results(service: Service) -> list[Line]:
    """The results of the sent form."""
    return [Line(one, _result(f"r{one}-", languages(service))) for one in request.form.getlist("r")[:20]]


def _result(prefix: str, spoken: Sequence[str]) -> Result:
    sent = request.form
    texts: Mapping[str, Mapping[str, str]] = {
        code: {part: clean(sent.get(f"{prefix}{part}-{code}")) for part in ("subject", "body")} for code in spoken
    }
    return Result(
        _member(ResultKind, sent.get(f"{prefix}kind"), ResultKind.ASSIGN), clean(sent.get(f"{prefix}value")),
        ident_of(sent.get(f"{prefix}group")), _member(How, sent.get(f"{prefix}how"), How.RANDOM),
        tuple(found for text in sent.getlist(f"{prefix}members") if (found := ident_of(text)) is not None),
        _member(To, sent.get(f"{prefix}to"), To.ASSIGNEE), texts, sent.get(f"{prefix}complete") == "1",
    )  # fmt: skip
