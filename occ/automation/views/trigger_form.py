"""The form of a trigger: lines of conditions and results, read and drawn again as
they were typed (TRG-2, TRG-3).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from flask import request

from occ.automation import queries as triggers
from occ.automation.checks import Wrong, places_of
from occ.automation.labels import FAILURES
from occ.automation.models import Trigger
from occ.automation.queries import Choices
from occ.automation.rules import (
    NO_VALUE,
    STATES,
    Comparison,
    Condition,
    How,
    Known,
    Result,
    ResultKind,
    Subject,
    To,
    offered,
    type_of,
)
from occ.core import richtext
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.i18n import pgettext
from occ.core.values import ident as ident_of
from occ.delivery import hooks
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.ticket_settings.queries import languages, placeholders
from occ.tickets import labels, queries
from occ.tickets.rules import Channel


@dataclass(frozen=True)
class Line:
    """One line of the form with the name its inputs begin with.

    A text that no editor writes stands in the row as it was sent: `refused` says so, by its field.
    Of texts in several languages `shown` is the one that was looked at last.
    """

    uid: str
    row: Any
    refused: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""


class Fault(NamedTuple):
    """What is wrong at a field of the form: its id, what it is called in the summary, the words."""

    id: str
    label: Any
    text: Any


def faults(
    error: Refused | None, conditions: Sequence[Line], results: Sequence[Line]
) -> list[Fault]:
    """All that a refusal says of fields, in the order of the form; nothing where it is about none.

    A field of a line has the id of its line and its own name: `c4f1e-value`.
    """
    if not isinstance(error, Wrong):
        return []
    parts = {
        "title": ("title", pgettext("trigger", "Title")),
        "conditions": ("conditions", _("Conditions")),
        **{
            f"c{n}": (f"c{line.uid}", _("Condition %(number)s", number=n + 1))
            for n, line in enumerate(conditions)
        },
        "results": ("results", _("Results")),
        **{
            f"r{n}": (f"r{line.uid}", _("Result %(number)s", number=n + 1))
            for n, line in enumerate(results)
        },
    }
    return [
        Fault(begins + place.removeprefix(part), label, text)
        for part, (begins, label) in parts.items()
        for place, text in error.errors.items()
        if place.partition("-")[0] == part
    ]


def uid() -> str:
    return secrets.token_hex(4)


def lines(rows: Sequence[Any]) -> list[Line]:
    return [Line(uid(), row) for row in rows]


@dataclass(frozen=True)
class Person:
    """An agent to choose, or one who was chosen before and cannot be any
    more: `why` says the reason.
    """

    member_id: int
    name: str
    why: str = ""


class People:
    """Whom the results of a service's triggers assign to."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._groups: dict[int, Sequence[Agent]] = {}

    def _of(self, group: int) -> Sequence[Agent]:
        if group not in self._groups:
            self._groups[group] = queries.in_group(self._service.id, group)
        return self._groups[group]

    def offered(self, result: Result) -> list[Person]:
        """The group's agents whose assignment is on, in the order in which they were added, and
        those chosen who are not among them.
        """
        there = self._of(result.group) if result.group else []
        found = [
            Person(a.member_id, a.member.name, "" if a.takes_tickets else str(FAILURES["off"]))
            for a in there
            if a.takes_tickets or a.member_id in result.members
        ]
        left = [
            member
            for member in result.members
            if member not in [agent.member_id for agent in there]
        ]
        names = identity.names(left)
        return found + [
            Person(member, names.get(member, "?"), str(FAILURES["left"])) for member in left
        ]

    def warnings(self, result: Result) -> list[str]:
        """Why a result that assigns cannot, or not to all who are chosen; nothing where it can."""
        if result.kind is not ResultKind.ASSIGN:
            return []
        found = self.offered(result)
        told = [f"{one.name}: {one.why}" for one in found if one.why]
        return told or ([] if found else [str(FAILURES["nobody"])])


def _leaves_out(row: Condition) -> bool:
    """Whether no ticket of the help center meets a condition."""
    if row.subject is not Subject.CHANNEL or not any(row.values):
        return False
    is_named = Channel.HELP_CENTER.value in row.values
    return is_named is (row.comparison is Comparison.NOT_EQUAL)


@dataclass(frozen=True)
class TriggerForm:
    """The form as it was typed, with what its lines offer; a line alone, drawn anew, needs only
    the service.
    """

    service: Service
    row: Trigger | None = None
    title: str = ""
    version: int = 0
    conditions: Sequence[Line] = ()
    results: Sequence[Line] = ()
    error: Refused | None = None
    stored: Trigger | None = None

    no_value = NO_VALUE

    @cached_property
    def meets_receipts(self) -> bool:
        """Whether a mail to the customer may come beside the receipt that the help center sends of
        each inquiry (HC-1): its conditions let tickets of the help center through.
        """
        rows = [line.row for line in self.conditions if isinstance(line.row, Condition)]
        others = [row for row in rows if not row.required]
        are_out = any(_leaves_out(row) for row in rows if row.required)
        are_out = are_out or (bool(others) and all(map(_leaves_out, others)))
        return self.service.offers(Feature.HELP_CENTER) and not are_out

    @property
    def all_errors(self) -> list[tuple[None, Any]]:
        """What is said above all fields."""
        return [(None, self.error.message)] if self.error and not self.faults else []

    @cached_property
    def faults(self) -> list[Fault]:
        """What is said at fields, in the order of the form."""
        return faults(self.error, self.conditions, self.results)

    def wrong(self, begins: str = "") -> dict[str, Any]:
        """What is wrong by the id of a field, or by the part of a line's field after what its ids
        begin with.
        """
        return {
            one.id.removeprefix(begins): one.text
            for one in self.faults
            if one.id.startswith(begins)
        }

    @cached_property
    def choices(self) -> Choices:
        return choices(self.service)

    @cached_property
    def people(self) -> People:
        return People(self.service)

    @cached_property
    def languages(self) -> Sequence[str]:
        return languages(self.service)

    @cached_property
    def known(self) -> Mapping[str, str]:
        return placeholders(self.service)

    def places_of(self, result: Result) -> Mapping[str, str]:
        """What may stand in the texts of a result."""
        return places_of(result, self.known)

    @property
    def secret(self) -> str:
        return hooks.secret(self.service.id)

    @property
    def formatted(self) -> bool:
        """Whether mails are written in the editor of formatted text."""
        return self.service.editor is Editor.HTML

    def composed(self, said: Mapping[str, str]) -> str:
        """A text of a result as that editor loads it."""
        return said.get("html") or richtext.html_of(said.get("body", ""))


def known(service: Service, stored: Sequence[Result] = ()) -> Known:
    """What checks.check takes: agents whose assignment is on, by group, and those whom
    the stored trigger had already.
    """
    found = choices(service).known
    values = dict(found.values)
    for group in values["group"]:
        able = queries.may_be_assigned(service.id, int(group))
        before = [member for one in stored if one.group == int(group) for member in one.members]
        values[f"result:assign:{group}"] = [
            str(member) for member in (*(agent.member_id for agent in able), *before)
        ]
    return replace(found, values=values)


def choices(service: Service) -> Choices:
    """What can be chosen, with the words of tickets."""
    fixed = {
        "state": {state.value: str(label.text) for state, label in labels.STATES.items()},
        "channel": {channel.value: str(label.text) for channel, label in labels.CHANNELS.items()},
        "priority": {
            priority.value: str(label.text) for priority, label in labels.PRIORITIES.items()
        },
    }
    results = {
        "result:priority": fixed["priority"],
        "result:state": {code: fixed["state"][code] for code in STATES},
    }
    return triggers.choices(service, {**fixed, **results})


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
    return Condition(
        sent.get(f"{prefix}required") == "1",
        subject,
        comparison,
        kept,
        code if subject is Subject.FIELD else "",
    )


def anew(one: Condition, choices: Choices) -> Condition:
    """A condition that has just been told to look at something else: what is
    asked first of that, and no value.
    """
    return replace(one, comparison=offered(one.subject, type_of(one, choices.types))[0], values=())


def regrouped(one: Result) -> Result:
    """A result that has just been told of another group: nobody of it is chosen yet."""
    return replace(one, members=())


def results(service: Service) -> list[Line]:
    """The results of the sent form."""
    spoken, keeps = languages(service), service.editor is Editor.HTML
    return [
        Line(
            one,
            *_result(f"r{one}-", spoken, keeps=keeps),
            shown=request.form.get(f"r{one}-shown", ""),
        )
        for one in request.form.getlist("r")[:20]
    ]


def refused(results: Sequence[Line]) -> dict[str, Any]:
    """What could not be read of results, by its place as in checks.Wrong."""
    return {
        f"r{n}-{part}": words
        for n, line in enumerate(results)
        for part, words in line.refused.items()
    }


def _said(prefix: str, code: str, *, keeps: bool) -> dict[str, str]:
    """What was written in a language; with formats where the service's editor `keeps` them.

    Raises Refused for a text that no editor writes.
    """
    sent = request.form
    drawn = sent.get(f"{prefix}formatted-{code}") == "1"
    said = richtext.received(
        clean(sent.get(f"{prefix}body-{code}")), drawn=drawn, keeps=keeps and drawn
    )
    subject = clean(sent.get(f"{prefix}subject-{code}"))
    return {
        "subject": subject,
        "body": said.text.strip(),
        "html": said.html if said.text.strip() else "",
    }


def _result(prefix: str, spoken: Sequence[str], *, keeps: bool) -> tuple[Result, dict[str, Any]]:
    """A result, and what of it is refused, as its line holds them."""
    sent = request.form
    texts, wrong = {}, {}
    for code in spoken:
        try:
            texts[code] = _said(prefix, code, keeps=keeps)
        except Refused as error:
            typed = clean(sent.get(f"{prefix}body-{code}"))
            subject = clean(sent.get(f"{prefix}subject-{code}"))
            texts[code] = {"subject": subject, "body": typed, "html": typed}
            wrong[f"body-{code}"] = error.message
    made = Result(
        _member(ResultKind, sent.get(f"{prefix}kind"), ResultKind.ASSIGN),
        clean(sent.get(f"{prefix}value")),
        ident_of(sent.get(f"{prefix}group")),
        _member(How, sent.get(f"{prefix}how"), How.RANDOM),
        tuple(
            found
            for text in sent.getlist(f"{prefix}members")
            if (found := ident_of(text)) is not None
        ),
        _member(To, sent.get(f"{prefix}to"), To.ASSIGNEE),
        texts,
        sent.get(f"{prefix}complete") == "1",
    )
    return made, wrong
