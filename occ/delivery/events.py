from dataclasses import dataclass


@dataclass(frozen=True)
class MailFailed:
    """A mail did not reach somebody: no server took it, or it came back.

    `why` is in the servers' words; `is_kept`: its text is still here and can be sent again;
    `is_back`: a server had taken it first.
    """

    about: str
    part: str
    to: str
    why: str
    is_kept: bool
    is_back: bool = False


@dataclass(frozen=True)
class MailLeft:
    """A mail that had failed has left now, or waits to leave again."""

    about: str
    part: str
