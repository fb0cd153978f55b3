"""Leave to hear a recording: given when a play goes on record, so that nothing is heard before
(LOG-3).
"""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from occ.core import crypto

GOOD = timedelta(hours=12)  # a browser asks for parts as somebody seeks, also after a break


def leave(member_id: int, recording_id: int, now: datetime) -> str:
    """What the address of a sound ends with."""
    until = int((now + GOOD).timestamp())
    return f"{until}-{_signed(member_id, recording_id, until)}"


def is_leave(token: str, member_id: int, recording_id: int, now: datetime) -> bool:
    """Whether it was given to this member for this recording, and is good still."""
    until, _dash, signature = token.partition("-")
    if not (until.isascii() and until.isdigit() and len(until) < 12):
        return False
    good = hmac.compare_digest(
        signature.encode(), _signed(member_id, recording_id, int(until)).encode()
    )
    return good and int(until) >= now.timestamp()


def _signed(member_id: int, recording_id: int, until: int) -> str:
    key = crypto.ring().derive("recording")
    return hmac.new(key, f"{member_id}/{recording_id}/{until}".encode(), sha256).hexdigest()
