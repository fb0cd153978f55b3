"""One map an enum: how codes are worded and shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from occ.automation import rules
from occ.automation.queries import Choices
from occ.automation.rules import (
    NO,
    NO_VALUE,
    YES,
    Comparison,
    Condition,
    How,
    Result,
    ResultKind,
    Subject,
    To,
)
from occ.core import net
from occ.core.i18n import exact_number, gettext, josa, locale, ngettext, number
from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.fields.labels import TYPES, value_text
from occ.fields.rules import FieldType

SUBJECTS = {
    Subject.STATE: _("State"),
    Subject.INTAKE: _("Intake type"),
    Subject.RESOLUTION: _("Resolution type"),
    Subject.CHANNEL: _("Channel"),
    Subject.ASSIGNEE: _("Assignee"),
    Subject.GROUP: _("Group"),
    Subject.PRIORITY: _("Priority"),
    Subject.TITLE: _("Title"),
    Subject.BODY: _("What the customer asks"),
    Subject.LANGUAGE: _("Language"),
    Subject.RECEIVED: _("Hours since it was received"),
    Subject.QUIET: _("Hours since something happened"),
}
COMPARISONS = {
    Comparison.EQUAL: _("is"),
    Comparison.NOT_EQUAL: _("is not"),
    Comparison.CONTAINS: _("contains"),
    Comparison.NOT_CONTAINS: _("does not contain"),
    Comparison.ONE_OF: _("is one of"),
    Comparison.EMPTY: _("is empty"),
    Comparison.CHANGED: _("has changed"),
    Comparison.MORE: _("is more than"),
    Comparison.LESS: _("is less than"),
}
LATER = {Comparison.MORE: _("is later than"), Comparison.LESS: _("is earlier than")}
# whole sentences, for each language puts subject, value and comparison in an order of its own
SENTENCES = {
    Comparison.EQUAL: _("%(what)s is %(value)s"),
    Comparison.NOT_EQUAL: _("%(what)s is not %(value)s"),
    Comparison.CONTAINS: _("%(what)s contains %(value)s"),
    Comparison.NOT_CONTAINS: _("%(what)s does not contain %(value)s"),
    Comparison.ONE_OF: _("%(what)s is one of %(value)s"),
    Comparison.EMPTY: _("%(what)s is empty"),
    Comparison.CHANGED: _("%(what)s has changed"),
    Comparison.MORE: _("%(what)s is more than %(value)s"),
    Comparison.LESS: _("%(what)s is less than %(value)s"),
}
LATER_SENTENCES = {
    Comparison.MORE: _("%(what)s is later than %(value)s"),
    Comparison.LESS: _("%(what)s is earlier than %(value)s"),
}
HIGHER_SENTENCES = {
    Comparison.MORE: _("%(what)s is higher than %(value)s"),
    Comparison.LESS: _("%(what)s is lower than %(value)s"),
}
HOURS = {
    (Subject.RECEIVED, Comparison.MORE): _("It was received more than %(hours)s h ago"),
    (Subject.RECEIVED, Comparison.LESS): _("It was received less than %(hours)s h ago"),
    (Subject.QUIET, Comparison.MORE): _("Nothing has happened for more than %(hours)s h"),
    (Subject.QUIET, Comparison.LESS): _("Something happened less than %(hours)s h ago"),
}
# where Korean sentences say who or what by a particle: behind the value; else behind the subject
_PLACE = (Comparison.CONTAINS, Comparison.NOT_CONTAINS)
_OF_VALUE = (*_PLACE, Comparison.NOT_EQUAL)
RESULTS = {
    ResultKind.ASSIGN: _("Assign to an agent"),
    ResultKind.GROUP: _("Reassign to a group"),
    ResultKind.INTAKE: _("Set the intake type"),
    ResultKind.PRIORITY: _("Set the priority"),
    ResultKind.STATE: _("Set the state"),
    ResultKind.MAIL: _("Send a mail"),
    ResultKind.FORWARD: _("Forward outside by mail"),
    ResultKind.CALL: _("Call a web address"),
    ResultKind.DOORAY: _("Write to Dooray!"),
}
HOWS = {How.RANDOM: _("At random"), How.TURN: _("In turn"), How.ONE: _("Always the same agent")}
TOS = {
    To.ASSIGNEE: _("The assignee"),
    To.AGENT: _("An agent"),
    To.GROUP: _("A group"),
    To.CUSTOMER: _("The customer"),
}
FAILURES = {
    "nobody": _("nobody takes tickets now"),
    "off": _("the ticket assignment is off"),
    "left": _("no agent of this group any more"),
    "no group": _("the group was deleted"),
    "no agent": _("no agent of this service any more"),
    "gone": _("the intake type was deleted"),
    "no receiver": _("there is no receiver"),
    "loop": _("machines might answer each other for ever"),
    "often": _("its receiver got as many mails as an hour allows"),
    "error": _("it failed; the log says why"),
    "forbidden": _("its text holds forbidden words"),
}
INPUTS = {FieldType.DATE: "date", FieldType.DATE_TIME: "datetime-local", FieldType.PHONE: "tel"}


def type_of(one: Condition, choices: Choices) -> FieldType | None:
    return rules.type_of(one, choices.types)


def offered(one: Condition, choices: Choices) -> list[tuple[Comparison, Any]]:
    """What can be asked of what a condition looks at, in words; also what one asks that was stored
    before and makes no sense.
    """
    type = type_of(one, choices)
    there = rules.offered(one.subject, type)
    return [
        (asked, comparison_text(asked, type))
        for asked in (*there, *({one.comparison} - set(there)))
    ]


def comparison_text(comparison: Comparison, type: FieldType | None) -> Any:
    words = LATER if type in (FieldType.DATE, FieldType.DATE_TIME) else {}
    return words.get(comparison, COMPARISONS[comparison])


def named(one: Condition, choices: Choices) -> Mapping[str, str]:
    """What a condition's values can be, in words; removed choices only where it names them.

    Empty where values are typed.
    """
    field = choices.fields.get(one.key)
    if field is None:
        return choices.by_key.get(one.key, {})
    if field.type is FieldType.CHECKBOX:
        return {YES: str(_("Yes")), NO: str(_("No"))}
    return {
        choice.key: choice.name
        for choice in (*field.choices, *(gone for gone in field.gone if gone.key in one.values))
    }


def is_chosen(one: Condition, choices: Choices) -> bool:
    return type_of(one, choices) in rules.CHOSEN


def input_texts(one: Condition, choices: Choices) -> list[str]:
    """A condition's values as its input holds them: times in the service's zone."""
    texts = []
    for value in one.values:
        at = _read(one, value, choices)
        texts.append(
            f"{at.astimezone(ZoneInfo(choices.zone)):%Y-%m-%dT%H:%M}"
            if isinstance(at, datetime)
            else value
        )
    return texts


def _read(one: Condition, value: str, choices: Choices) -> Any:
    type = type_of(one, choices)
    return rules.typed(type, value, choices.zone, choices.country) if type else None


def subject_text(one: Condition, choices: Choices) -> str:
    if one.subject is not Subject.FIELD:
        return str(SUBJECTS[one.subject])
    return choices.fields[one.key].name if one.key in choices.fields else one.code


def _value_text(one: Condition, value: str, choices: Choices) -> str:
    """One value as people write it; as it was typed where it cannot be read."""
    if is_chosen(one, choices):
        return named(one, choices).get(value, str(_("no longer there")))
    read = _read(one, value, choices)
    if read is None or one.comparison in (Comparison.CONTAINS, Comparison.NOT_CONTAINS):
        return value
    if one.subject in rules.TIMED:
        return exact_number(read)
    field = choices.fields.get(one.key)
    stored = read.isoformat() if isinstance(read, date) else str(read)
    said = value_text(field, stored, choices.zone, choices.country) if field else stored
    return f"{said} ({choices.zone})" if isinstance(read, datetime) else said


def condition_text(one: Condition, choices: Choices) -> str:
    """A condition in the viewer's words."""
    values = () if one.comparison in NO_VALUE else one.values
    texts = [_value_text(one, value, choices) for value in values]
    if hours := HOURS.get((one.subject, one.comparison)):
        return str(hours % {"hours": ", ".join(texts)})
    what = subject_text(one, choices)
    said = ", ".join(str(_("“%(value)s”", value=text)) for text in texts)
    if locale().language == "ko":
        what = what if one.comparison in _PLACE else josa(what, "이/가")
        said = josa(said, "이/가") if one.comparison in _OF_VALUE else said
    return str(_sentence(one, choices) % {"what": what, "value": said})


def _sentence(one: Condition, choices: Choices) -> Any:
    is_priority = one.subject is Subject.PRIORITY
    is_time = type_of(one, choices) in (FieldType.DATE, FieldType.DATE_TIME)
    own = HIGHER_SENTENCES if is_priority else LATER_SENTENCES if is_time else {}
    return own.get(one.comparison, SENTENCES[one.comparison])


def fault_text(one: Condition, choices: Choices) -> str:
    """Why a condition can never hold as it is stored, '' for one that can."""
    type = type_of(one, choices)
    if type is None:
        return str(
            _("This field was deleted or holds personal data by now: the condition never holds.")
        )
    if (
        one.comparison in NO_VALUE
        or type in rules.CHOSEN
        or None not in rules.wanted(one, type, choices.zone, choices.country)
    ):
        return ""
    return str(_("This value cannot be read as “%(type)s”: it never holds.", type=TYPES[type]))


def result_text(one: Result, choices: Choices, names: Mapping[int, str]) -> str:
    """What a result does and to whom, in the viewer's words; `names` are those of members."""
    to = _aim(one, choices, names)
    said = str(RESULTS[one.kind])
    return str(_("%(what)s: %(to)s", what=said, to=to)) if to else said


def _aim(one: Result, choices: Choices, names: Mapping[int, str]) -> str:
    group = choices.groups.get(str(one.group), str(_("no longer there"))) if one.group else ""
    chosen = ", ".join(names.get(member, "?") for member in one.members)
    match one.kind:
        case ResultKind.ASSIGN if one.how is How.ONE:
            return f"{chosen} ({group})"
        case ResultKind.ASSIGN:
            return ", ".join(part for part in (group, str(HOWS[one.how]), chosen) if part)
        case ResultKind.GROUP:
            return group
        case ResultKind.INTAKE | ResultKind.PRIORITY | ResultKind.STATE:
            there = choices.by_key[f"result:{one.kind.value}"]
            return there.get(one.value, str(_("no longer there")))
        case ResultKind.MAIL if one.to is To.AGENT:
            return chosen
        case ResultKind.MAIL if one.to is To.GROUP:
            return group
        case ResultKind.MAIL:
            return str(TOS[one.to])
        case ResultKind.FORWARD if one.complete:
            return str(_("%(to)s, then the ticket is done", to=one.value))
        case ResultKind.FORWARD:
            return one.value
        case ResultKind.CALL | ResultKind.DOORAY:
            return net.host_of(one.value)


def limit_text(one: Result) -> str:
    """How many mails a result sends to one address, '' for what sends none."""
    if one.kind not in (ResultKind.MAIL, ResultKind.FORWARD):
        return ""
    is_theirs = one.kind is ResultKind.MAIL and one.to is To.CUSTOMER
    return str(
        _(
            "Triggers of this service send at most %(most)s mails an hour to one address, so that "
            "machines do not answer each other without end. More are not sent, and the ticket "
            "says so.",
            most=number(rules.MAILS_AN_HOUR if is_theirs else rules.OWN_MAILS_AN_HOUR),
        )
    )


def _had_enough(most: int) -> str:
    return str(_("triggers send one address at most %(most)s mails an hour", most=number(most)))


def done_text(done: Mapping[str, Any], whole: bool, choices: Choices) -> str:
    """What came of a result, in the viewer's words; addresses outside
    only for managers (`whole`).

    People, groups and types have the names that they had then. What the rules of tickets refused is
    kept as its message id.
    """
    said = str(RESULTS[ResultKind(done["kind"])])
    who = done.get("who")
    if done.get("receiver") == To.CUSTOMER.value:
        who = str(TOS[To.CUSTOMER])
    if who:
        said = f"{said} ({who})"
    if "failed" in done:
        code = done["failed"]
        why = str(FAILURES.get(code) or gettext(code))
        if "most" in done:
            why = _had_enough(done["most"])
        return str(_("%(what)s: not done, %(why)s", what=said, why=why))
    outside = done["kind"] in (
        ResultKind.MAIL.value,
        ResultKind.FORWARD.value,
        ResultKind.CALL.value,
        ResultKind.DOORAY.value,
    )
    to = done.get("to")
    if to and done["kind"] in (ResultKind.PRIORITY.value, ResultKind.STATE.value):
        to = choices.by_key[done["kind"]].get(to, to)
    told = f"{said}: {to}" if to and (whole or not outside) else said
    if done.get("often"):
        told = ngettext(
            "%(what)s (not to %(num)s more: %(why)s)",
            "%(what)s (not to %(num)s more: %(why)s)",
            done["often"],
            what=told,
            why=_had_enough(done["most"]),
        )
    return (
        str(_("%(what)s (left empty: %(names)s)", what=told, names=", ".join(done["empty"])))
        if done.get("empty")
        else told
    )


def outcome(run: Mapping[str, Any]) -> Label:
    """What came of a trigger that was considered, `run` a row of a report:
    done is only what could be done.
    """
    failed = ["failed" in done for done in run["done"]]
    if not run["fired"]:
        return Label(_("did not fire"), "gray", "circle-dashed")
    if not any(failed):
        return Label(_("fired"), "green", "circle-check")
    return Label(
        _("fired, nothing could be done")
        if all(failed)
        else _("fired, not everything could be done"),
        "amber",
        "alert-triangle",
    )


def call_error(error: str) -> str:
    """What went wrong with a web call, in the viewer's words."""
    if error.startswith("Blocked"):
        return str(_("This address is in an internal network and is not called."))
    if error.startswith("gaierror"):
        return str(_("The name of this host was not found."))
    if error.startswith("HTTP "):
        return str(_("It answered with the error %(status)s.", status=error.removeprefix("HTTP ")))
    return str(_("It did not answer."))
