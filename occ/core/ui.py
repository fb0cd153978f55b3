"""The web edge: page or fragment, toasts, dialogs, and pages for what went wrong."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    get_flashed_messages,
    redirect,
    render_template,
    request,
)
from flask.templating import Environment
from flask_htmx import HTMX
from jinja2 import Undefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from occ.core import access, clock, disk, errors, i18n, paging, richtext
from occ.core.db import db
from occ.core.labels import Label
from occ.core.settings import configured
from occ.core.text import initial, visible

htmx = HTMX()
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
INDENTATION = re.compile(r"^ +", re.MULTILINE)
_ = i18n.gettext


def is_fragment() -> bool:
    """Whether htmx asks for a part (boosted and history requests get the whole page)."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(name: str, *, status: int = 200, part: str = "", **values: Any) -> Response:
    """`folder/page` as a page, or its `folder/_page` (or `folder/_part`) to htmx."""
    folder, _slash, leaf = name.rpartition("/")
    page, fragment = f"{name}.html", f"{folder}/_{part or leaf}.html"
    template = fragment if part or is_fragment() else page
    # a page without a fragment of its own is the page also to htmx
    return Response(
        render_template([template, page], **values), status=status, mimetype="text/html"
    )


def alike(name: str, **values: Any) -> str:
    """A template for whoever looks: nothing asks who that is, nor which theme they chose."""
    return current_app.jinja_env.get_template(name).render(values)


def _trigger(response: Response, events: dict[str, Any]) -> Response:
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


def done(
    message: Any, *, undo: str = "", go: str = "", link: tuple[str, str] | None = None
) -> Response:
    """After a success: in htmx close the dialog, refresh the lists and toast; else redirect and
    toast.

    `undo` is an address that takes the change back by POST; `go` is where to go instead of staying;
    `link` is an address to look at next, and its words.
    """
    toast = _toast(message, undo, link)
    if is_fragment() and not go:
        return _trigger(
            Response(status=204), {"occ:close": "", "occ:toast": toast, "occ:refresh": ""}
        )
    flash(json.dumps(toast), "toast")
    target = (
        go
        or path_here(request.headers.get("HX-Current-URL"))
        or local_path(request.form.get("next"))
        or "/"
    )
    return lead(target)


def lead(target: str) -> Response:
    """To another address of this console, without a word."""
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)  # type: ignore[return-value]


def toasted(
    response: Response, message: Any, *, undo: str = "", link: tuple[str, str] | None = None
) -> Response:
    """An answer that is told in a toast, too; `link` is an address to go on to and its words."""
    return _trigger(response, {"occ:toast": _toast(message, undo, link)})


def _toast(message: Any, undo: str, link: tuple[str, str] | None) -> dict[str, Any]:
    toast = {"text": str(message), "undo": undo}
    return {**toast, "link": link} if link else toast


def local_path(target: str | None) -> str | None:
    """An address on this console, or None: nothing typed into a link leads elsewhere."""
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
        or not target.isprintable()
    ):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    return target if not parts.scheme and not parts.netloc else None


def path_here(address: str | None) -> str | None:
    """The path of a whole address of this console, as browsers and htmx name
    the page; None for another one's.
    """
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    is_here = parts.scheme in ("http", "https") and parts.netloc == request.host
    return local_path(urlunsplit(("", "", parts.path, parts.query, ""))) if is_here else None


def toasts() -> list[dict[str, Any]]:
    return [json.loads(str(text)) for text in get_flashed_messages(category_filter=["toast"])]


def query_url(**changes: Any) -> str:
    """This address with other query values; None or '' drops one.

    Lists keep their filters with it.
    """
    values = {**request.args.to_dict(), **changes}
    return with_query(request.path, {k: v for k, v in values.items() if v not in (None, "")})


def with_query(path: str, values: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(values)}" if values else path


def sorting(*columns: str, descending: bool = False) -> tuple[str, bool]:
    """(column, descending) of the address's `sort`, where `-` reverses; where it names none of
    them the first column, ascending unless asked otherwise.
    """
    asked = request.args.get("sort", "")
    name = asked.removeprefix("-")
    return (name, asked.startswith("-")) if name in columns else (columns[0], descending)


def arg(name: str) -> str:
    """A text of the address, trimmed, of a length that a search can take,
    without signs that nobody sees.
    """
    return visible(request.args.get(name, "")).strip()[:100]


def day(name: str) -> date | None:
    """A day of the address, None where it is none or absurd."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None


PERIODS = ("today", "week", "month", "range", "all")


@dataclass(frozen=True)
class Period:
    """A named period of the days of a zone; None is open."""

    name: str
    zone: str
    since: date | None
    until: date | None

    @property
    def wrong(self) -> bool:
        """Whether it ends before it begins."""
        return self.since is not None and self.until is not None and self.since > self.until

    @property
    def start(self) -> datetime | None:
        return clock.day_start(self.since, self.zone) if self.since else None

    @property
    def end(self) -> datetime | None:
        """The instant before which it ends."""
        after = self.until + timedelta(days=1) if self.until else None
        return clock.day_start(after, self.zone) if after else None


def period(zone: str, default: str) -> Period:
    """The period of the address, drawn by `condition_bar` of macros/ui.html; a week is the last 7
    days.
    """
    name = request.args.get("period", "")
    name = name if name in PERIODS else default
    if name == "range":
        return Period(name, zone, day("since"), day("until"))
    today = clock.local_day(clock.now(), zone)
    firsts = {"today": today, "week": today - timedelta(days=6), "month": today.replace(day=1)}
    first = firsts.get(name)
    return Period(name, zone, first, today if first else None)


@dataclass(frozen=True)
class Problem:
    """A page that says what happened and what to do."""

    status: int
    title: Any
    advice: Any
    icon: str = "alert-octagon"


_l = i18n.lazy_gettext
PROBLEMS = {
    400: Problem(400, _l("This request could not be read"), _l("Go back and try again.")),
    403: Problem(
        403, _l("You may not do this"), _l("Ask an organization admin for the right."), "lock"
    ),
    404: Problem(
        404,
        _l("This page does not exist"),
        _l("Check the address, or open it from the menu."),
        "file-unknown",
    ),
    405: Problem(
        405,
        _l("This address does not take this request"),
        _l("Go back and use the buttons of the page."),
    ),
    409: Problem(
        409,
        _l("Somebody else saved first"),
        _l("Load the page again to see what is stored now."),
        "users",
    ),
    413: Problem(
        413,
        _l("This is too large"),
        _l("Nothing was saved. Go back and shorten the text, or choose a smaller file."),
    ),
    422: Problem(422, _l("This could not be saved"), _l("Go back and correct what is marked.")),
    507: Problem(507, disk.FULL, _l("Try again when there is room.")),
    429: Problem(429, _l("Too many attempts"), _l("Wait a few minutes, then try again."), "clock"),
    500: Problem(
        500,
        _l("Something went wrong here"),
        _l(
            "Nothing was saved. Try again; if it happens again, tell your "
            "administrator the number below."
        ),
    ),
    503: Problem(503, _l("Not available right now"), _l("Try again in a moment."), "cloud-off"),
}


# to htmx: drawn in a place of its own, so that the page stays as it is
APART = {"HX-Retarget": "#o-problem", "HX-Reswap": "innerHTML"}


def problem(found: Problem) -> Response:
    if is_fragment():
        response = Response(
            render_template("errors/_problem.html", problem=found), status=found.status
        )
        response.headers.update(APART)
        return response
    return Response(render_template("errors/problem.html", problem=found), status=found.status)


def refused(error: errors.Refused) -> Response:
    """A rule's refusal that no form caught: its words, in a toast to htmx, else on a page."""
    if is_fragment():  # the page stays as it is, with what was typed
        response = Response(status=error.status, headers={"HX-Reswap": "none"})
        return _trigger(response, {"occ:refused": {"text": str(error.message)}})
    base = PROBLEMS[error.status]
    words = (
        (base.title, error.message)
        if isinstance(error, errors.NotAllowed)
        else (error.message, base.advice)
    )
    return problem(Problem(error.status, *words, base.icon))


def unanswered(error: HTTPException) -> Response:
    """An error that nobody has a page of their own for."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    found = PROBLEMS.get(error.code or 500, PROBLEMS[500])
    return retried(problem(Problem(error.code or 500, found.title, found.advice, found.icon)))


def retried(response: Response) -> Response:
    """Says when to try again, where that is what an error asks for."""
    if response.status_code == 429:
        response.headers["Retry-After"] = str(int(timedelta(minutes=1).total_seconds()))
    return response


def missing_right(error: access.MissingRight) -> Response:
    permission = error.permission
    title = _("You need “%(right)s”.", right=str(permission.label))
    return problem(Problem(403, title, _("Ask %(who)s.", who=str(permission.granted_by)), "lock"))


def build(app: Flask) -> str:
    """A digest of the version, the templates and the words: what was rendered by another version of
    the console is not this one's.
    """
    files = sorted(Path(app.root_path, app.template_folder or "").rglob("*.html"))
    files += sorted(Path(app.root_path, "translations").rglob("*.mo"))
    parts = [metadata.version("occ").encode(), *(path.read_bytes() for path in files)]
    return hashlib.blake2s(b"".join(parts), digest_size=6).hexdigest()


def static_digest(app: Flask) -> str:
    """A digest of all that `static` holds; it stands in the path of each file: imports
    inherit it.
    """
    folder = Path(app.static_folder or "")
    found = hashlib.blake2s(digest_size=6)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            found.update(f"{path.relative_to(folder)}\0".encode())
            found.update(hashlib.blake2s(path.read_bytes()).digest())
    return found.hexdigest()


def static_marks(app: Flask) -> dict[str, tuple[int, int]]:
    """When each file of `static` was written (ns), and its size, by its name below the folder."""
    folder = Path(app.static_folder or "")
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file()
    }


def theme() -> str:
    """light or dark; "system" is what the browser last said in a cookie."""
    chosen = access.me.theme if access.me else "system"
    return (
        chosen
        if chosen != "system"
        else {"dark": "dark"}.get(request.cookies.get("occ_scheme", ""), "light")
    )


def _page_values() -> dict[str, Any]:
    """What every layout needs; `me`, `_` and `when` as they are here, so that nothing looks up
    again whose they are.
    """
    return {
        "theme": theme(),
        "html_lang": str(i18n.locale()),
        "me": access.current(),
        "_": i18n.page_gettext(),
        "when": i18n.page_when(),
    }


class Nothing(Undefined):
    """What a condition without `else` shows. It says so itself: markupsafe would ask for it and
    meet an error, some forty times a page.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class Templates(Environment):
    """Templates whose globals are one dict: each import of macros compares their names, which in
    the chain of dicts that Jinja makes took a twentieth of a page's time. Pages are sent without
    the indentation of their templates, a quarter of a list; a blank of it stays, which keeps
    attributes apart after a block.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> dict[str, Any]:
        return {**self.globals, **(d or {})}

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        if (name or "").endswith(".html"):
            source = INDENTATION.sub(" ", source)
        return super().preprocess(source, name, filename)


def begin_requests(app: Flask) -> None:
    """Numbers each request before anything can refuse it, for browsers know the console's own
    answers by it; lets a view with `body_max` bytes take larger ones than the others, before
    anything reads the form.
    """

    @app.before_request
    def start() -> Response | None:
        g.request_id = secrets.token_hex(4)
        if "\x00" in request.path:
            return Response(f"{PROBLEMS[400].title}\n", status=400, mimetype="text/plain")
        return None

    @app.before_request
    def limit() -> None:
        found = getattr(app.view_functions.get(request.endpoint or ""), "body_max", None)
        if found is not None:
            request.max_content_length = found
        if (request.content_length or 0) > disk.SPOOLED:
            disk.need(disk.temporary(), request.content_length or 0)


def _editor_policy() -> str:
    """The policy of a page with the editor of formatted text: its style element,
    and pictures while they are sent.
    """
    return POLICY.replace(
        "img-src 'self' data:",
        f"img-src 'self' data: blob:; style-src 'self' 'nonce-{g.style_nonce}'",
    )


@lru_cache(1024)
def drawn(name: str, values: tuple[tuple[str, Hashable], ...], *_where: str) -> Markup:
    """A template with nothing but these values; `_where` names all else that decides it."""
    return Markup(current_app.jinja_env.get_template(name).render(dict(values)))  # noqa: S704 - escaped there


def once(name: str, **values: Hashable) -> Markup:
    """A part of many pages, drawn once for all that show the same: its template may use nothing
    but `values`, the language and addresses, never what is one viewer's or session's own.
    """
    config = current_app.config
    where = (i18n.language(), request.script_root, config["BUILD"], config["STATIC_DIGEST"])
    return drawn(name, tuple(values.items()), *where)


def init_app(app: Flask, **helpers: Callable[..., Any]) -> None:
    """Registers rendering helpers; factory adds those of the features: menu, commands, labels …"""
    htmx.init_app(app)

    @cache
    def asset(name: str) -> str:
        """The address of a static file; it changes with what `static` holds."""
        return f"/static/{app.config['STATIC_DIGEST']}/{name}"

    @cache
    def modules(*names: str) -> Markup:
        """What the bundle of the console runs on a page beside what every page needs."""
        tag = Markup('<meta name="module" content="{}">')
        return Markup("\n").join(tag.format(name) for name in names)

    sprite = asset("vendor/icons.svg")

    @cache
    def icon(name: str, cls: str = "") -> Markup:
        """An icon of the sprite; words beside it say what it means."""
        classes = f"icon {cls}" if cls else "icon"
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            classes, sprite, name
        )

    @lru_cache(512)
    def chip_of(tone: str, name: str, text: str) -> Markup:
        return Markup('<span class="o-chip is-{}">{}{}</span>').format(
            tone, icon(name) if name else "", text
        )

    def chip(label: Label) -> Markup:
        """A state: its icon, its word, its hue."""
        return chip_of(label.tone, label.icon, str(label.text))

    def style_nonce() -> str:
        """For the editor of formatted text, which writes a style element of its own."""
        g.style_nonce = secrets.token_urlsafe(12)
        return str(g.style_nonce)

    app.jinja_env.globals.update(
        asset=asset,
        modules=modules,
        style_nonce=style_nonce,
        icon=icon,
        chip=chip,
        once=once,
        toasts=toasts,
        query_url=query_url,
        with_query=with_query,
        now=clock.now,
        terminated_days=lambda: configured().terminated_days,
        locales=i18n.LOCALES,
        page_sizes=paging.SIZES,
        **helpers,
    )
    app.jinja_env.filters.update(rich=richtext.rich, pictures=richtext.sources, initial=initial)
    app.context_processor(_page_values)

    @app.after_request
    def headers(response: Response) -> Response:
        if g.get("live_unchanged"):
            return response  # a 304 keeps the headers of what it repeats
        response.headers.setdefault(
            "Content-Security-Policy", POLICY if "style_nonce" not in g else _editor_policy()
        )
        if "no_room" in g and response.status_code == 422:
            response.status_code = disk.DiskFull.status
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint != "static":
            response.vary.update(["HX-Request", "Cookie"])
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    app.register_error_handler(errors.Refused, refused)
    app.register_error_handler(access.MissingRight, missing_right)

    @app.errorhandler(access.AddressRefused)
    def address_refused(error: Exception) -> Response:
        title = _("This page is not open to your address %(ip)s.", ip=access.client_ip())
        return problem(
            Problem(
                403,
                title,
                _("Ask an organization admin to allow it under Access control."),
                "shield-lock",
            )
        )

    @app.errorhandler(access.ServiceSuspended)
    def suspended(error: Exception) -> Response:
        title = _("This service is suspended.")
        return problem(
            Problem(403, title, _("An organization admin can set it active again."), "player-pause")
        )

    app.register_error_handler(HTTPException, unanswered)

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> Response:
        if disk.is_full(error):
            db.session.rollback()
            return refused(disk.DiskFull())
        app.logger.exception(
            "request failed id=%s endpoint=%s", g.get("request_id"), request.endpoint
        )
        try:
            db.session.rollback()
            return problem(PROBLEMS[500])
        except Exception:  # the page needs what is broken: say it without
            app.logger.exception("the error page failed id=%s", g.get("request_id"))
            return Response(
                f"{PROBLEMS[500].title}. {PROBLEMS[500].advice} {g.get('request_id')}\n",
                status=500,
                mimetype="text/plain",
                headers=APART,
            )
