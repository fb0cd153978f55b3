"""The clockwork: a tick every second in a thread of this process."""

import logging
import threading
from typing import Any

from flask import Flask

from occ.core import jobs
from occ.core.db import db
from occ.telephony import engine


class Clockwork:
    """What runs beside the requests: the ticking jobs and telephony."""

    def __init__(self, scheduler: Any, telephony: threading.Thread, stopping: threading.Event) -> None:
        self._scheduler, self._telephony, self._stopping = scheduler, telephony, stopping

    def shutdown(self) -> None:
        """Lets what is under way finish."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        self._telephony.join(timeout=5)


def start(app: Flask) -> Clockwork:
    """Starts ticking and answering calls; the result is to be shut down at the end."""
    from apscheduler.schedulers.background import BackgroundScheduler

    logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def tick() -> None:
        with app.app_context():
            try:
                jobs.tick()
            except Exception:
                app.logger.exception("tick failed")
            finally:
                db.session.remove()

    scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
    scheduler.add_job(tick, "interval", seconds=1, coalesce=True, max_instances=1, misfire_grace_time=None)
    scheduler.start()
    stopping = threading.Event()
    return Clockwork(scheduler, engine.start(app, stopping), stopping)
