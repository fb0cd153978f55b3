"""What is refused before a page of a help center begins: a request that is too large, a form that
is sent too often or whose session is over. Said in the page's language, not the console's (ORG-6).
"""

from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from occ.core import ui
from occ.help_center.views.place import place, show

EXPLAINED: dict[type[HTTPException], tuple[str, str]] = {
    RequestEntityTooLarge: ("large", "alert-octagon"),
    TooManyRequests: ("often", "clock"),
    CSRFError: ("stale", "alert-octagon"),
}
"""What a refusal is called among the fixed texts, and its icon."""


def explain(bp: Blueprint) -> None:
    """Lets the pages of a blueprint, whose addresses hold a service and a language, refuse in its
    words.
    """
    for kind in EXPLAINED:
        bp.register_error_handler(kind, _explained)


def _explained(error: HTTPException) -> Response:
    why, sign = next(said for kind, said in EXPLAINED.items() if isinstance(error, kind))
    values = request.view_args or {}
    try:
        here = place(values["service_slug"], values.get("code"))
    except HTTPException as other:  # not there, or suspended: that is what counts
        return ui.unanswered(other)
    response = show("help_center/refused", here, status=error.code or 400, why=why, sign=sign)
    return ui.retried(response)
