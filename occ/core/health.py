"""For those who watch: /healthz (the process answers), /readyz (it can
work), /metrics (Prometheus).
"""

import hmac
import ipaddress
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, current_app, g, request

from occ.core import clock, crypto, disk, troubles
from occ.core.access import PUBLIC, client_ip, requires
from occ.core.db import db
from occ.core.jobs import Job
from occ.core.proxies import FORWARDED
from occ.core.settings import configured

bp = Blueprint("health", __name__)
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported


@bp.get("/healthz")
@requires(PUBLIC)
def healthz() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@requires(PUBLIC)
def readyz() -> Response:
    """200 when this process can do its work, else 503 with the reasons, one a line.

    What others ought to do, or an operator to look at, stands below *ready*: it is no reason to
    send requests elsewhere.
    """
    reasons, notes = _database(), [note for note in (crypto.ring().trouble,) if note]
    if not reasons:
        notes += [note for note in (ask() for ask in current_app.extensions["occ_notes"]) if note]
    reasons += [*_full_disks(), *troubles.lasting(current_app)]
    return Response(
        "\n".join([*(reasons or ["ready"]), *notes, ""]),
        status=503 if reasons else 200,
        mimetype="text/plain",
    )


def _database() -> list[str]:
    """Why this process cannot work with the database."""
    for statement, reason in (
        ("SELECT 1", "the database does not answer"),
        ("SELECT version_num FROM alembic_version", "the database is not migrated"),
    ):
        try:
            db.session.execute(sa.text(statement))
        except sa.exc.SQLAlchemyError:
            db.session.rollback()
            return [reason]
    return []


def _full_disks() -> list[str]:
    """Where nothing more can be stored."""
    folders = {"instance folder": disk.instance(), "temporary folder": disk.temporary()}
    full = [
        f"the {name} has {disk.free(path) // disk.MB} MB left"
        for name, path in folders.items()
        if not disk.has_room(path)
    ]
    kept = f"{configured().disk_reserve_mb} MB are kept for signing in and cleaning up"
    return [f"the disk is full: {', '.join(full)}; {kept}"] if full else []


def _is_local() -> bool:
    """Whether the asker is on this machine.

    A proxy on it is not, unless it is trusted and says that its client is.
    """
    if request.environ[FORWARDED] and not configured().trusted_proxies:
        return False
    return ipaddress.ip_address(client_ip()).is_loopback


@bp.get("/metrics")
@requires(PUBLIC)
def metrics() -> Response:
    """Prometheus text, to loopback or with the bearer token of METRICS_TOKEN only.

    Of all processes where they share PROMETHEUS_MULTIPROC_DIR, else of this one.
    """
    token = configured().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not (token and hmac.compare_digest(token.encode(), given.encode())) and not _is_local():
        abort(403)
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    late = db.session.scalar(sa.select(sa.func.min(Job.next_due)))
    gauges = current_app.extensions["occ_metrics"]
    gauges["late"].set(max(0.0, (clock.now() - late).total_seconds()) if late else 0.0)
    registry = gauges["registry"]
    if SHARED in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask, *notes: Callable[[], str]) -> None:
    """`notes` say in words what else /readyz should tell, '' when nothing."""
    if SHARED in os.environ:
        Path(os.environ[SHARED]).mkdir(parents=True, exist_ok=True)
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    registry = CollectorRegistry()
    requests = Counter(
        "occ_requests",
        "Requests by endpoint and status.",
        ["endpoint", "status"],
        registry=registry,
    )
    seconds = Histogram(
        "occ_request_seconds", "Time to answer, by endpoint.", ["endpoint"], registry=registry
    )
    late = Gauge(
        "occ_jobs_late_seconds",
        "How long the most overdue job has been due.",
        registry=registry,
        multiprocess_mode="mostrecent",  # all of them read it from the database
    )
    buckets = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
    decisions = Histogram(
        "occ_telephony_decision_seconds",
        "From an event to its orders.",
        buckets=buckets,
        registry=registry,
    )
    app.extensions["occ_notes"] = notes
    app.extensions["occ_metrics"] = {"registry": registry, "late": late, "decisions": decisions}
    app.register_blueprint(bp)
    # looked up once: as many as there are endpoints and statuses
    counter, timer = cache(requests.labels), cache(seconds.labels)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        counter(endpoint, response.status_code).inc()
        timer(endpoint).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response
