"""Live parts: numbers that rise when something changed, and polls that answer 304 without touching
anything else.

A writer calls `touch(scope)`; the scopes of a transaction are raised once, sorted, just before its
commit. A view that is polled carries `@part(probe)`: the probe returns, in one statement, the facts
its ETag is made of, or None when the asker may not (or no longer) see the part, which sends the
request through the ordinary permission check.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import Flask, Request, Response, current_app, g, request
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, db
from occ.core.unit import Mark

V = TypeVar("V", bound=Callable[..., Any])
K = TypeVar("K")
T = TypeVar("T")
Asks = Callable[..., tuple[Any, ...] | None]
_touched: Mark[set[str]] = Mark(set)


class LiveVersion(Base):
    __tablename__ = "live_version"
    scope: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    n: Mapped[int] = mapped_column(sa.BigInteger)


# every write raises some, so they are built once
_RAISED = {
    name: insert(LiveVersion)
    .values(scope=sa.bindparam("scope"), n=1)
    .on_conflict_do_update(index_elements=["scope"], set_={"n": LiveVersion.n + 1})
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def touch(*scopes: str) -> None:
    """What the scopes show has changed, if this transaction commits."""
    _touched.noted().update(scopes)


def raise_touched() -> None:
    """Raises what the transaction touched, sorted, so that two transactions wait in one order."""
    if scopes := sorted(_touched.take()):
        raised = _RAISED[db.session.get_bind().dialect.name]
        db.session.connection().execute(raised, [{"scope": scope} for scope in scopes])


def borrow() -> closing[Any]:
    """A connection of the driver itself, without a session or an explicit
    transaction: one SELECT needs neither.
    """
    return closing(db.engine.raw_connection())


class Probe:
    """One SELECT of whole numbers and texts, compiled once and run without
    a session: a tenth of its cost.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._made: dict[str, tuple[str, list[str] | None, list[tuple[str, Any, Any]]]] = {}

    def _compiled(self) -> tuple[str, list[str] | None, list[tuple[str, Any, Any]]]:
        dialect = db.engine.dialect
        made = self._made.get(dialect.name)
        if made is None:
            compiled = self._statement.compile(dialect=dialect)
            binds = [
                (name, bind.value, bind.type.dialect_impl(dialect).bind_processor(dialect))
                for name, bind in compiled.binds.items()
            ]
            order = list(compiled.positiontup or ()) if compiled.positional else None
            made = self._made[dialect.name] = str(compiled), order, binds
        return made

    def first(self, **params: Any) -> tuple[Any, ...] | None:
        """The first row as the driver gives it."""
        text, order, binds = self._compiled()
        values = {
            name: convert(params.get(name, value)) if convert else params.get(name, value)
            for name, value, convert in binds
        }
        with borrow() as connection:
            cursor = connection.cursor()
            cursor.execute(text, [values[name] for name in order] if order is not None else values)
            row = cursor.fetchone()
            cursor.close()
        return tuple(row) if row else None


def version(scope: Any) -> sa.ScalarSelect[int]:
    """A scope's number as a subquery for a probe; `scope` may be an SQL expression."""
    return sa.select(LiveVersion.n).where(LiveVersion.scope == scope).scalar_subquery()


@dataclass
class _Store:
    lock: threading.Lock = field(default_factory=threading.Lock)
    version: Any = None
    values: dict[Any, Any] = field(default_factory=dict)


class MadeOnce(Generic[K, T]):
    """What a process has made of facts: once for all who ask, while their version is the same.

    A key names everything else that its value depends on. Another version empties it, so that
    nothing of what was changed or erased stays; it holds `most` values.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most

    def get(
        self, version: Any, keys: Sequence[K], make: Callable[[list[K]], dict[K, T]]
    ) -> dict[K, T]:
        """The values of the keys; `make` makes those that are missing, whoever else asks waits."""
        stores = current_app.extensions.setdefault("occ_kept", {})
        store: _Store = stores.setdefault(self._name, _Store())
        with store.lock:
            if store.version != version:
                store.version, store.values = version, {}
            found = {key: store.values[key] for key in keys if key in store.values}
            missing = [key for key in keys if key not in found]
            if missing:
                found |= make(missing)
                if len(store.values) + len(missing) > self._most:
                    store.values = {}
                store.values |= found
        return found


def part(probe: Asks) -> Callable[[V], V]:
    """Declares a polled view; `probe` takes the view's arguments."""

    def mark(view: V) -> V:
        view.probe = probe  # type: ignore[attr-defined]
        return view

    return mark


_DECIDES = ("HX-Request", "Accept-Language", "Accept-Encoding")


def _etag(asked: Request, facts: tuple[Any, ...]) -> str:
    """Of all that decides the answer; each of its codings has one of its own."""
    seed = (
        current_app.config["BUILD"],
        asked.full_path,
        [asked.headers.get(name) for name in _DECIDES],
        asked.cookies.get("occ_lang"),
        facts,
    )
    return hashlib.blake2s(repr(seed).encode(), digest_size=12).hexdigest()


def _unchanged() -> Response | None:
    """304 before anything else of the request runs; else the ETag is kept for the answer."""
    probe: Asks | None = getattr(
        current_app.view_functions.get(request.endpoint or ""), "probe", None
    )
    if probe is None or request.method != "GET":
        return None
    facts = probe(**(request.view_args or {}))
    if facts is None:
        return None
    g.live_facts, g.live_etag = facts, _etag(request, facts)
    if request.if_none_match.is_strong(g.live_etag):  # not `*`: whoever holds no version is checked
        g.live_unchanged = True
        return Response(
            status=304,
            headers={
                "ETag": f'"{g.live_etag}"',
                "Cache-Control": "private, no-cache",
                "Vary": "Accept-Encoding, HX-Request, Cookie",  # of the answer that it repeats
            },
        )
    return None


def _tag(response: Response) -> Response:
    if g.get("live_etag") and response.status_code == 200:
        response.set_etag(g.live_etag)
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def init_app(app: Flask) -> None:
    """Called before everything else that looks at requests."""
    app.before_request(_unchanged)
    app.after_request(_tag)
