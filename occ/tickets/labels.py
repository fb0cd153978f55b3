"""One map an enum."""

from collections.abc import Mapping

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.core.tasks import TaskState
from occ.telephony.rules.calls import Direction
from occ.tickets.rules import Box, Channel, Entry, Fact, Priority, Reason, State

CHANNELS = {
    Channel.PHONE: Label(_("Phone"), "gray", "phone"),
    Channel.MAIL: Label(_("Mail"), "gray", "mail"),
    Channel.HELP_CENTER: Label(_("Help center"), "gray", "book-2"),
    Channel.MANUAL: Label(_("Written by hand"), "gray", "pencil"),
    Channel.HANDOVER: Label(_("Hand-over"), "gray", "arrow-forward-up"),
    Channel.MIGRATION: Label(_("Migration"), "gray", "database-import"),
}
STATES = {
    State.UNASSIGNED: Label(_("Unassigned"), "amber", "circle-dashed"),
    State.PROGRESS: Label(_("In progress"), "blue", "progress"),
    State.HOLD: Label(_("On hold"), "violet", "player-pause"),
    State.HANDED: Label(_("Handed over"), "teal", "arrow-forward-up"),
    State.ANSWERED: Label(_("Hand-over answered"), "pink", "message-2"),
    State.RESOLVED: Label(_("Resolved"), "green", "circle-check"),
    State.DONE: Label(_("Done"), "gray", "checks"),
}
SPAM = Label(_("Spam"), "gray", "ban")
PRIORITIES = {
    Priority.URGENT: Label(_("Urgent"), "red", "chevrons-up"),
    Priority.HIGH: Label(_("High"), "amber", "chevron-up"),
    Priority.NORMAL: Label(_("Normal"), "gray", "minus"),
    Priority.LOW: Label(_("Low"), "gray", "chevron-down"),
}
REASONS = {
    Reason.SPAM: _("Spam"),
    Reason.ABUSE: _("Abuse"),
    Reason.TEST: _("Test"),
    Reason.DUPLICATE: _("Duplicate"),
    Reason.BY_CHAT: _("Resolved by chat"),
    Reason.BY_PHONE: _("Resolved by phone"),
    Reason.OTHER: _("Another reason"),
}
BOXES = {
    Box.PROGRESS: _("In progress"),
    Box.HOLD: _("On hold"),
    Box.RESOLVED: _("Resolved"),
    Box.DONE: _("Done"),
    Box.HANDED: _("Handed over"),
    Box.ALL: _("All"),
    Box.UNASSIGNED: _("Unassigned"),
    Box.GROUPS: _("My groups"),
    Box.SPAM: _("Spam"),
}
TITLES = {
    Box.PROGRESS: _("My tickets in progress"),
    Box.HOLD: _("My tickets on hold"),
    Box.RESOLVED: _("My resolved tickets"),
    Box.DONE: _("My tickets that are done"),
    Box.HANDED: _("My tickets that are handed over"),
    Box.ALL: _("All tickets"),
    Box.UNASSIGNED: _("Unassigned tickets"),
    Box.GROUPS: _("Tickets of my groups"),
    Box.SPAM: _("Spam"),
}
TASKS = {
    TaskState.QUEUED: Label(_("Queued"), "amber", "clock"),
    TaskState.RUNNING: Label(_("Running"), "blue", "progress"),
    TaskState.DONE: Label(_("Ended"), "green", "circle-check"),
    TaskState.FAILED: Label(_("Stopped"), "red", "alert-octagon"),
    TaskState.CANCELLED: Label(_("Cancelled"), "gray", "ban"),
}
ENTRIES = {
    Entry.INQUIRY: _("Inquiry"),
    Entry.REPLY: _("Answer by mail"),
    Entry.TEXT: _("Text message"),
    Entry.ANSWER: _("Reply"),
    Entry.HOLD: _("Reply, on hold"),
    Entry.COMMENT: _("Comment"),
    Entry.INTERNAL: _("Resolved internally"),
    Entry.HANDED: _("Handed over"),
    Entry.ANSWERED: _("Answer to the hand-over"),
    Entry.MAIL: _("Mail of a trigger"),
}
FACTS = {
    Fact.CREATED: Label(_("%(by)s created the ticket"), icon="plus"),
    Fact.TAKEN: Label(_("%(by)s took the ticket"), icon="user-check"),
    Fact.TRANSFERRED: Label(_("%(by)s reassigned the ticket to %(to)s"), icon="user-share"),
    Fact.UNASSIGNED: Label(
        _("The ticket has nobody again; it was with %(before)s"), icon="circle-dashed"
    ),
    Fact.RESOLVED: Label(_("%(by)s resolved the ticket"), icon="circle-check"),
    Fact.HELD: Label(_("%(by)s put the ticket on hold"), icon="player-pause"),
    Fact.INTERNAL: Label(
        _("%(by)s resolved the ticket internally: %(reason)s"), icon="circle-check"
    ),
    Fact.REOPENED: Label(_("%(by)s opened the ticket again"), icon="progress"),
    Fact.FINISHED: Label(_("%(by)s marked the ticket as done"), icon="checks"),
    Fact.RESTORED: Label(_("%(by)s took the ticket out of the spam box"), icon="arrow-back-up"),
    Fact.DELETED: Label(_("%(by)s deleted the ticket"), icon="trash"),
    Fact.INTAKE: Label(
        _("%(by)s changed the intake type: %(before)s → %(after)s"), icon="category"
    ),
    Fact.RESOLUTION: Label(
        _("%(by)s changed the resolution type: %(before)s → %(after)s"), icon="category"
    ),
    Fact.PRIORITY: Label(
        _("%(by)s changed the priority: %(before)s → %(after)s"), icon="chevrons-up"
    ),
    Fact.HANDED: Label(_("%(by)s handed the ticket over to %(to)s"), icon="arrow-forward-up"),
    Fact.ANSWERED: Label(_("%(by)s of %(to)s answered the hand-over"), icon="message-2"),
    Fact.ERASED: Label(_("The customer's data was erased"), icon="eraser"),
    Fact.MASKED: Label(_("%(by)s masked a part of a text"), icon="eye-off"),
    Fact.FIELD: Label(_("%(by)s filled in: %(fields)s"), icon="forms"),
    Fact.UNDONE: Label(_("%(by)s took that back before it left"), icon="arrow-back-up"),
    Fact.REPLIED: Label(_("An answer came by mail"), icon="mail"),
    Fact.BOUNCED: Label(_("A mail could not be delivered"), icon="mail-x"),
    Fact.CONTINUED: Label(_("The customer wrote again: ticket %(number)s"), icon="mail"),
    Fact.UNDELIVERED: Label(_("A mail did not reach its receiver"), icon="mail-x"),
    Fact.UNSENT: Label(_("A mail was not sent: its receiver got many lately"), icon="mail-x"),
}


_SHORT = {
    Fact.CREATED: _("Received"),
    Fact.TAKEN: _("Taken"),
    Fact.TRANSFERRED: _("Reassigned"),
    Fact.UNASSIGNED: _("Unassigned"),
    Fact.RESOLVED: _("Resolved"),
    Fact.HELD: _("Put on hold"),
    Fact.INTERNAL: _("Resolved internally"),
    Fact.REOPENED: _("Opened again"),
    Fact.FINISHED: _("Done"),
    Fact.RESTORED: _("Taken out of spam"),
    Fact.INTAKE: _("Intake type changed"),
    Fact.RESOLUTION: _("Resolution type changed"),
    Fact.PRIORITY: _("Priority changed"),
    Fact.FIELD: _("Fields filled in"),
    Fact.HANDED: _("Handed over"),
    Fact.ANSWERED: _("Hand-over answered"),
    Fact.ERASED: _("The customer's data was erased"),
    Fact.MASKED: _("Part of a text masked"),
    Fact.DELETED: _("Deleted"),
    Fact.UNDONE: _("Undone"),
    Fact.REPLIED: _("An answer came by mail"),
    Fact.BOUNCED: _("A mail could not be delivered"),
    Fact.CONTINUED: _("The customer wrote again"),
    Fact.UNDELIVERED: _("Mail not delivered"),
    Fact.UNSENT: _("Mail not sent, its receiver got many lately"),
}
FACT_NAMES = {fact.value: text for fact, text in _SHORT.items()}


_CALLS = {
    "mail": _("A mail came in and made the ticket"),
    "help_center": _("An inquiry in the help center made the ticket"),
    "migration": _("The ticket was brought in from a file"),
    Direction.INBOUND.value: _("A call came in and made the ticket"),
    Direction.OUTBOUND.value: _("An outgoing call made the ticket"),
}


_REPLIES = {
    "customer": _("The customer answered by mail"),
    "here": _("The customer wrote in the help center"),
    "other": _("Somebody else answered by mail"),
    "machine": _("A mail came that a machine wrote"),
}
# RFC 3463: what the last two figures of a status say
_WHY = {
    "1.1": _("there is no such address"),
    "1.2": _("there is no such mail server"),
    "1.10": _("there is no such address"),
    "2.1": _("the mailbox is closed"),
    "2.2": _("the mailbox is full"),
    "3.4": _("the mail is too large"),
    "7.1": _("the server refused it"),
}


def _bounce(status: str, *, lasting: bool) -> str:
    """A mail that came back, or is late, with the reason where its code has one."""
    what = _("A mail could not be delivered") if lasting else _("A mail has not been delivered yet")
    code = status.partition(".")[2]
    return f"{what}: {_WHY[code]} ({status})" if code in _WHY else str(what)


def fact_text(event: object, names: Mapping[str, str] | None = None) -> str:
    """An event in the viewer's words; `names` are those of fields by code. What
    a trigger or the console did is said without a person's title.
    """
    detail = event.detail  # type: ignore[attr-defined]
    by = event.actor  # type: ignore[attr-defined]
    values = {"by": by, "before": detail.get("before") or "–", "after": detail.get("after") or "–"}
    values["to"] = detail.get("to") or detail.get("group") or "–"
    if detail.get("to") and detail.get("group"):
        values["to"] = f"{detail['to']} ({detail['group']})"
    fact = event.fact  # type: ignore[attr-defined]
    if fact is Fact.PRIORITY:
        values |= {
            side: str(PRIORITIES[Priority(detail[side])].text) for side in ["before", "after"]
        }
    if fact is Fact.INTERNAL:
        values["reason"] = str(REASONS[Reason(detail["reason"])])
    if fact is Fact.FIELD:
        known = [names[code] for code in detail["fields"] if code in names] if names else []
        values["fields"] = ", ".join(known) or str(_("fields"))
    if fact is Fact.CONTINUED:
        values["number"] = f"#{detail.get('number', '–')}"
    if detail.get("direction") in _CALLS:
        return str(_CALLS[detail["direction"]])
    if fact is Fact.REPLIED:
        return str(_REPLIES[detail.get("by") or "customer"])
    if fact is Fact.BOUNCED:
        return _bounce(detail.get("status", ""), lasting=detail.get("lasting", True))
    text = str(FACTS[fact].text)
    if not detail.get("trigger") and (by or "%(by)s" not in text):
        return text % values
    said = (
        f"{values['before']} → {values['after']}"
        if "after" in detail
        else values["to"]
        if "to" in detail
        else ""
    )
    what = f"{_SHORT[fact]} {said}".strip()
    if detail.get("trigger"):
        return str(_("Trigger “%(title)s”: %(what)s", title=detail["trigger"], what=what))
    return str(_("The console: %(what)s", what=what))


def news_text(row: object) -> str:
    """An event, or who wrote what kind of entry, in the viewer's words."""
    kind = getattr(row, "kind", None)
    author = getattr(row, "author", "") or _("Customer")
    return f"{author} · {ENTRIES[kind]}" if kind else fact_text(row)  # type: ignore[arg-type]
