"""The customer site's token-check URL (HC-4), asked by the console itself."""

import json
import logging
from urllib.parse import urlencode, urlsplit, urlunsplit

from occ.core import net
from occ.core.settings import configured
from occ.help_center.members import rules

log = logging.getLogger("occ.members")
SECONDS = 5.0
ANSWER_MAX = 64 * 1024


def is_signed_in(check_url: str, claim: rules.Claim) -> bool:
    """Whether the customer site says that the user of a claim is signed in; False where it does not
    answer in time. Call it outside of any transaction.
    """
    import httpcore  # heavy, and only where somebody comes in this way

    from occ.core import calls

    failures = (
        OSError,
        ValueError,
        RecursionError,  # of JSON that is nothing but brackets
        net.Blocked,
        httpcore.NetworkError,
        httpcore.ProtocolError,
    )
    parts = urlsplit(check_url)
    asked = urlencode({"usercode": claim.usercode, "token": claim.token.replace(" ", "+")})
    url = urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, asked)))))
    try:
        answer = calls.ask(
            "GET",
            url,
            b"",
            {"Accept": "application/json"},
            seconds=SECONDS,
            guarded=not configured().outgoing_private,
            most=ANSWER_MAX,
        )
        said = json.loads(answer.content) if answer.status == 200 else None
    except failures as error:
        # neither address nor error text: both may hold who asked
        log.warning("a token-check URL gave no answer: %s", type(error).__name__)
        return False
    return rules.says_yes(said, claim.usercode)
