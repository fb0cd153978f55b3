"""Where the mailboxes of large providers are, by their public help pages (MAIL-1)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from occ.mail.rules import Security, SignIn

PORTS = {Security.TLS: 993, Security.STARTTLS: 143}


class Needs(enum.Enum):
    """What has to be done at a provider before other programs may read a mailbox."""

    APP_PASSWORD = "app_password"
    APP_PASSWORD_OR_TOKEN = "app_password_or_token"
    TOKEN = "token"
    SWITCHED_ON = "switched_on"


@dataclass(frozen=True)
class Provider:
    """One provider. `name` is its own; `include` is for the SPF records of its customers."""

    name: str
    domains: tuple[str, ...]
    host: str
    needs: Needs
    sign_in: SignIn = SignIn.PASSWORD
    is_local_user: bool = False  # the user is what stands before the @
    endpoint: str = ""
    sends: tuple[str, ...] = ()  # how the names of its outgoing mail servers end
    include: str = ""

    def user(self, address: str) -> str:
        return address.rpartition("@")[0] if self.is_local_user else address


PROVIDERS: Mapping[str, Provider] = {
    "gmail": Provider(
        "Gmail, Google Workspace",
        ("gmail.com", "googlemail.com"),
        "imap.gmail.com",
        Needs.APP_PASSWORD_OR_TOKEN,
        endpoint="https://oauth2.googleapis.com/token",
        sends=("gmail.com",),
        include="_spf.google.com",
    ),
    "microsoft": Provider(
        "Microsoft 365, Outlook.com",
        ("outlook.com", "hotmail.com", "live.com", "outlook.kr", "outlook.jp"),
        "outlook.office365.com",
        Needs.TOKEN,
        sign_in=SignIn.OAUTH,
        endpoint="https://login.microsoftonline.com/common/oauth2/v2.0/token",
        sends=("office365.com", "outlook.com"),
        include="spf.protection.outlook.com",
    ),
    "naver": Provider(
        "Naver",
        ("naver.com",),
        "imap.naver.com",
        Needs.APP_PASSWORD,
        is_local_user=True,
    ),
    "daum": Provider(
        "Daum",
        ("daum.net", "hanmail.net"),
        "imap.daum.net",
        Needs.APP_PASSWORD,
        is_local_user=True,
    ),
    "kakao": Provider("Kakao", ("kakao.com",), "imap.kakao.com", Needs.APP_PASSWORD),
    "icloud": Provider(
        "iCloud", ("icloud.com", "me.com", "mac.com"), "imap.mail.me.com", Needs.APP_PASSWORD
    ),
    "yahoo_japan": Provider(
        "Yahoo! JAPAN",
        ("yahoo.co.jp", "ymail.ne.jp"),
        "imap.mail.yahoo.co.jp",
        Needs.SWITCHED_ON,
        is_local_user=True,
    ),
}


def by_address(address: str) -> str:
    """The key of the provider that an address names; '' where its domain tells of none."""
    domain = address.strip().lower().rpartition("@")[2]
    return next((key for key, one in PROVIDERS.items() if domain in one.domains), "")


def by_host(host: str) -> str:
    """The key of the provider whose mail server this is; '' where it is somebody else's."""
    return next((key for key, one in PROVIDERS.items() if host.strip().lower() == one.host), "")


def by_sender(host: str) -> Provider | None:
    """The provider that an outgoing mail server belongs to, where its customers name it in their
    SPF record.
    """
    name = host.strip().lower()
    return next(
        (one for one in PROVIDERS.values() if any(name.endswith(f".{end}") for end in one.sends)),
        None,
    )
