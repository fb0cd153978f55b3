"""Settings from the environment. docs/settings.md is checked against this table by a test."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from occ.core.net import encoded, host_name
from occ.core.settings import Settings

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent  # of the checkout

# Templates, static files and migrations: in a wheel they lie inside the package (see
# pyproject.toml).
_PACKED = PACKAGE / "resources"
RESOURCES = _PACKED if _PACKED.is_dir() else ROOT

# Not beside an installed package: the environment it lies in is thrown away at an upgrade. Nor in
# the folder a command is called from: `occ audit verify` has to find the data of `occ serve`.
INSTANCE = "~/.local/share/occ" if _PACKED.is_dir() else str(ROOT / "instance")


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, default, meaning and parser."""

    name: str
    default: str
    doc: str
    parse: Callable[[str], Any] = str

    @property
    def field(self) -> str:
        """Its name in `Settings`."""
        return self.name.removeprefix("OCC_").lower()


def _folder(text: str) -> Path:
    """A path, `~` for the user's home; raises ValueError for a user without one."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(text) from error


def _flag(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _address(text: str) -> str:
    """A web address, or ''. Raises ValueError for anything else."""
    if text:
        encoded(text)
    return text


def _domain(text: str) -> str:
    """A domain in small letters, or ''. Raises ValueError for what is none."""
    return host_name(text.strip()).removesuffix(".") if text.strip() else ""


def _receiver(text: str) -> tuple[str, str, int] | None:
    """(protocol, host, port) to receive mail at, None for ''. Raises ValueError."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("lmtp", "smtp") or not parts.hostname or not parts.port:
        raise ValueError(text)
    return parts.scheme, parts.hostname, parts.port


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _count(text: str) -> int:
    """A whole number from 0; raises ValueError."""
    found = int(text)
    if found < 0:
        raise ValueError(text)
    return found


def _port(text: str) -> int:
    """A port to listen on: getaddrinfo would take 65537 for 1."""
    if not 0 <= int(text) <= 65_535:
        raise ValueError(text)
    return int(text)


SETTINGS = (
    Setting("OCC_INSTANCE", INSTANCE, "Folder of keys, files and the SQLite database.", _folder),
    Setting(
        "DATABASE_URL",
        "",
        "PostgreSQL as postgresql://user:password@host/name. Empty: SQLite in the instance folder.",
    ),
    Setting("HOST", "127.0.0.1", "Address the server listens on."),
    Setting("PORT", "5000", "Port the server listens on.", _port),
    Setting("THREADS", "4", "Worker threads of the server.", int),
    Setting(
        "OCC_KEYS",
        "",
        "Secret keys as base64, newest first, comma-separated, for more than one host. "
        "Empty: the key file of the instance folder.",
        _names,
    ),
    Setting(
        "SMTP_URL",
        "",
        "Mail server as smtp://user:password@host:port or smtps://… Empty: mail stays "
        "in the local outbox.",
        str,
    ),
    Setting(
        "SMTP_TOKEN_URL",
        "",
        "Token service (OAuth 2) of the mail server, by whose access tokens the console signs in "
        "as the user of SMTP_URL. Empty: the password of SMTP_URL.",
        _address,
    ),
    Setting("SMTP_CLIENT_ID", "", "Client ID at the token service."),
    Setting("SMTP_CLIENT_SECRET", "", "Client secret at the token service, where it wants one."),
    Setting(
        "SMTP_REFRESH_TOKEN",
        "",
        "Refresh token to begin with; one that the token service gives in its place is kept "
        "sealed.",
    ),
    Setting("MAIL_FROM", "occ@localhost", "Sender address of mail from the console."),
    Setting(
        "OCC_MAIL_DOMAIN",
        "",
        "Domain of the services' own addresses: service-id@domain. Empty: services have none.",
        _domain,
    ),
    Setting(
        "OCC_MAIL_LISTEN",
        "",
        "Where mail for OCC_MAIL_DOMAIN is received from the site's own mail server, as "
        "lmtp://127.0.0.1:2424 or smtp://127.0.0.1:2525. Empty: none is.",
        _receiver,
    ),
    Setting("MAIL_DAYS", "365", "Days the original of a received mail is kept.", int),
    Setting(
        "TRUSTED_PROXIES",
        "0",
        "Reverse proxies in front that set X-Forwarded-For and -Proto. 0: these "
        "headers are ignored.",
        _count,
    ),
    Setting(
        "OUTGOING_PRIVATE",
        "off",
        "Whether web calls of triggers and mailboxes may lie at private and loopback addresses.",
        _flag,
    ),
    Setting(
        "SMS_NHN_URL",
        "https://sms.api.nhncloudservice.com",
        "Address of NHN Cloud Notification SMS, by which services with that gateway text.",
        _address,
    ),
    Setting("SESSION_IDLE_HOURS", "12", "Hours without use after which a session ends.", float),
    Setting("SESSION_MAX_DAYS", "7", "Days after which a session ends in any case.", float),
    Setting(
        "TERMINATED_DAYS",
        "90",
        "Days a terminated service stays readable before it is erased.",
        int,
    ),
    Setting("TICKET_DONE_DAYS", "14", "Days after which a resolved ticket is done.", int),
    Setting("CTI_LOG_DAYS", "90", "Days a closed day of the CTI log is kept.", int),
    Setting("RECORDING_DAYS", "90", "Days a recorded call is kept.", int),
    Setting(
        "SPEECH_COMMAND",
        "",
        "Text to speech by a command: text on stdin, {language} is ko, en or ja, WAV "
        "on stdout. Empty: eSpeak NG.",
    ),
    Setting(
        "SPEECH_URL",
        "",
        "Text to speech by HTTP: gets POST with JSON language and text, answers with "
        "WAV. Empty: eSpeak NG.",
        _address,
    ),
    Setting(
        "DISK_RESERVE_MB",
        "64",
        "Megabytes kept free, so that signing in and cleaning up still work on a full disk.",
        _count,
    ),
    Setting("SQLITE_SYNCHRONOUS", "FULL", "SQLite's synchronous mode: FULL or NORMAL."),
    Setting(
        "METRICS_TOKEN", "", "Bearer token for /metrics from other machines. Empty: loopback only."
    ),
    Setting("RATE_LIMITS", "on", "Per-process limits on login, reset and set-up.", _flag),
)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Every setting, parsed; a value that cannot be parsed is refused in words."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environ.get(setting.name) or setting.default
        try:
            values[setting.field] = setting.parse(text)
        except ValueError as error:
            raise SystemExit(f"{setting.name}={text!r} cannot be used: {setting.doc}") from error
    return Settings(**values)
