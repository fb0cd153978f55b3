"""The unit of work: what a write transaction puts by, and what is done when it ends.

Nothing else listens to the session. A feature that has something to do keeps it in a `Mark` and
offers a function; `factory.AT_COMMIT` names all of these in the order in which they run. A rollback
forgets what was put by, one of a savepoint only what was put by since.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from occ.core.db import db

T = TypeVar("T")


@dataclass(frozen=True)
class Steps:
    """What an application does at these moments, in this order.

    Each step before the commit sees in the database what the ones above it did; those after it read
    and write no database.
    """

    before_flush: tuple[Callable[[Session], None], ...]
    before_commit: tuple[Callable[[], None], ...]
    after_commit: tuple[Callable[[], None], ...]


class Mark(Generic[T]):
    """A collection that fills while a transaction is open; a step of its commit takes it."""

    def __init__(self, empty: Callable[[], T]) -> None:
        self._empty = empty

    def noted(self) -> T:
        """What is there so far, to be added to."""
        found: T = _marks(db.session()).setdefault(self, self._empty())
        return found

    def take(self) -> T:
        """What is there, and from now on no more."""
        found: T = _marks(db.session()).pop(self, None) or self._empty()
        return found


def _marks(session: Session) -> dict[Mark[Any], Any]:
    found: dict[Mark[Any], Any] = session.info.setdefault("marks", {})
    return found


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of the open transaction that may fail by itself: its rows and marks go, no others.

    The caller catches what it fails with.
    """
    session = db.session()
    kept = {mark: copy(held) for mark, held in _marks(session).items()}
    try:
        with session.begin_nested():
            yield
    except BaseException:
        if session.in_transaction():  # else all of it was rolled back
            session.info["marks"] = kept
        raise


def _steps() -> Steps:
    found: Steps = current_app.extensions["occ_steps"]
    return found


@event.listens_for(db.session, "before_flush")
def _before_flush(session: Session, *_rest: object) -> None:
    for step in _steps().before_flush:
        step(session)


@event.listens_for(db.session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint is no end
        return
    for step in _steps().before_commit:
        session.flush()
        step()


@event.listens_for(db.session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for step in _steps().after_commit:
        step()
    session.info.pop("marks", None)


@event.listens_for(db.session, "after_soft_rollback")
def _after_rollback(session: Session, _ended: SessionTransaction) -> None:
    session.info.pop("marks", None)  # `savepoint` gives back those from before it
