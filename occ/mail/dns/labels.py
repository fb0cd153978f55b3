"""What the DNS says of a sender, in words, each with what to do."""

from dataclasses import dataclass
from typing import Any

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.mail.dns.rules import Code, Finding, Subject, Verdict

VERDICTS = {
    Verdict.GOOD: Label(_("In order"), "green", "check"),
    Verdict.WARNING: Label(_("Look at this"), "amber", "alert-triangle"),
    Verdict.BAD: Label(_("Wrong"), "red", "alert-octagon"),
    Verdict.UNKNOWN: Label(_("Not known"), "gray", "user-question"),
}
SUBJECTS = {
    Subject.MX: _("Answers of customers (MX)"),
    Subject.SPF: _("Mail server (SPF)"),
    Subject.DKIM: _("Signature (DKIM)"),
    Subject.DMARC: _("Policy (DMARC)"),
}
_AGAIN = _("Check again. If it stays so, the name server of this machine needs a look.")


@dataclass(frozen=True)
class Words:
    """What was found and what to do; nothing is to be done without `advice`."""

    text: Any
    advice: Any = ""


WORDS = {
    Code.MX_FOUND: Words(_("Mail to %(domain)s goes to %(hosts)s.")),
    Code.MX_NONE: Words(
        _("%(domain)s names no mail server, so that answers of customers may be lost."),
        _("Add an MX record that names the mail server of this domain."),
    ),
    Code.MX_REFUSES: Words(
        _("%(domain)s says that it takes no mail, so that no customer can answer."),
        _("Take another sender address, or an MX record that names a mail server."),
    ),
    Code.MX_SILENT: Words(_("The name server gave no answer about %(domain)s in time."), _AGAIN),
    Code.SPF_NAMES: Words(
        _("The SPF record of %(domain)s names the server that mails leave from (%(address)s).")
    ),
    Code.SPF_UNSEEN: Words(
        _(
            "%(domain)s has an SPF record. From which address your mail server sends cannot be seen"
            " from here."
        ),
        _("Compare the record with the public address of your mail server."),
    ),
    Code.SPF_OTHERS: Words(
        _(
            "The SPF record of %(domain)s does not name the server that mails are handed to"
            " (%(address)s)."
        ),
        _(
            "Add it to the record (ip4:, ip6: or include:), unless your server sends from another"
            " address."
        ),
    ),
    Code.SPF_NONE: Words(
        _("%(domain)s has no SPF record; many receivers put such mail into spam."),
        _("Add a TXT record such as “v=spf1 mx -all” that names your mail server."),
    ),
    Code.SPF_MANY: Words(
        _("A domain has more than one SPF record; receivers then take none."),
        _("Join them into one record."),
    ),
    Code.SPF_BROKEN: Words(
        _("The SPF record cannot be read at “%(part)s”; receivers then take none of it."),
        _("Correct this part of the record."),
    ),
    Code.SPF_DEEP: Words(
        _("The SPF record needs more than 10 look-ups; receivers then take none of it."),
        _("Take out include: parts that nothing sends for, or name addresses instead."),
    ),
    Code.SPF_OPEN: Words(
        _("The SPF record allows every server (+all), so that anybody can send in your name."),
        _("End the record with “-all” or “~all”."),
    ),
    Code.SPF_UNCLEAR: Words(
        _(
            "Whether the SPF record of %(domain)s names %(address)s depends on each mail"
            " (ptr, exists or macros)."
        ),
        _("Send a mail to yourself and read what its head says of SPF."),
    ),
    Code.SPF_APART: Words(
        _(
            "Mails leave under %(domain)s, which is not of the same organization as the sender"
            " %(sender)s: SPF does not count for DMARC."
        ),
        _("Sign with DKIM of the sender's domain, or use one domain for both."),
    ),
    Code.SPF_SILENT: Words(_("The name server gave no answer about %(domain)s in time."), _AGAIN),
    Code.DKIM_UNSEEN: Words(
        _("Which key signs is named only by a mail that was sent; the DNS does not list keys."),
        _(
            "Open the head of a mail that a customer got, find s= under DKIM-Signature, and check"
            " with this selector."
        ),
    ),
    Code.DKIM_GOOD: Words(_("The key at %(name)s is there and counts for the sender.")),
    Code.DKIM_SHORT: Words(
        _("The key at %(name)s has %(bits)s bits and counts for the sender."),
        _("Take a key of 2048 bits at the next change."),
    ),
    Code.DKIM_WEAK: Words(
        _("The key at %(name)s has %(bits)s bits only; receivers ignore its signatures."),
        _("Make a new key of 2048 bits."),
    ),
    Code.DKIM_NONE: Words(
        _("There is no key at %(name)s; receivers take its signatures for forged."),
        _("Check the selector, then add the TXT record that your mail server names for it."),
    ),
    Code.DKIM_WITHDRAWN: Words(
        _("The key at %(name)s was withdrawn (p= is empty)."),
        _("Let the mail server sign with a key that is published."),
    ),
    Code.DKIM_BROKEN: Words(
        _("What stands at %(name)s is no key that receivers can read."),
        _("Copy the TXT record anew, as one record, from what your mail server names."),
    ),
    Code.DKIM_APART: Words(
        _(
            "The signature is that of %(signer)s, which is not of the same organization as"
            " %(sender)s: DKIM does not count for DMARC."
        ),
        _("Let the mail server sign with the domain of the sender address."),
    ),
    Code.DKIM_SILENT: Words(_("The name server gave no answer about %(name)s in time."), _AGAIN),
    Code.DMARC_WATCHES: Words(
        _("%(place)s has a DMARC policy that only watches (p=none)."),
        _("When SPF and DKIM are in order, change it to p=quarantine, then p=reject."),
    ),
    Code.DMARC_PROTECTS: Words(
        _(
            "%(place)s has a DMARC policy (p=%(policy)s): mails must pass SPF or DKIM of the"
            " sender's domain."
        )
    ),
    Code.DMARC_NONE: Words(
        _("%(domain)s has no DMARC policy; large providers ask senders for one."),
        _("Add a TXT record at _dmarc.%(domain)s, to begin with “v=DMARC1; p=none”."),
    ),
    Code.DMARC_MANY: Words(
        _("There is more than one DMARC policy at %(place)s; receivers then take none."),
        _("Keep one of them."),
    ),
    Code.DMARC_BROKEN: Words(
        _("The DMARC policy of %(place)s says no p= that receivers know."),
        _("Correct it to p=none, p=quarantine or p=reject."),
    ),
    Code.DMARC_SILENT: Words(_("The name server gave no answer about %(domain)s in time."), _AGAIN),
}


def text(finding: Finding) -> str:
    """What was found."""
    return str(WORDS[finding.code].text) % finding.values


def advice(finding: Finding) -> str:
    """What to do about it; '' where nothing is."""
    words = WORDS[finding.code].advice
    return str(words) % finding.values if words else ""
