"""The mail by which a visitor signs in, in the words of the help center (HC-4)."""

from occ.delivery import service as delivery
from occ.help_center.inquiries.letters import address, tag
from occ.help_center.members import rules, service
from occ.help_center.site import queries as sites
from occ.mail import sending
from occ.organization.models import Service


def send_link(of: Service, email: str, *, language: str, back: str) -> bool:
    """Mails a link by which whoever reads an address comes in, in a language of the help center;
    False where it was sent several already. The page says the same either way.
    """
    secret = service.give_link(of, email, back=back)
    if not secret:
        return False
    site = sites.site(of)
    lines = [
        site.say("mail.hello", language, name=of.name),
        site.say("mail.login", language),
        "",
        address(of, language, "login", secret),
        "",
        site.say("mail.login.minutes", language, minutes=rules.LINK_MINUTES),
        site.say("mail.confirm.ignore", language),
        "",
        of.name,
    ]
    delivery.send_mail(
        to=email,
        subject=site.say("mail.login.subject", language, name=of.name),
        body="\n".join(lines),
        sender=sending.sender(of, None),
        language=tag(language),
    )
    return True
