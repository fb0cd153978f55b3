"""create_app: every blueprint, job, handler and resolver, named explicitly, in one screen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.routing import IntegerConverter, Map

from occ import config
from occ.ars import handlers as ars_handlers
from occ.ars.views import hours, numbers, voice_menu, voices
from occ.ars.views import settings as ars_settings
from occ.audit import service as audit
from occ.audit import views as logs
from occ.audit.rules import Work
from occ.automation import handlers as trigger_handlers
from occ.automation import jobs as automation_jobs
from occ.automation import running
from occ.automation.views import triggers
from occ.billing import jobs as billing_jobs
from occ.billing.views import contracts, rates
from occ.billing.views import terms as contract_terms
from occ.callbacks import handlers as callback_handlers
from occ.callbacks import sheets as callback_sheets
from occ.callbacks.permissions import CALLBACKS
from occ.callbacks.views import assignment as callback_dealing
from occ.callbacks.views import callbacks
from occ.callbacks.views import histories as callback_histories
from occ.cli import commands
from occ.core import (
    access,
    cookies,
    crypto,
    db,
    health,
    i18n,
    live,
    proxies,
    sent,
    sharing,
    tasks,
    ui,
    uploads,
    wire,
)
from occ.core.jobs import Definition, wake_asked
from occ.core.kept import forget_erased
from occ.core.unit import Steps
from occ.customers import handlers as customer_handlers
from occ.delivery import hooks
from occ.delivery import service as delivery
from occ.delivery import views as outbox
from occ.exports import views as exports
from occ.exports.downloads import Archive, Export
from occ.fields import handlers as field_handlers
from occ.fields import views as fields
from occ.help_center import handlers as help_center_handlers
from occ.help_center.documents import counting as document_counting
from occ.help_center.documents import handlers as document_handlers
from occ.help_center.documents import sheets as document_sheets
from occ.help_center.inquiries import handlers as inquiry_handlers
from occ.help_center.inquiries import jobs as inquiry_jobs
from occ.help_center.members import handlers as visit_handlers
from occ.help_center.members import jobs as visit_jobs
from occ.help_center.members import queries as visits
from occ.help_center.permissions import DOCUMENTS
from occ.help_center.views import announcements as hc_notices
from occ.help_center.views import (
    answers,
    company,
    embed,
    faq,
    inquiries,
    inquiry_settings,
    looking,
    looks,
    maps,
    member_login,
    menus,
    missed,
    notice_templates,
    sso,
    texts,
    themes,
    topics,
    widget,
)
from occ.help_center.views import callbacks as help_center_callbacks
from occ.help_center.views import entries as sso_entries
from occ.help_center.views import members as help_center_members
from occ.help_center.views import notices as announcements
from occ.help_center.views import settings as hc_settings
from occ.help_center.views import site as help_center
from occ.identity import handlers as identity_handlers
from occ.identity import principals
from occ.identity.views import access as access_views
from occ.identity.views import agents, auth, home, me, members
from occ.mail import handlers as mail_handlers
from occ.mail import jobs as mail_jobs
from occ.mail import queries as mails
from occ.mail import writes as mail_writes
from occ.mail.views import accounts as mail_accounts
from occ.mail.views import doctor as mail_doctor
from occ.mail.views import layouts as mail_layouts
from occ.menu import page as menu
from occ.menu import views as news
from occ.migration import handlers as migration_handlers
from occ.migration import jobs as migration_jobs
from occ.migration import load as migration_load
from occ.migration import running as migration_running
from occ.migration import views as migration
from occ.notifications import handlers as notification_handlers
from occ.notifications import views as notices
from occ.organization import jobs as organization_jobs
from occ.organization.rules import Feature
from occ.organization.views import settings, wizard
from occ.profiles import handlers as profile_handlers
from occ.profiles import views as profiles
from occ.scheduler import views as jobs
from occ.screening import handlers as screening_handlers
from occ.screening import jobs as screening_jobs
from occ.screening import queries as screening
from occ.screening import views as spam
from occ.sms import handlers as sms_handlers
from occ.sms import running as sms_running
from occ.sms import sheets as sms_sheets
from occ.sms.permissions import TEXTS
from occ.sms.views import channel as sms_channel
from occ.sms.views import composer as sms_composer
from occ.sms.views import history as sms_history
from occ.sms.views import pictures as sms_pictures
from occ.sms.views import templates as sms_templates
from occ.statistics import counting, telling
from occ.statistics import handlers as statistics_handlers
from occ.statistics import jobs as statistics_jobs
from occ.statistics.pages import sheets as statistics_sheets
from occ.statistics.permissions import STATISTICS
from occ.statistics.views import pages as statistics
from occ.statistics.views import performance, reports
from occ.telephony import handlers as telephony_handlers
from occ.telephony import jobs as telephony_jobs
from occ.telephony import queries as phone_system
from occ.telephony import sheets as phone_sheets
from occ.telephony.permissions import HISTORIES
from occ.telephony.views import caller, histories, phone, tenant
from occ.telephony.views import log as cti_log
from occ.telephony.views import settings as cti
from occ.tenant import handlers as tenant_handlers
from occ.tenant import jobs as tenant_jobs
from occ.ticket_settings import handlers as settings_handlers
from occ.ticket_settings import sheets as settings_sheets
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.views import categories, shared, templates, words
from occ.tickets import handlers as ticket_handlers
from occ.tickets import jobs as ticket_jobs
from occ.tickets import sheets as ticket_sheets
from occ.tickets.bulk import service as bulk_actions
from occ.tickets.permissions import TICKETS
from occ.tickets.search import index
from occ.tickets.views import board as tickets
from occ.tickets.views import bulk as ticket_bulk
from occ.tickets.views import fields as ticket_fields
from occ.tickets.views import files as ticket_files
from occ.tickets.views import handover as ticket_handover
from occ.tickets.views import ledger
from occ.tickets.views import mails as ticket_mails
from occ.tickets.views import masks as ticket_masks
from occ.tickets.views import new_ticket as ticket_making
from occ.tickets.views import searches as ticket_searches
from occ.tickets.views import templates as ticket_templates
from occ.tickets.views import work as ticket_work
from occ.wallboard import handlers as wallboard_handlers
from occ.wallboard import views as wallboard

_ = i18n.lazy_gettext
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BLUEPRINTS = (
    auth.bp, home.bp, me.bp, notices.bp, contracts.bp, wizard.bp, contract_terms.bp, rates.bp,
    settings.bp, members.bp, members.admins_bp, logs.bp, access_views.bp, outbox.bp, jobs.bp,
    agents.bp, agents.groups_bp, help_center.bp, looks.bp, hc_settings.bp, themes.bp, texts.bp,
    menus.bp, widget.bp, widget.public_bp, embed.bp, company.bp, ars_settings.bp, voice_menu.bp,
    voices.bp, hours.bp, numbers.bp, numbers.org_bp, cti.bp, tenant.bp, cti_log.bp, phone.bp,
    caller.bp, tickets.bp, wallboard.bp, wallboard.monitor_bp, wallboard.wall_bp,
    wallboard.strip_bp, performance.bp, callbacks.bp, callback_dealing.bp, exports.bp, news.bp,
    categories.bp, words.bp, templates.bp, fields.bp, shared.bp, shared.public_bp, ledger.bp,
    ticket_making.bp, ticket_work.bp, ticket_templates.bp, ticket_fields.bp, ticket_searches.bp,
    ticket_bulk.bp, ticket_handover.bp, ticket_files.bp, triggers.bp, triggers.explained_bp,
    profiles.bp, ticket_masks.bp, sms_composer.bp, sms_pictures.bp, sms_templates.bp,
    sms_channel.bp, sms_history.bp, ticket_mails.bp, mail_layouts.bp, mail_accounts.bp,
    mail_doctor.bp, inquiries.bp, help_center_callbacks.bp, inquiry_settings.bp,
    help_center_members.bp, sso.bp, sso_entries.bp, member_login.bp, spam.bp, answers.bp,
    hc_notices.bp, looking.bp, maps.bp, faq.bp, announcements.bp, topics.bp, notice_templates.bp,
    missed.bp, statistics.bp, reports.bp, histories.bp,
    callback_histories.bp, migration.bp,
)  # fmt: skip
# in the order in which they run
HANDLERS = (
    tenant_handlers,
    identity_handlers,
    notification_handlers,
    settings_handlers,
    field_handlers,
    sms_handlers,
    screening_handlers,
    mail_handlers,
    trigger_handlers,
    ars_handlers,
    telephony_handlers,
    ticket_handlers,
    callback_handlers,
    customer_handlers,
    profile_handlers,
    help_center_handlers,
    inquiry_handlers,
    visit_handlers,
    document_handlers,
    wallboard_handlers,
    statistics_handlers,
    migration_handlers,
)
# when a write transaction ends, in the order in which they run: what triggers do is indexed, and
# what any of them touched is raised last
AT_COMMIT = Steps(
    before_flush=(
        identity_handlers.raise_rights,
        trigger_handlers.raise_settings,
        counting.note_changes,
    ),
    before_commit=(
        running.run_marked,
        index.put_marked,
        counting.raise_noted,
        live.raise_touched,
    ),
    after_commit=(audit.file_head, uploads.remove_forgotten, forget_erased, wake_asked),
)
# by name: what it is called, how often it is due, what it does, and whether there is anything to do
JOBS = (
    Definition("outbox", _("Deliver mail"), SECOND, delivery.deliver, delivery.is_waiting),
    Definition("web_calls", _("Make web calls"), SECOND, hooks.deliver, hooks.is_waiting),
    Definition("sms", _("Send text messages"), SECOND, sms_running.deliver, sms_running.is_waiting),
    Definition(
        "sms_results",
        _("Ask what became of text messages"),
        SECOND,
        sms_running.fetch_results,
        sms_running.has_open_results,
    ),
    Definition(
        "tasks",
        _("Write Excel files, change many tickets"),
        SECOND,
        tasks.run_queued,
        tasks.is_waiting,
    ),
    Definition(
        mail_writes.READING,
        _("Read mail that has come"),
        timedelta(seconds=10),
        mail_jobs.read_mails,
        mails.is_waiting,
    ),
    Definition(
        "mailboxes",
        _("Look after mailboxes"),
        timedelta(seconds=10),
        mail_jobs.look_after,
        mail_jobs.needs_looking,
    ),
    Definition(
        "accrual", _("Charge the day’s fees"), MINUTE, billing_jobs.accrue, billing_jobs.is_behind
    ),
    Definition(
        "outbox_old", _("Destroy texts of mails that never left"), HOUR, delivery.forget_failed
    ),
    Definition(
        "sessions", _("End idle sessions"), MINUTE, principals.sweep, principals.has_expired
    ),
    Definition(
        "screening",
        _("Destroy what was held back long enough"),
        timedelta(minutes=10),
        screening_jobs.forget_old,
        screening.has_old,
    ),
    Definition(
        "visits",
        _("End visits of help centers"),
        timedelta(minutes=10),
        visit_jobs.forget_old,
        visits.has_old,
    ),
    Definition(
        "cti_log",
        _("Close days of the CTI log"),
        MINUTE,
        telephony_jobs.close_days,
        telephony_jobs.has_days_to_close,
    ),
    Definition(
        "document_counts",
        _("Count views of documents"),
        MINUTE,
        document_counting.flush,
        document_counting.is_waiting,
    ),
    Definition(
        "search",
        _("Index tickets for the search"),
        timedelta(minutes=10),
        ticket_jobs.index_tickets,
        ticket_jobs.is_index_behind,
    ),
    Definition(
        "triggers",
        _("Run triggers with conditions of time"),
        timedelta(minutes=10),
        automation_jobs.run_timed,
    ),
    Definition(
        "figures",
        _("Sum up days of statistics"),
        MINUTE,
        statistics_jobs.sum_up,
        statistics_jobs.is_behind,
    ),
    Definition(
        "reports",
        _("Mail reports of statistics"),
        MINUTE,
        statistics_jobs.send_reports,
        telling.is_due,
    ),
    Definition(
        "tickets_done", _("Mark resolved tickets as done"), HOUR, ticket_jobs.finish_resolved
    ),
    Definition("values", _("Destroy and seal values of fields"), HOUR, ticket_jobs.keep_values),
    Definition(
        "migrations",
        _("Bring in old inquiries"),
        timedelta(minutes=1),
        migration_jobs.run,
        migration_jobs.is_waiting,
    ),
    Definition(
        "recordings",
        _("Remove old recordings and days of the CTI log"),
        HOUR,
        telephony_jobs.drop_old,
    ),
    Definition(
        "inquiries",
        _("Destroy inquiries that nobody confirmed"),
        HOUR,
        inquiry_jobs.forget_unconfirmed,
    ),
    Definition("mail_originals", _("Remove old originals of mails"), HOUR, mail_jobs.drop_old),
    Definition("erasure", _("Erase terminated services"), HOUR, organization_jobs.erase_terminated),
    Definition(
        "tenants", _("Erase terminated phone contracts"), HOUR, tenant_jobs.erase_terminated
    ),
    Definition(
        "files", _("Remove orphaned files"), timedelta(hours=6), organization_jobs.sweep_files
    ),
    # only where somebody erased something
    Definition(
        "scrub",
        _("Clear what was erased out of the database's files"),
        timedelta(days=1),
        ticket_jobs.scrub,
        lambda: False,
    ),
)

# Excel files that a job writes: what makes them, and how their download is recorded
EXPORTS: dict[str, Export | Archive] = {
    "callbacks": Export(callback_sheets.sheet, Work.EXCEL_CALLBACKS, CALLBACKS, Feature.CALLBACK),
    "callback_results": Export(
        callback_sheets.results, Work.EXCEL_CALLBACK_RESULTS, HISTORIES, Feature.CALLBACK
    ),
    "categories": Export(
        settings_sheets.categories, Work.EXCEL_CATEGORIES, TICKET_SETTINGS, Feature.TICKET
    ),
    "documents": Export(
        document_sheets.documents, Work.EXCEL_DOCUMENTS, DOCUMENTS, Feature.HELP_CENTER
    ),
    "statistics": Export(
        statistics_sheets.sheet, Work.EXCEL_STATISTICS, STATISTICS, Feature.STATISTICS
    ),
    "texts": Export(sms_sheets.sheet, Work.EXCEL_TEXTS, TEXTS, Feature.SMS),
    "ticket_details": Export(
        statistics_sheets.details, Work.EXCEL_STATISTICS, STATISTICS, Feature.STATISTICS
    ),
    "tickets": Export(ticket_sheets.sheet, Work.EXCEL_TICKETS, TICKETS, Feature.TICKET),
    "calls": Export(phone_sheets.calls, Work.EXCEL_CALLS, HISTORIES, Feature.PHONE),
    "talks": Export(phone_sheets.talks, Work.EXCEL_TALKS, HISTORIES, Feature.PHONE),
    "recordings": Archive(
        phone_sheets.zipped, Work.RECORDING_DOWNLOADED, HISTORIES, Feature.PHONE, noted=("talks",)
    ),
}
# Work of a child process
TASKS = {
    **{kind: export.writer for kind, export in EXPORTS.items()},
    bulk_actions.KIND: bulk_actions.work,
    migration_load.KIND: migration_load.check,
    migration_running.MAKE: migration_running.make,
    migration_running.UNDO: migration_running.undo,
}


class SameSite(CSRFProtect):
    """Beside the token, the browser's own word that a form was sent by a page of this console;
    older browsers give none. Forms of pages that are the same for everybody hold no token: there
    this word has to be given.
    """

    def protect(self, *args: Any, **kwargs: Any) -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if request.method == "POST" and access.is_tokenless(view):
            if not access.is_sent_from_here():
                self._error_response("The form was not sent by a page of this console.")
            return
        super().protect(*args, **kwargs)
        checked = g.get("csrf_valid", False)  # neither a GET nor a view that is exempt
        if checked and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            self._error_response("The form was sent by another site.")


class Ident(IntegerConverter):
    """Row ids in addresses; what no id column can hold is not found."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**31 - 1)


BODY_MAX = 4 * 1024 * 1024  # bytes of a request without files
FOR_EVER = "public, max-age=31536000, immutable"


class App(Flask):
    jinja_environment = ui.Templates
    request_class = sent.Request
    session_interface = cookies.CookieSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Itself: none here is a coroutine, which Flask asks of each at each request."""
        return func

    def send_static_file(self, filename: str, digest: str = "") -> Response:
        """A static file, for ever where its path has the present digest.

        Any other digest gets the present file, which nobody may keep: a page that was opened
        before an upgrade finds its icons, and while servers of two versions stand behind one
        proxy, no cache holds one's file under the other's name. Nor may a file be kept that was
        replaced under a process which still runs: its digest is that of the old one.
        What set-up compressed goes as it lies there; Werkzeug says by its name what it is.
        """
        marks: dict[str, tuple[int, int]] = self.config["STATIC_MARKS"]
        name = wire.packed(filename, marks)
        response = super().send_static_file(name)
        found = Path(str(self.static_folder), name).stat()
        same = marks.get(name) == (found.st_mtime_ns, found.st_size)
        kept = same and digest == self.config["STATIC_DIGEST"]
        response.headers["Cache-Control"] = FOR_EVER if kept else "no-cache"
        response.vary.add("Accept-Encoding")
        return response

    def dispatch_request(self) -> Any:
        """Once more when another transaction was in the way: this one was rolled back whole."""
        try:
            return super().dispatch_request()
        except (sa.exc.DBAPIError, StaleDataError) as error:
            if isinstance(error, sa.exc.DBAPIError) and not db.is_retryable(error):
                raise
            for uploads in request.files.listvalues():  # several may have one name
                for upload in uploads:
                    upload.stream.seek(0)
            return super().dispatch_request()


def _engine_options(threads: int, database_url: str) -> dict[str, Any]:
    """A connection for each thread, each job and telephony; parameters stay out of logs and job
    history, for they are personal data.

    A PostgreSQL that does not answer is waited for 10 seconds, not the minutes of TCP.
    """
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": threads + len(JOBS) + 1,
        "max_overflow": 4,
    }
    return (
        {**options, "connect_args": {"connect_timeout": 10}}
        if database_url.startswith("postgres")
        else options
    )


def create_app(changes: Mapping[str, Any] = MappingProxyType({})) -> Flask:
    """The application. `changes` override settings of the environment and of Flask (tests)."""
    app = App(
        "occ",
        root_path=str(config.PACKAGE),
        template_folder=str(config.RESOURCES / "templates"),
        static_folder=str(config.RESOURCES / "static"),
        static_url_path="/static/<digest>",
    )
    fields = {setting.name: setting.field for setting in config.SETTINGS}
    chosen = replace(
        config.load(), **{fields[name]: value for name, value in changes.items() if name in fields}
    )
    app.config.update({name: value for name, value in changes.items() if name not in fields})
    keys = crypto.KeyRing.load(chosen.instance, chosen.keys)
    app.extensions["occ_settings"] = chosen
    app.extensions["occ_keys"] = keys
    app.extensions["occ_cookies"] = {}
    app.extensions["occ_steps"] = AT_COMMIT
    app.extensions["occ_tasks"] = TASKS
    app.extensions["occ_exports"] = EXPORTS
    app.extensions["occ_jobs"] = {job.name: job for job in JOBS}
    app.config.update(
        BUILD=ui.build(app),
        STATIC_DIGEST=ui.static_digest(app),
        STATIC_MARKS=ui.static_marks(app),
        SECRET_KEY=keys.derive("cookie"),
        SESSION_COOKIE_NAME="occ",
        SESSION_COOKIE_SAMESITE="Lax",
        # never set; where a cookie has this name, Flask-Login does not ask who is signed in, and
        # its own name may be that of another application on this host
        REMEMBER_COOKIE_NAME="occ_remember",
        SESSION_REFRESH_EACH_REQUEST=False,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(chosen.threads, chosen.database_url),
        PERMANENT_SESSION_LIFETIME=timedelta(days=chosen.session_max_days),
        SEND_FILE_MAX_AGE_DEFAULT=HOUR,
        MAX_CONTENT_LENGTH=BODY_MAX,
        MAX_FORM_MEMORY_SIZE=BODY_MAX,  # texts in many languages: 9 bytes a letter on their way
        WTF_CSRF_TIME_LIMIT=None,
        # it compares with Host, which a proxy may not pass on: see SameSite
        WTF_CSRF_SSL_STRICT=False,
        SQLALCHEMY_DATABASE_URI=db.engine_url(chosen.database_url, chosen.instance),
        RATELIMIT_ENABLED=chosen.rate_limits,
    )
    app.url_map.converters["int"] = Ident
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = ui.Nothing
    app.wsgi_app = proxies.Proxied(app.wsgi_app, chosen.trusted_proxies)  # type: ignore[method-assign]
    ui.begin_requests(app)
    db.init_app(app)
    sharing.init_app(app)
    wire.init_app(app)
    live.init_app(app)
    i18n.init_app(app)
    csrf = SameSite(app)
    for view in (sso.remote, sso.remote_api):
        csrf.exempt(view)  # other sites send them; a signature stands in for the token
    auth.limiter.init_app(app)
    logins = LoginManager(app)
    logins.request_loader(principals.principal)
    logins.session_protection = None
    access.use(
        service=principals.visible_service,
        suspended=principals.is_suspended,
        address_allowed=principals.address_allowed,
    )
    i18n.use(preferred=principals.locale, zone=principals.time_zone, country=principals.country)
    ui.init_app(app, **menu.HELPERS)
    app.jinja_env.filters["code_word"] = menu.code_word
    access.init_app(app)
    health.init_app(app, phone_system.away)
    app.add_url_rule("/", "root", home.root)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(access.NotSignedIn, auth.ask_to_sign_in)
    app.register_error_handler(access.TotpRequired, auth.ask_for_totp)
    app.register_error_handler(CSRFError, auth.stale_page)
    commands.init_app(app)
    return app
