"""Callbacks as people at a browser deal with them."""

from typing import Any

import sqlalchemy as sa

from occ.ars.models import Queue
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Source
from occ.core.db import db
from occ.identity.models import Agent
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from tests.support.browser import Browser, said

HOME = "/c/s/mall/callbacks"


def ask(mall: Service, queue: Queue, *numbers: str) -> list[int]:
    """Callbacks of these numbers; returns their ids."""
    with db.write():
        service, queue_id = db.session.get_one(Service, mall.id), queue.id
        return [
            callbacks.ask(service, queue_id, f"+8210{number}", Source.QUEUE).id
            for number in numbers
        ]


def rows() -> dict[int, Callback]:
    db.session.rollback()
    return {row.id: row for row in db.session.scalars(sa.select(Callback).order_by(Callback.id))}


def assign(person: Browser, idents: list[int], agents: list[Agent], mode: str = "even") -> Any:
    person.get(f"{HOME}/assign")
    return person.post(
        f"{HOME}/assign",
        {"callback": idents, "member": [a.member_id for a in agents], "mode": mode},
        htmx=True,
    )


def told(notice: Notice) -> list[int]:
    db.session.rollback()
    return list(
        db.session.scalars(
            sa.select(Notification.member_id)
            .where(Notification.notice == notice)
            .order_by(Notification.id)
        )
    )


def waits(who: Browser) -> dict[str, tuple[str, str]]:
    """What the home of the service counts for a person: figure and the line below, by its name."""
    who.get("/c/s/mall/performance/today", htmx=True)
    return {
        said(one.find("dt")): (said(one.findall("dd")[0]), said(one.findall("dd")[1]))
        for one in who.find("//*[@class='o-fig']")
    }
