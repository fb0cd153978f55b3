"""Whether a trigger that somebody wrote can run; pure (TRG-2, TRG-3)."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from occ.automation.rules import (
    CHOSEN,
    MAIL_PLACES,
    NO_VALUE,
    PARTS,
    TIMED,
    Comparison,
    Condition,
    How,
    Known,
    Result,
    ResultKind,
    To,
    offered,
    tells_customer,
    texts_of,
    type_of,
    typed,
    wanted,
    written,
)
from occ.core import richtext
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.net import check_url
from occ.fields import rules as fields
from occ.fields.rules import FieldType
from occ.ticket_settings.rules import check_places, forbidden_in

TITLE_MAX, CONDITIONS_MAX, RESULTS_MAX, VALUE_MAX = 100, 30, 10, 200
SUBJECT_MAX, BODY_MAX = 200, 10_000


class Wrong(Refused):
    """All that is wrong with a trigger, by the place in its form: `title`, `conditions`, `results`,
    or a line with its field, as `c0-value` or `r1-body-ko`.
    """

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__(next(iter(errors.values())), next(iter(errors)))
        self.errors = errors


def check(
    title: str,
    conditions: Sequence[Condition],
    results: Sequence[Result],
    known: Known,
    *,
    placeholders: Mapping[str, str],
    forbidden: Sequence[str],
) -> list[Condition]:
    """What a trigger must be; raises Wrong.

    `known` has agents by `result:assign:<group>`. `placeholders` are those of its texts with their
    names; `forbidden` what mail to customers must not say. Returns the conditions with their values
    as they are stored.
    """
    wrong: dict[str, Any] = {}
    if not title:
        wrong["title"] = _("Fill this in.")
    if len(title) > TITLE_MAX:
        wrong["title"] = _(
            "Use at most %(limit)s characters; this has %(count)s.",
            limit=TITLE_MAX,
            count=len(title),
        )
    if not conditions:
        wrong["conditions"] = _("Add at least one condition.")
    if not results:
        wrong["results"] = _("Add at least one result.")
    limits = {"conditions": CONDITIONS_MAX, "results": RESULTS_MAX}
    for place, rows in (("conditions", conditions), ("results", results)):
        if len(rows) > limits[place]:
            wrong[place] = _(
                "Keep at most %(conditions)s conditions and %(results)s results.", **limits
            )
    read: list[Condition] = []
    for n, condition in enumerate(conditions):
        try:
            read.append(_read(condition, known))
        except Refused as error:
            wrong[f"c{n}-{error.field or 'value'}"] = error.message
    for n, result in enumerate(results):
        for part, words in _wrong_parts(result, known.values, placeholders, forbidden):
            wrong.setdefault(f"r{n}-{part}", words)
    if wrong:
        raise Wrong(wrong)
    return read


def _read(condition: Condition, known: Known) -> Condition:
    """A condition with its values as they are stored; a refusal names `subject` or `comparison`,
    else it is the value's.
    """
    type = type_of(condition, known.types)
    if type is None:
        raise Refused(_("Choose a field."), "subject")
    if condition.comparison not in offered(condition.subject, type):
        raise Refused(
            _("This subject cannot be compared in this way. Choose another comparison."),
            "comparison",
        )
    if condition.comparison in NO_VALUE:
        return replace(condition, values=())
    if not condition.values or any(
        not value or len(value) > VALUE_MAX for value in condition.values
    ):
        raise Refused(_("Enter a value."))
    if condition.comparison is not Comparison.ONE_OF and len(condition.values) != 1:
        raise Refused(_("Enter one value."))
    if type in CHOSEN:
        if any(value not in known.values.get(condition.key, ()) for value in condition.values):
            raise Refused(_("Choose one of the list."))
        return condition
    if (
        condition.subject in TIMED
        and not 0 < (typed(type, condition.values[0], known.zone, known.country) or 0) <= 8760
    ):
        raise Refused(_("Enter hours, more than 0 and at most 8760."))
    if condition.comparison in (Comparison.CONTAINS, Comparison.NOT_CONTAINS):
        if wanted(condition, type, known.zone, known.country) == [None]:
            raise Refused(
                _("Enter digits of a phone number.")
                if type is FieldType.PHONE
                else _("Enter a value.")
            )
        return condition
    stored = (fields.read(type, value, known.zone, known.country) for value in condition.values)
    return replace(condition, values=tuple(dict.fromkeys(stored)))


def _wrong_parts(
    result: Result,
    known: Mapping[str, Collection[str]],
    placeholders: Mapping[str, str],
    forbidden: Sequence[str],
) -> Iterator[tuple[str, Any]]:
    """What is wrong with a result: the field of its line, and the words."""
    kind = result.kind
    if kind in (
        ResultKind.INTAKE,
        ResultKind.PRIORITY,
        ResultKind.STATE,
    ) and result.value not in known.get(f"result:{kind.value}", ()):
        yield "value", _("Choose one of the list.")
    of_group = kind in (ResultKind.ASSIGN, ResultKind.GROUP) or (
        kind is ResultKind.MAIL and result.to is To.GROUP
    )
    if of_group and str(result.group) not in known["group"]:
        yield "group", _("Choose a group.")
    elif kind is ResultKind.ASSIGN:
        able = known.get(f"result:assign:{result.group}", ())
        if any(str(member) not in able for member in result.members):
            yield (
                "members",
                _(
                    "Tickets cannot be given to an agent who is chosen here: the "
                    "assignment is off. Leave that agent out."
                ),
            )
        elif result.how is How.ONE and len(result.members) != 1:
            yield "members", _("Choose one agent.")
    if kind is ResultKind.MAIL and result.to is To.AGENT:
        there = known.get("result:mail", ())
        if len(result.members) != 1 or str(result.members[0]) not in there:
            yield "members", _("Choose the agent who gets the mail.")
    if kind is ResultKind.FORWARD and not re.fullmatch(
        r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,120}\.[^@\s,;<>]{2,60}", result.value
    ):
        yield "value", _("Enter an e-mail address such as name@example.com.")
    if kind in (ResultKind.CALL, ResultKind.DOORAY):
        try:
            check_url(result.value)
        except Refused as error:
            yield "value", error.message
    if kind in PARTS:
        yield from _wrong_texts(result, placeholders, forbidden)


def _wrong_texts(
    result: Result, placeholders: Mapping[str, str], forbidden: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """What is wrong with the texts of a result, in all languages."""
    if not written(result):
        yield (
            _first_missing(result),
            _("Enter a subject and a text in at least one language.")
            if result.kind is ResultKind.MAIL
            else _("Enter a text in at least one language."),
        )
    limits = {"subject": SUBJECT_MAX, "body": BODY_MAX}
    for place, part, text in texts_of(result):
        html = text.get("html", "") if part == "body" else ""
        if len(text.get(part, "")) > limits[part] or len(html) > 4 * BODY_MAX:
            yield place, _("This text is too long.")
        said = [text.get(part, ""), *richtext.addresses(html)]
        try:
            check_places(said, places_of(result, placeholders), place)
        except Refused as error:
            yield place, error.message
        words = forbidden if tells_customer(result) else ()
        if hits := [hit for one in said for hit in forbidden_in(one, words)]:
            shown = {"before": hits[0].before, "there": hits[0].there, "after": hits[0].after}
            yield (
                place,
                _("The customer must not be told: …%(before)s“%(there)s”%(after)s…", **shown),
            )


def places_of(result: Result, placeholders: Mapping[str, str]) -> Mapping[str, str]:
    """The placeholders that a result's texts may have, with their names: only mails know what was
    written, for a room's people do not work on the ticket.
    """
    if result.kind is not ResultKind.MAIL:
        return placeholders
    return {**placeholders, **{name: str(text) for name, text in MAIL_PLACES.items()}}


def _first_missing(result: Result) -> str:
    """The field where to go on writing: in the language that was begun, else in the first one."""
    begun = [text for text in result.texts.values() if any(text.values())]
    return next(
        (
            place
            for place, part, text in texts_of(result)
            if not text.get(part) and (not begun or text is begun[0])
        ),
        "kind",
    )
