"""One map an enum: how codes are worded and shown."""

from collections.abc import Mapping
from typing import Any

from occ.core.i18n import lazy_gettext as _
from occ.fields.rules import FieldType
from occ.triggers.queries import Choices
from occ.triggers.rules import NO_VALUE, Comparison, Condition, How, ResultKind, Subject, To

SUBJECTS = {
    Subject.STATE: _("State"), Subject.INTAKE: _("Intake type"), Subject.RESOLUTION: _("Resolution type"), Subject.CHANNEL: _("Channel"),
    Subject.ASSIGNEE: _("Assignee"), Subject.GROUP: _("Group"), Subject.PRIORITY: _("Priority"), Subject.TITLE: _("Title"),
    Subject.BODY: _("What the customer asks"), Subject.LANGUAGE: _("Language"), Subject.RECEIVED: _("Hours since it was received"),
    Subject.QUIET: _("Hours since something happened"),
}  # fmt: skip
COMPARISONS = {
    Comparison.EQUAL: _("is"), Comparison.NOT_EQUAL: _("is not"), Comparison.CONTAINS: _("contains"),
    Comparison.NOT_CONTAINS: _("does not contain"), Comparison.ONE_OF: _("is one of"), Comparison.EMPTY: _("is empty"),
    Comparison.CHANGED: _("has changed"), Comparison.MORE: _("is more than"), Comparison.LESS: _("is less than"),
}  # fmt: skip
RESULTS = {
    ResultKind.ASSIGN: _("Assign to an agent"), ResultKind.GROUP: _("Hand to a group"), ResultKind.INTAKE: _("Set the intake type"),
    ResultKind.PRIORITY: _("Set the priority"), ResultKind.STATE: _("Set the state"), ResultKind.MAIL: _("Send a mail"),
    ResultKind.FORWARD: _("Forward outside by mail"), ResultKind.CALL: _("Call a web address"),
    ResultKind.DOORAY: _("Write to Dooray!"),
}  # fmt: skip
HOWS = {How.RANDOM: _("By chance"), How.TURN: _("In turn"), How.ONE: _("Always the same agent")}
TOS = {To.ASSIGNEE: _("The assignee"), To.GROUP: _("A group"), To.CUSTOMER: _("The customer")}
FAILURES = {
    "nobody": _("nobody takes tickets now"), "gone": _("the intake type was deleted"), "no receiver": _("there is no receiver"),
    "error": _("it failed; the log says why"),
}  # fmt: skip
INPUTS = {FieldType.DATE: "date", FieldType.DATE_TIME: "datetime-local", FieldType.NUMBER: "number"}


def named(key: str, choices: Choices) -> Mapping[str, str]:
    """What a condition's values are called, empty where they are free text."""
    if key.startswith("field:"):
        found = next((one for one in choices.fields if f"field:{one.code}" == key), None)
        return {choice.key: choice.name for choice in found.choices} if found else {}
    return choices.by_key.get(key, {})


def subject_text(one: Condition, choices: Choices) -> str:
    if one.subject is not Subject.FIELD:
        return str(SUBJECTS[one.subject])
    return next((field.name for field in choices.fields if field.code == one.code), one.code)


def condition_text(one: Condition, choices: Choices) -> str:
    """A condition in the viewer's words."""
    names = named(one.key, choices)
    said = ", ".join(str(_("“%(value)s”", value=names.get(value, value))) for value in one.values) if one.comparison not in NO_VALUE else ""
    return f"{subject_text(one, choices)} {COMPARISONS[one.comparison]} {said}".strip()


def done_text(done: Mapping[str, Any], whole: bool) -> str:
    """What came of a result, in the viewer's words; addresses outside only for managers (`whole`)."""
    said = str(RESULTS[ResultKind(done["kind"])])
    if "failed" in done:
        return str(_("%(what)s: not done, %(why)s", what=said, why=str(FAILURES.get(done["failed"], done["failed"]))))
    outside = done["kind"] in (ResultKind.MAIL.value, ResultKind.FORWARD.value, ResultKind.CALL.value, ResultKind.DOORAY.value)
    return f"{said}: {done['to']}" if done.get("to") and (whole or not outside) else said


def call_error(error: str) -> str:
    """What went wrong with a web call, in the viewer's words."""
    if error.startswith("Blocked"):
        return str(_("This address lies in this network; it is not called."))
    if error.startswith("HTTP "):
        return str(_("It answered with the error %(status)s.", status=error.removeprefix("HTTP ")))
    return str(_("It did not answer."))
