"""Mails of the inquiry form, in the words of the help center: received, confirm, a new link."""

from occ.core import clock
from occ.delivery import service as delivery
from occ.help_center.inquiries import rules, tokens
from occ.help_center.inquiries.models import WaitingInquiry
from occ.help_center.site import queries as sites
from occ.mail import sending
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.tickets.models import Ticket


def address(service: Service, language: str, *steps: str) -> str:
    """A page of a help center as mails name it: by the console's own address, whatever the
    request's.
    """
    return "/".join([the_organization().url.rstrip("/"), service.slug, "hc", language, *steps])


def link(service: Service, ticket: Ticket) -> str:
    """A link to an inquiry for whoever reads its customer's mails (HC-1)."""
    shown = {one.code for one in service.shown_languages}
    language = ticket.language if ticket.language in shown else service.shown_languages[0].code
    return address(service, language, "i", tokens.link(ticket.id, clock.now() + rules.LINK_FOR))


def received(service: Service, ticket: Ticket, to: str) -> None:
    """Tells whoever asked the number of their inquiry, and where it is."""
    _send_link(service, ticket, to, "received")


def renewed(service: Service, ticket: Ticket, to: str) -> None:
    """A new link, for the time of the old one was over."""
    _send_link(service, ticket, to, "renewed")


def _send_link(service: Service, ticket: Ticket, to: str, what: str) -> None:
    site, language = sites.site(service), ticket.language
    lines = [
        site.say("mail.hello", language, name=service.name),
        site.say(f"mail.{what}", language),
        "",
        site.say("mail.number", language, number=f"#{ticket.id}"),
        site.say("mail.title", language, title=ticket.subject),
        "",
        site.say("mail.follow", language, days=rules.LINK_FOR.days),
        link(service, ticket),
        "",
        service.name,
    ]
    subject = site.say(f"mail.{what}.subject", language, name=service.name, number=f"#{ticket.id}")
    delivery.send_mail(
        to=to,
        subject=sending.marked(service, ticket.id, subject),
        body="\n".join(lines),
        about=ticket.about,
        sender=sending.sender(service, ticket.id),
        language=tag(language),
    )


def confirm(service: Service, language: str, row: WaitingInquiry, secret: str) -> None:
    """Asks whoever reads an address's mails whether they filed an inquiry."""
    site = sites.site(service)
    lines = [
        site.say("mail.hello", language, name=service.name),
        site.say("mail.confirm", language),
        "",
        address(service, language, "inquiry", "confirm", secret),
        "",
        site.say("mail.confirm.hours", language, hours=rules.CONFIRM_FOR.days * 24),
        site.say("mail.confirm.ignore", language),
        "",
        service.name,
    ]
    delivery.send_mail(
        to=row.email,
        subject=site.say("mail.confirm.subject", language, name=service.name),
        body="\n".join(lines),
        about=row.about,
        sender=sending.sender(service, None),
        language=tag(language),
    )


def tag(language: str) -> str:
    """How the head of a mail names a language; '' where nobody says."""
    found = all_languages().get(language)
    return found.tag if found else ""
