"""Every fixed text of the public pages by its code (HC-3): a service words it anew per language.

Texts in the languages of the console come from its catalogs, those in others from `spoken/`, a
file a language.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from occ.core import i18n

_, pgettext = i18n.lazy_gettext, i18n.lazy_pgettext
SPOKEN = Path(__file__).parent / "spoken"
_VALUE = re.compile(r"%\\\((\w+)\\\)s")

WORDINGS: dict[str, Any] = {
    "home.title": _("How can we help you?"),
    "home.about": _("This is the help center of %(name)s."),
    "search.title": _("Search"),
    "search.button": _("Search"),
    "search.hint": _("Type what you are looking for"),
    "search.within": _("Search in %(name)s"),
    "search.everywhere": _("Search everything"),
    "search.popular": "",
    "search.popular_title": _("Often searched"),
    "search.suggestions": _("Suggestions"),
    "search.found": _("Found for “%(text)s”: %(count)s"),
    "search.first": _("More words find less."),
    "search.none": _("Nothing was found for “%(text)s”"),
    "search.none_about": _("Try fewer or other words, or choose a category."),
    "menu.title": _("Menu"),
    "menu.home": _("Help center"),
    "menu.faq": _("Frequently asked questions"),
    "menu.notices": _("Notices"),
    "menu.inquiry": _("Send an inquiry"),
    "menu.inquiries": _("My inquiries"),
    "menu.callback": _("Ask for a call"),
    "menu.company": _("About us"),
    "menu.open": _("Open the menu"),
    "language.title": _("Language"),
    "language.missing": _("This text is not there in your language yet."),
    "skip": _("Skip to content"),
    "widget.title": _("Help"),
    "widget.open": _("Open help"),
    "widget.close": _("Close help"),
    "widget.back": _("Back to the questions"),
    "widget.away": _("Open the help center in a new window"),
    "field.required": _("Required"),
    "field.optional": _("Optional"),
    "field.choose": pgettext("prompt", "Choose"),
    "field.file": _("Choose files"),
    "field.encrypted": _("What you enter here is kept encrypted."),
    "inquiry.type": _("What is it about?"),
    "inquiry.type.more": _("More precisely"),
    "inquiry.go.on": _("Go on"),
    "inquiry.again": _("Show the questions of this choice"),
    "inquiry.wrong": _("Your inquiry has not been sent yet."),
    "inquiry.offers": _("Perhaps the answer is here already:"),
    "inquiry.files": _("Files"),
    "inquiry.files.hint": _("At most %(count)s files, each of at most %(size)s MB."),
    "inquiry.trap": _("Leave this empty"),
    "inquiry.consent": _("Consent to personal data"),
    "inquiry.consent.give": _("I consent to this."),
    "inquiry.consent.text": _(
        "To answer you we collect your e-mail address or phone number, what you write and the "
        "files that you attach. We use them to answer you and for nothing else, and destroy them "
        "once the time that the law asks us to keep them is over. You may refuse; then we cannot "
        "take your inquiry here."
    ),
    "inquiry.send": _("Send the inquiry"),
    "inquiry.prove": _("Many inquiries come in just now, so we check that this one is yours."),
    "inquiry.prove.how": _(
        "Your browser does a short calculation and then sends the inquiry. Where that does not "
        "work, we mail you a link by which you send it. Everything that you entered is kept, your "
        "files, too."
    ),
    "inquiry.proving": _("Your browser is calculating …"),
    "inquiry.by.mail": _("Confirm by mail"),
    "inquiry.received": _("We have received your inquiry"),
    "inquiry.received.number": _("Its number: %(number)s"),
    "inquiry.received.mail": _(
        "We have mailed you a link. With it you read our answer and write again."
    ),
    "inquiry.held": _("We look at your inquiry first"),
    "inquiry.held.how": _(
        "Many inquiries came from where you are, so somebody looks at this one before it is "
        "answered. You need not send it again."
    ),
    "inquiry.asked": _("Look into your mails"),
    "inquiry.asked.how": _(
        "We have mailed you a link. Open it and confirm, then your inquiry is sent."
    ),
    "inquiry.confirm": _("Send your inquiry?"),
    "inquiry.confirm.how": _("It is kept here, and is sent once you confirm it."),
    "inquiry.confirm.send": _("Send it"),
    "inquiry.gone": _("This link is no longer valid"),
    "inquiry.gone.how": _("It was used already, or its time is over."),
    "callback.number": _("Phone number"),
    "callback.number.hint": _("We call you at this number."),
    "callback.queue": _("What is it about?"),
    "callback.asked": _("We will call you"),
    "callback.asked.how": _("We call you at the number that you entered as soon as we can."),
    "callback.closed": _("We cannot be reached just now"),
    "callback.closed.holiday": _("Today is a holiday: %(name)s."),
    "callback.opens": _("You can ask for a call from %(when)s on."),
    "callback.wrong": _("We have not noted your wish yet."),
    "state.received": pgettext("inquiry", "Received"),
    "state.seen": pgettext("inquiry", "Being looked at"),
    "state.more": pgettext("inquiry", "Being looked into further"),
    "state.answered": pgettext("inquiry", "Answered"),
    "state.closed": pgettext("inquiry", "Closed"),
    "inquiries.none": _("You have not sent any inquiry yet."),
    "inquiries.guest": _("Every inquiry has its own link"),
    "inquiries.guest.how": _(
        "It is in the mail that we sent when we received your inquiry, and in each of our answers."
    ),
    "inquiries.older": _("Older"),
    "inquiries.newer": _("Newer"),
    "inquiry.untitled": _("Inquiry %(number)s"),
    "inquiry.you": _("You"),
    "inquiry.automatic": _("Sent automatically"),
    "inquiry.entered": _("What you entered"),
    "inquiry.hidden": _("Kept encrypted and not shown"),
    "inquiry.purged": _("Destroyed after the agreed time"),
    "inquiry.reply": _("Write again"),
    "inquiry.reply.text": _("Your text"),
    "inquiry.reply.send": _("Send it"),
    "inquiry.reply.sent": _("We have received your text."),
    "inquiry.reply.closed": _("This inquiry is closed. What you write begins a new one."),
    "inquiry.over": _("The time of this link is over"),
    "inquiry.over.how": _("We can mail a new link to the address that the inquiry was sent with."),
    "inquiry.over.send": _("Mail me a new link"),
    "inquiry.renewed": _("Look into your mails"),
    "inquiry.renewed.how": _("If the inquiry is still here, a new link is on its way."),
    "mail.hello": _("Hello, this is %(name)s."),
    "mail.received": _("We have received your inquiry and will answer it soon."),
    "mail.received.subject": _("[%(name)s] We have received your inquiry %(number)s"),
    "mail.renewed": _("Here is the new link to your inquiry."),
    "mail.renewed.subject": _("[%(name)s] The new link to your inquiry %(number)s"),
    "mail.number": _("Number: %(number)s"),
    "mail.title": _("Subject: %(title)s"),
    "mail.follow": _(
        "At this address you read our answer and write again. It is valid for %(days)s days:"
    ),
    "mail.confirm": _(
        "An inquiry was written with this address. If you wrote it, open this link and confirm it."
    ),
    "mail.confirm.subject": _("[%(name)s] Confirm your inquiry"),
    "mail.confirm.hours": _("The link is valid for %(hours)s hours."),
    "mail.confirm.ignore": _("If it was not you, you need not do anything."),
    "mail.login": _("Somebody, probably you, wants to sign in here with this address."),
    "mail.login.subject": _("[%(name)s] Your link to sign in"),
    "mail.login.minutes": _("The link works once, for %(minutes)s minutes."),
    "login.title": _("Sign in"),
    "login.known": _("You are signed in as %(name)s."),
    "login.home": _("To the help center"),
    "login.leave": _("Sign out"),
    "login.mail": _(
        "We mail you a link by which you sign in. It works once, for %(minutes)s minutes."
    ),
    "login.email": _("Your e-mail address"),
    "login.wrong": _("Nothing was sent."),
    "login.send": _("Send the link"),
    "login.site": _("You sign in on the site of %(name)s and come back here."),
    "login.go": _("Sign in there"),
    "login.app": _("Open this help center from the app of %(name)s, where you are signed in."),
    "login.guest": _("Go on without signing in"),
    "login.sent": _("Look into your mails"),
    "login.sent.how": _(
        "A link to sign in is on its way to %(email)s. It works once, for %(minutes)s minutes."
    ),
    "login.sent.none": _("If none comes, look into the spam folder, or ask again later."),
    "login.link": _("You asked to sign in as %(email)s."),
    "login.gone": _("This link does not work any more"),
    "login.gone.how": _("It was used already, or it is too old. Sign in again."),
    "login.asked": _(
        "Another page wants to sign you in as %(name)s. What you write here will be theirs."
    ),
    "login.asked.yes": _("That is me"),
    "login.asked.no": _("That is not me"),
    "login.refused": _("You are not signed in"),
    "login.late": _("More than three minutes passed since you signed in there. Sign in again."),
    "login.early": _("The clock of the site that you signed in to is fast. Try again later."),
    "login.unchecked": _("What the site that you signed in to says of you could not be checked."),
    "login.other": _("This help center does not take this way of signing in."),
    "login.foreign": _("The address to return to is not one that this help center allows."),
    "name.email": _("E-mail"),
    "name.title": _("Title"),
    "name.content": _("Content"),
    "wrong.empty": _("Fill this in."),
    "wrong.nothing": _("Enter something first."),
    "wrong.email": _("Enter an e-mail address such as name@example.com."),
    "wrong.figure": _("Enter a number."),
    "wrong.date": _("Enter a date such as 2026-11-28."),
    "wrong.time": _("Enter a date and time such as 2026-11-28 09:30."),
    "wrong.length": _("Use at most %(limit)s characters; this has %(count)s."),
    "wrong.list": _("Choose one of the list."),
    "wrong.type": _("Choose an intake type."),
    "wrong.type.gone": _("This intake type is no longer offered. Choose another one."),
    "wrong.questions": _(
        "The questions below have changed. Look at them again, then send your inquiry."
    ),
    "wrong.file.size": _("A file may have at most %(limit)s MB; this has %(size)s MB."),
    "wrong.file.empty": _("Choose a file that is not empty."),
    "wrong.file.many": _("Attach at most %(count)s files to one text."),
    "wrong.file.gone": _("This file is no longer there. Choose it again."),
    "wrong.confirm": _(
        "Confirm the inquiries that you have sent already: open the links in our mails."
    ),
    "wrong.consent": _("Without your consent the inquiry cannot be taken."),
    "wrong.consent.call": _("Without your consent we cannot call you."),
    "wrong.consent.changed": _("This text has changed. Read it, then consent again."),
    "wrong.expired": _("This page has expired. Look at it once more, then send it."),
    "wrong.fast": _("That was very fast. Look at your inquiry once more, then send it again."),
    "wrong.fast.call": _("That was very fast. Look at your number once more, then ask again."),
    "wrong.long": _(
        "This page was open for very long. Look at your inquiry once more, then send it."
    ),
    "wrong.long.call": _(
        "This page was open for very long. Look at your number once more, then ask again."
    ),
    "wrong.many": _("Too many came from where you are. Try again in some minutes."),
    "wrong.phone": _(
        "This is not a phone number. Enter it whole, such as %(example)s, or "
        "with + and its country code."
    ),
    "path": _("You are here"),
    "pages.title": _("Pages"),
    "pages.previous": _("Previous"),
    "pages.next": _("Next"),
    "faq.categories": _("Find by category"),
    "faq.all": _("See all"),
    "faq.whole": _("All"),
    "faq.none": _("There are no questions here yet."),
    "faq.mark": "Q",
    "faq.pinned": _("Pinned"),
    "faq.open": _("Open this answer"),
    "faq.related": _("Related questions"),
    "faq.helpful": _("Did this help?"),
    "faq.yes": _("Yes"),
    "faq.no": _("No"),
    "faq.thanks": _("Thank you for telling us."),
    "faq.thanks_about": _("Good to know that this helped."),
    "faq.sorry": _("We will look at this answer again. Ask us, and we will help."),
    "document.changed": _("Last changed %(day)s"),
    "document.views": _("Views %(count)s"),
    "notices.mark": _("Notice"),
    "notices.headings": _("Headings"),
    "notices.tags": _("Tags"),
    "notices.all": _("All"),
    "notices.every": _("All notices"),
    "notices.none": _("There are no notices."),
    "ask.title": _("Ask us directly"),
    "ask.inquiry": _("We answer by mail."),
    "ask.callback": _("We call you back."),
    "ask.phone": _("Call us"),
    "ask.more": _("Did not find an answer?"),
    "ask.more_about": _("Send an inquiry, and we will answer."),
    "company.trademark": _("Trademark"),
    "company.terms": _("Terms of use"),
    "company.privacy": _("Privacy policy"),
    "company.none": _("Nothing is said of the company yet."),
    "closed.title": _("This help center is closed for now"),
    "closed.advice": _("%(name)s is not available at the moment. Please come back later."),
    "gone.title": _("This page does not exist"),
    "gone.advice": _("It may have moved or ended. Search for it, or go to the first page."),
    "large.title": _("This is too large"),
    "large.advice": _("Nothing was sent. Go back and shorten the text, or choose smaller files."),
    "often.title": _("Too many attempts"),
    "often.advice": _("Wait a few minutes, then try again."),
    "stale.title": _("This page is from an earlier session"),
    "stale.advice": _("Load it again, then repeat what you did."),
}


@cache
def spoken(code: str) -> dict[str, str]:
    """The texts of a language that the console does not speak, by code; {} where there is none."""
    file = SPOKEN / f"{code}.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


@cache
def shipped(code: str, language: str) -> str:
    """The text as it comes, in a language; '' where nobody has worded it."""
    if language in i18n.LOCALES:
        with i18n.force_locale(language):
            return str(WORDINGS[code])
    return spoken(language).get(code, "")


@cache
def _told(locale: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What fields are called and why they are refused, as the console says it in one of its
    languages, by code.
    """
    return tuple(
        (code, re.compile(_VALUE.sub(r"(?P<\1>.+)", re.escape(shipped(code, locale)))))
        for code in WORDINGS
        if code.startswith(("name.", "wrong."))
    )


def told(text: str, locale: str) -> tuple[str, Mapping[str, str]] | None:
    """The code of what the console itself says of a field in one of its languages, with what was
    set into it; None where it is not worded here.
    """
    for code, pattern in _told(locale):
        if found := pattern.fullmatch(text):
            return code, found.groupdict()
    return None
