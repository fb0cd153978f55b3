"""Commands that run and look after a console."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from occ.cli import migrations
from occ.cli.start import prepare


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Answer requests and do the timed work in one process."""
    _serve(jobs=True)


@click.command("web")
@with_appcontext
def web() -> None:
    """Answer requests only; run `occ worker` beside it."""
    _serve(jobs=False)


def _serve(*, jobs: bool) -> None:
    from occ.scheduler.server import serve as run

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    prepare(app)
    run(app, jobs=jobs)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do the timed work only."""
    from occ.scheduler.server import work

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    prepare(app)
    work(app)


@click.command("task")
@click.argument("ident", type=int)
@click.argument("turn", type=int)
@with_appcontext
def task(ident: int, turn: int) -> None:
    """Do one task (an Excel file, a change of many tickets); the worker starts this by itself."""
    import os

    from occ.core import tasks
    from occ.scheduler.server import log_lines

    log_lines()
    os.nice(10)
    tasks.run(ident, turn)


@click.command("demo")
@click.option(
    "--tickets",
    type=click.IntRange(0, 5_000_000),
    default=0,
    help="Add so many tickets to the first service.",
)
@click.option("--days", type=click.IntRange(2, 400), help="Let it be so many days old, not a year.")
@with_appcontext
def demo(tickets: int, days: int | None) -> None:
    """Fill an empty console with a demo organization and print its accounts."""
    from occ.cli import demo_bulk
    from occ.cli.demo import fill

    prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    fill(days)
    if tickets:
        demo_bulk.tickets("neulbommall", tickets)


@click.command("features")
@click.argument("idents", nargs=-1)
def features(idents: tuple[str, ...]) -> None:
    """Print spec ids with their tests and their state: those named, or all.

    Needs the sources and their tests.
    """
    from occ.cli.features import report, titles

    unknown = [ident for ident in idents if ident not in titles()]
    if unknown:
        raise click.UsageError(f"There is no {', '.join(unknown)}.")
    click.echo(report(idents))


db = AppGroup("db", help="Database migrations.")


@db.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Migrate up, to the newest revision unless one is named."""
    migrations.upgrade(revision)


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Migrate down to a revision; `base` is the empty database."""
    migrations.downgrade(revision)


@db.command("revise")
@click.argument("number")
@click.argument("message")
def db_revise(number: str, message: str) -> None:
    """Write a new revision from what the models have and the database has not."""
    migrations.revise(message, number)


@db.command("check")
def db_check() -> None:
    """Fail when the models differ from the migrated database."""
    migrations.check()


access = AppGroup("access", help="The address limits of Access control.")
audit = AppGroup("audit", help="The authority log.")
keys = AppGroup("keys", help="The keys that seal personal values.")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal every personal value with a new key and remove the old
    ones; requests may run meanwhile.
    """
    from occ.tickets.jobs import rotate_keys

    click.echo(f"{rotate_keys()} values sealed anew; older keys are removed.")


figures = AppGroup("figures", help="The daily sums of statistics.")


@figures.command("rebuild")
@click.argument("slug", default="")
@with_appcontext
def figures_rebuild(slug: str) -> None:
    """Make the daily sums of a service anew from tickets and calls, or those of all services."""
    from occ.organization.queries import service_by_slug
    from occ.statistics.calls import service as calls
    from occ.statistics.counting import rebuild

    service = service_by_slug(slug) if slug else None
    if slug and service is None:
        raise click.ClickException(f"there is no service {slug}")
    ident = service.id if service else None
    click.echo(f"{rebuild(ident)} days summed up anew.")
    days, differed = calls.rebuild(ident)
    click.echo(f"{days} days of calls summed up anew, {differed} of them stood wrong.")


@access.command("clear")
def access_clear() -> None:
    """Lift every address limit."""
    from occ.core.db import db as database
    from occ.identity.service import clear_access

    with database.write():
        count = clear_access()
    click.echo(f"{count} address ranges removed; every address may reach the console again.")


@audit.command("verify")
def audit_verify() -> None:
    """Check that no row of the authority log was edited, removed or cut off."""
    from occ.audit.service import verify

    broken = verify()
    if broken is not None:
        raise click.ClickException(
            f"the authority log is broken at row {broken.row}: {broken.reason}"
        )
    click.echo("The authority log holds.")


def init_app(app: Flask) -> None:
    for command in (serve, web, worker, task, demo, features, db, access, audit, keys, figures):
        app.cli.add_command(command)
