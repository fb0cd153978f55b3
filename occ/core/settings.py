"""The console's settings as one frozen value, for code that does not know Flask."""

from dataclasses import dataclass
from pathlib import Path

from flask import current_app


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The variables of `occ/config.py`, which says what each means, parsed."""

    instance: Path
    database_url: str
    host: str
    port: int
    threads: int
    keys: tuple[str, ...]
    smtp_url: str
    smtp_token_url: str
    smtp_client_id: str
    smtp_client_secret: str
    smtp_refresh_token: str
    mail_from: str
    mail_domain: str
    mail_listen: tuple[str, str, int] | None
    mail_days: int
    trusted_proxies: int
    outgoing_private: bool
    sms_nhn_url: str
    session_idle_hours: float
    session_max_days: float
    terminated_days: int
    ticket_done_days: int
    cti_log_days: int
    recording_days: int
    speech_command: str
    speech_url: str
    disk_reserve_mb: int
    sqlite_synchronous: str
    metrics_token: str
    rate_limits: bool


def configured() -> Settings:
    """The settings of the application at work."""
    found: Settings = current_app.extensions["occ_settings"]
    return found
