"""Pages that are the same for everybody: answered by 304, or from what a process has kept of them,
before anything else of the request runs.

A view carries `@shared(probe)`. The probe returns, in one statement, the facts that decide the
page, or None where the request has to go the ordinary way. Nothing on such a page may come from
a session, a cookie or a header: it is the same bytes for whoever asks for its address.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from occ.core import kept, wire

V = TypeVar("V", bound=Callable[..., Any])
LARGEST = 512 * 1024
PAGES, BYTES = 4_000, 16 * 1024 * 1024
TYPED, TYPED_BYTES = 200, 4 * 1024 * 1024
"""What people type is as much as one likes: it has a store of its own, so that pages stay."""
METHODS = ("GET", "HEAD")
# a browser asks each time, and a cache between may answer others with what it was told is current
CACHED = "public, no-cache"
DECIDES = "Accept-Encoding, Sec-Fetch-Dest"
_OWN = ("X-Request-Id", "Date", "Content-Length", "ETag")


@dataclass(frozen=True)
class Facts:
    """What decides a page beside its address. `erasures` is how often data was destroyed: nothing
    that was made before is kept.
    """

    erasures: int
    seen: tuple[Any, ...]


@dataclass(frozen=True)
class Shared:
    """How a view is shared: `asks` are the values of its query that decide the page, `typed` those
    of them that people type, or that are places in a list. `counts` is told of each page that was
    read.
    """

    probe: Callable[..., Facts | None]
    asks: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    counts: Callable[..., None] | None = None


def shared(
    probe: Callable[..., Facts | None],
    *,
    asks: Sequence[str] = (),
    typed: Sequence[str] = (),
    counts: Callable[..., None] | None = None,
) -> Callable[[V], V]:
    """Declares a page that is the same for everybody; `probe` and `counts` take the view's
    arguments.
    """

    def mark(view: V) -> V:
        view.shared = Shared(probe, (*asks, *typed), tuple(typed), counts)  # type: ignore[attr-defined]
        return view

    return mark


def how() -> Shared | None:
    """How the view of this request is shared, None for an ordinary one."""
    return getattr(current_app.view_functions.get(request.endpoint or ""), "shared", None)


def asked() -> dict[str, str]:
    """What of this address's query decides the page; of an ordinary page all of it."""
    found, values = how(), request.args.to_dict()
    return values if found is None else {k: v for k, v in values.items() if k in found.asks}


@dataclass(frozen=True)
class Key:
    """Everything that decides a page's bytes beside its facts."""

    version: tuple[str, str]  # of the console and of its files
    root: str  # where the console stands below its host
    endpoint: str
    address: tuple[Any, ...]
    query: tuple[Any, ...]
    coding: bool


def is_framed() -> bool:
    """Whether a page is asked for as a part of another site's page, as its address or the browser
    says: such a page has a policy of its own, and is shared with nobody.
    """
    asked_for = request.args.get("iframe") == "true"
    return asked_for or request.headers.get("Sec-Fetch-Dest") == "iframe"


def _key() -> Key:
    config = current_app.config
    return Key(
        (config["BUILD"], config["STATIC_DIGEST"]),
        request.script_root,
        request.endpoint or "",
        tuple(sorted((request.view_args or {}).items())),
        tuple(sorted(asked().items())),
        wire.takes_gzip(),
    )


@dataclass(frozen=True)
class Page:
    """What is kept of an answer."""

    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Store:
    """The newest version of each page that was asked for last: so many pages, so many bytes."""

    def __init__(self, pages: int = PAGES, most: int = BYTES) -> None:
        self._pages, self._most = pages, most
        self._held: OrderedDict[Key, Page] = OrderedDict()
        self._size = 0
        self._erasures = 0
        self._emptied = 0
        self._guard = threading.Lock()
        kept.watch(self)

    def get(self, key: Key, etag: str, erasures: int) -> Page | None:
        """The page, if this version of it is here."""
        with self._guard:
            if erasures != self._erasures:
                self._clear()
                self._erasures = erasures
            found = self._held.get(key)
            if found is None or found.etag != etag:
                return None
            self._held.move_to_end(key)
            return found

    def put(self, key: Key, page: Page, since: int) -> None:
        """Keeps a page, unless something was destroyed `since` it was begun."""
        if len(page.body) > LARGEST:
            return
        with self._guard:
            if since != self._emptied:
                return
            before = self._held.pop(key, None)
            self._size += len(page.body) - (len(before.body) if before else 0)
            self._held[key] = page
            while len(self._held) > self._pages or self._size > self._most:
                _key, gone = self._held.popitem(last=False)
                self._size -= len(gone.body)

    @property
    def emptied(self) -> int:
        """How often it was emptied."""
        return self._emptied

    @property
    def size(self) -> int:
        """The bytes that are kept."""
        return self._size

    def empty(self) -> None:
        """Forgets everything."""
        with self._guard:
            self._clear()

    def _clear(self) -> None:
        self._held.clear()
        self._size = 0
        self._emptied += 1

    def __len__(self) -> int:
        return len(self._held)


@dataclass(frozen=True)
class _Asked:
    """A shared page on its way."""

    how: Shared
    key: Key
    etag: str
    store: Store
    since: int
    is_kept: bool = True


def store(*, typed: bool = False) -> Store:
    """What this process keeps, of what people `typed` or of all else."""
    found: Store = current_app.extensions["occ_shared_typed" if typed else "occ_shared"]
    return found


def forgo() -> None:
    """Does not keep the page that is being drawn."""
    if page := g.get("shared_page"):
        g.shared_page = replace(page, is_kept=False)


def _etag(key: Key, facts: Facts) -> str:
    return hashlib.blake2s(repr((key, facts)).encode(), digest_size=12).hexdigest()


def _answer() -> Response | None:
    """304, or the page as it was kept; else its ETag is held for the answer."""
    shared_as = how()
    if shared_as is None or request.method not in METHODS or is_framed():
        return None
    values = request.view_args or {}
    facts = shared_as.probe(**values)
    if facts is None:
        return None
    key, held = _key(), store(typed=any(name in request.args for name in shared_as.typed))
    etag = _etag(key, facts)
    found = held.get(key, etag, facts.erasures)
    g.shared_page = _Asked(shared_as, key, etag, held, held.emptied)
    held_by_asker = request.if_none_match
    # caches between that pack pages anew make the tag a weak one; `*` names no version
    if held_by_asker.is_strong(etag) or held_by_asker.is_weak(etag):
        response = Response(status=304, headers={"Vary": DECIDES})
    elif found is not None:
        response = Response(found.body, headers=list(found.headers))
    else:
        return None
    g.live_unchanged = True  # nothing of the session is read or saved, and no header is added
    response.set_etag(etag)
    response.headers["Cache-Control"] = CACHED
    if shared_as.counts is not None:
        shared_as.counts(**values)
    return response


def _keep(response: Response) -> Response:
    page: _Asked | None = g.get("shared_page")
    if page is None or g.get("live_unchanged") or response.status_code != 200:
        return response
    response.set_etag(page.etag)
    response.headers["Cache-Control"] = CACHED
    response.headers["Vary"] = DECIDES
    if page.how.counts is not None:
        page.how.counts(**(request.view_args or {}))
    is_kept = page.is_kept and request.method == "GET" and not response.is_streamed
    if is_kept and "Set-Cookie" not in response.headers:
        headers = tuple((k, v) for k, v in response.headers if k not in _OWN)
        page.store.put(page.key, Page(page.etag, headers, response.get_data()), page.since)
    return response


def init_app(app: Flask) -> None:
    """Called before everything else that looks at answers, so that it keeps what is sent."""
    app.extensions["occ_shared"] = Store()
    app.extensions["occ_shared_typed"] = Store(TYPED, TYPED_BYTES)
    app.before_request(_answer)
    app.after_request(_keep)
