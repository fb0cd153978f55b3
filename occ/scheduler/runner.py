"""The clockwork: a tick every second in a thread of this process."""

import logging
from typing import Any

from flask import Flask

from occ.core import jobs
from occ.core.db import db


def start(app: Flask) -> Any:
    """Starts ticking and returns the scheduler, to be shut down at the end."""
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
    return scheduler
