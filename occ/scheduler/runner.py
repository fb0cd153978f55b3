"""The clockwork of a process: one clock that hands due jobs to a pool, and telephony beside it."""

import logging
import threading
import time
from typing import Any

from flask import Flask

from occ.core import jobs, troubles
from occ.core.db import db
from occ.telephony import bus, engine

log = logging.getLogger("occ.jobs")
EVERY = 1  # seconds between two looks when nobody wakes the clock


class Clockwork:
    """What runs beside the requests.

    Each job runs in a thread of its own, so that none waits for another.
    """

    def __init__(self, app: Flask) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._app, self._watch, self._stopping = app, jobs.Watch(), threading.Event()
        pool = ThreadPoolExecutor(len(app.extensions["occ_jobs"]))
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler: Any = BackgroundScheduler(
            timezone="UTC", daemon=True, executors={"default": pool}, job_defaults=defaults
        )
        self._scheduler.start()
        clock = threading.Thread(target=self._tick, name="clock", daemon=True)
        clock.start()
        self._threads = [clock, engine.start(app, self._stopping)]

    def _tick(self) -> None:
        """Looks once a second for what is due, and at once when this process left work for
        a job.
        """
        trouble, anew = troubles.watch(self._app, "looking for due jobs", log), True
        while not self._stopping.is_set():
            try:
                self._look(anew=anew)
            except Exception as error:
                self._stopping.wait(trouble.failed(error))
                continue
            trouble.over()
            anew = jobs.woken.wait(EVERY)
            if anew:
                jobs.woken.clear()

    def _look(self, *, anew: bool) -> None:
        with self._app.app_context():
            try:
                for name in self._watch.due(anew=anew):
                    self._watch.running.add(name)
                    self._scheduler.add_job(self._run, args=[name])
            finally:
                db.session.remove()

    def _run(self, name: str) -> None:
        with self._app.app_context():
            try:
                try:
                    if not self._stopping.is_set():
                        jobs.run_one(name, self._stopping)
                finally:
                    db.session.remove()
            except Exception:
                self._watch.forget(name)
                self._app.logger.exception("job could not be run name=%s", name)
            finally:
                self._watch.running.discard(name)

    def stop(self, until: float) -> bool:
        """Begins nothing more and lets what runs end; whether it did before
        the monotonic instant `until`.
        """
        self._stopping.set()
        jobs.woken.set()
        bus.woken.set()
        # the clock: nothing more is handed over
        self._threads[0].join(timeout=max(0.0, until - time.monotonic()))
        if self._scheduler.running:
            for job in self._scheduler.get_jobs():  # never begun
                self._watch.running.discard(job.args[0])
            self._scheduler.shutdown(wait=False)
        while self._watch.running and time.monotonic() < until:
            time.sleep(0.02)
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        return not self._watch.running and not any(thread.is_alive() for thread in self._threads)
