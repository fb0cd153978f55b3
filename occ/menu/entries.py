"""The whole navigation as data: endpoint, label, icon, permission, contracted feature."""

from occ.ars.permissions import ARS
from occ.audit.permissions import LOGIN_LOG, LOGS
from occ.callbacks.permissions import ASSIGN, CALLBACK_FIGURES, CALLBACKS
from occ.core.access import SIGNED_IN
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import lazy_pgettext as pgettext
from occ.delivery.permissions import OUTBOX
from occ.help_center.inquiries.permissions import INQUIRY_FORM
from occ.help_center.members.permissions import MEMBER_LOGIN, SSO_ENTRIES
from occ.help_center.permissions import COMPANY, DOCUMENTS, HC_SETTINGS, PUBLISH
from occ.identity.permissions import ACCESS, ADMINS, INVITE, MEMBERS, PEOPLE, SERVICE_HOME
from occ.mail.permissions import MAIL_SETTINGS
from occ.menu.entry import Entry, MenuGroup
from occ.menu.entry import new as _new
from occ.menu.entry import tab as _tab
from occ.menu.figures import INSIGHT
from occ.migration.permissions import MIGRATION
from occ.organization.permissions import CONTRACTS, ORGANIZATION
from occ.organization.rules import Feature
from occ.profiles.permissions import CUSTOMERS, MERGE
from occ.scheduler.permissions import JOBS
from occ.sms.permissions import TEXT_SETTINGS, TEXTS
from occ.statistics.permissions import STATISTICS
from occ.telephony.permissions import CTI, CTI_LOG, HISTORIES, SIMULATOR
from occ.tenant.permissions import TENANT
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.tickets.permissions import TICKET_MANAGER, TICKETS, TRANSFER
from occ.wallboard.permissions import MONITOR, WALL_LINKS, WALLBOARD

ORG, SETTINGS, WORK, OWN = "org", "settings", "work", "me"
MENU: dict[str, tuple[MenuGroup, ...]] = {
    WORK: (
        MenuGroup(
            _("Support"),
            (
                Entry("home.service", _("Service home"), "home", SERVICE_HOME),
                Entry("tickets.index", _("Tickets"), "ticket", TICKETS, Feature.TICKET),
                Entry("profiles.index", _("Customers"), "users", CUSTOMERS, Feature.CUSTOMERS),
            ),
        ),
        MenuGroup(
            _("Extras"),
            (
                Entry(
                    "callbacks.index",
                    _("Callbacks"),
                    "phone-incoming",
                    CALLBACKS,
                    Feature.CALLBACK,
                    tabs=(
                        _tab("callbacks.index", _("List"), CALLBACKS),
                        _tab("callback_dealing.assign", _("Assign"), ASSIGN),
                        _tab("callback_dealing.unassign", _("Unassign"), ASSIGN),
                        _tab(
                            "callback_dealing.statistics", _("Processing status"), CALLBACK_FIGURES
                        ),
                    ),
                ),
                Entry(
                    "sms.index",
                    _("Text messages"),
                    "message-2",
                    TEXTS,
                    Feature.SMS,
                    tabs=(
                        _tab("sms.index", _("Send"), TEXTS),
                        _tab("sms_history.index", _("Sent texts"), TEXTS),
                        _tab("sms_templates.index", _("Templates"), TEXT_SETTINGS),
                    ),
                ),
                Entry(
                    "wallboard.overview",
                    _("Wallboard"),
                    "device-tv",
                    WALLBOARD,
                    Feature.WALLBOARD,
                    tabs=(
                        _tab("wallboard.overview", _("Overview"), WALLBOARD),
                        _tab("wallboard.media", _("By media"), WALLBOARD),
                        _tab("wallboard.people", _("By agent"), WALLBOARD),
                        _tab("wallboard.links", _("Wall links"), WALL_LINKS),
                    ),
                ),
                Entry("caller.index", _("Caller"), "broadcast", SIMULATOR, Feature.PHONE),
            ),
        ),
        INSIGHT,
        MenuGroup(
            _("Help center"),
            (
                Entry(
                    "faq.index",
                    _("Documents"),
                    "book-2",
                    DOCUMENTS,
                    Feature.HELP_CENTER,
                    tabs=(
                        _tab("faq.index", _("FAQ"), DOCUMENTS),
                        _tab("announcements.index", pgettext("help center", "Notices"), DOCUMENTS),
                        _tab("topics.categories", _("Categories"), PUBLISH),
                        _tab("topics.headings", _("Headings and tags"), PUBLISH),
                        _tab("notice_templates.index", _("Notice templates"), PUBLISH),
                        _tab("missed_searches.index", _("Searches without a hit"), DOCUMENTS),
                    ),
                ),
            ),
        ),
    ),
    SETTINGS: (
        MenuGroup(
            _("Tickets"),
            (
                Entry(
                    "categories.intake",
                    _("Categories"),
                    "category",
                    TICKET_SETTINGS,
                    Feature.TICKET,
                    tabs=(
                        _tab("categories.intake", _("Intake types"), TICKET_SETTINGS),
                        _tab("categories.resolution", _("Resolution types"), TICKET_SETTINGS),
                    ),
                ),
                Entry(
                    "fields.index",
                    _("Fields"),
                    "forms",
                    TICKET_SETTINGS,
                    Feature.TICKET,
                    tabs=(
                        _tab("fields.index", _("Field settings"), TICKET_SETTINGS),
                        _tab("fields.manage", _("Field management"), TICKET_SETTINGS),
                        _tab("ledger.index", _("Personal data"), TICKET_SETTINGS),
                    ),
                ),
                Entry(
                    "triggers.index",
                    _("Triggers"),
                    "bolt",
                    TICKET_SETTINGS,
                    Feature.TICKET,
                    tabs=(
                        _tab("triggers.index", _("Triggers"), TICKET_SETTINGS),
                        _tab("triggers.calls", _("Web calls"), TICKET_SETTINGS),
                    ),
                ),
                Entry(
                    "templates.index",
                    _("Templates"),
                    "template",
                    TICKET_SETTINGS,
                    Feature.TICKET,
                    tabs=(
                        _tab("templates.index", _("Templates"), TICKET_SETTINGS),
                        _tab("templates.linked", _("Links of templates"), TICKET_SETTINGS),
                    ),
                ),
                Entry(
                    "mail_accounts.index",
                    _("E-mail settings"),
                    "mail",
                    MAIL_SETTINGS,
                    Feature.MAIL,
                    tabs=(
                        _tab("mail_accounts.index", _("Accounts"), MAIL_SETTINGS),
                        _tab("mail_layouts.index", _("Mail layouts"), MAIL_SETTINGS),
                        _tab("mail_doctor.index", _("Mail doctor"), MAIL_SETTINGS),
                    ),
                ),
                Entry(
                    "screening.index",
                    _("Spam"),
                    "filter",
                    TICKET_SETTINGS,
                    Feature.TICKET,
                    tabs=(
                        _tab("screening.index", _("Held back"), TICKET_SETTINGS),
                        _tab("screening.rule", _("Spam rule"), TICKET_SETTINGS),
                    ),
                ),
                Entry("words.index", _("Forbidden words"), "ban", TICKET_SETTINGS, Feature.TICKET),
                Entry("shared.index", _("Files"), "paperclip", TICKET_SETTINGS, Feature.TICKET),
            ),
        ),
        MenuGroup(
            _("Channels"),
            (
                Entry(
                    "voice_menu.index",
                    _("ARS"),
                    "phone",
                    ARS,
                    Feature.PHONE,
                    tabs=(
                        _tab("voice_menu.index", _("Voice menu"), ARS),
                        _tab("ars.queues", _("Queues"), ARS),
                        _tab("ars.dispositions", _("Dispositions"), ARS),
                        _tab("ars.work", _("Work settings"), ARS),
                        _tab("numbers.index", _("Caller IDs"), ARS),
                    ),
                ),
                Entry(
                    "sms_channel.index",
                    _("SMS channel"),
                    "device-mobile-message",
                    TEXT_SETTINGS,
                    Feature.SMS,
                ),
            ),
        ),
        MenuGroup(
            _("Help center"),
            (
                Entry(
                    "hc_settings.index",
                    _("Parts and themes"),
                    "layout",
                    HC_SETTINGS,
                    Feature.HELP_CENTER,
                    tabs=(
                        _tab("hc_settings.index", _("Parts"), HC_SETTINGS),
                        _tab("hc_themes.index", _("Themes"), HC_SETTINGS),
                        _tab("hc_texts.index", _("Wordings"), HC_SETTINGS),
                        _tab("hc_menus.index", _("External menus"), HC_SETTINGS),
                        _tab("hc_widget.index", _("Widget"), HC_SETTINGS),
                    ),
                ),
                Entry(
                    "member_login.index",
                    _("Member login"),
                    "login-2",
                    MEMBER_LOGIN,
                    Feature.HELP_CENTER,
                ),
                Entry(
                    "inquiry_settings.index",
                    _("Inquiry form"),
                    "forms",
                    INQUIRY_FORM,
                    Feature.HELP_CENTER,
                ),
            ),
        ),
        MenuGroup(
            _("People"),
            (
                Entry("agents.index", _("Agents"), "headset", PEOPLE),
                Entry("groups.index_groups", _("Groups"), "users-group", PEOPLE),
            ),
        ),
    ),
    ORG: (
        MenuGroup(
            _("Contracts"),
            (
                Entry(
                    "contracts.index",
                    _("Contracted services"),
                    "file-invoice",
                    CONTRACTS,
                    tabs=(
                        _tab("contracts.index", _("Contract status"), CONTRACTS),
                        _tab("rates.index", _("Charges"), CONTRACTS),
                        _tab("organization.prices", _("Price list"), CONTRACTS),
                        _tab("organization.info", _("Organization info"), ORGANIZATION),
                        _tab("company.index", _("Company information"), COMPANY),
                    ),
                ),
                Entry(
                    "tenant.index",
                    _("Phone contract"),
                    "device-landline-phone",
                    TENANT,
                    Feature.PHONE,
                    tabs=(
                        _tab("tenant.index", _("Usage info"), TENANT),
                        _tab("tenant.orders", _("Desk phones"), TENANT),
                    ),
                ),
            ),
        ),
        MenuGroup(
            _("People"),
            (
                Entry("members.index", _("Members"), "users", MEMBERS),
                Entry("admins.index_admins", _("Organization admins"), "user-star", ADMINS),
            ),
        ),
        MenuGroup(
            _("Links"),
            (
                Entry(
                    "cti.index",
                    _("CTI management"),
                    "headset",
                    CTI,
                    Feature.PHONE,
                    tabs=(
                        _tab("cti.index", _("Settings"), CTI),
                        _tab("cti.agents", _("CTI agents"), CTI),
                        _tab("caller_ids.decisions", _("Caller IDs"), CTI),
                    ),
                ),
                Entry(
                    "sso_entries.index",
                    _("SSO entries"),
                    "login-2",
                    SSO_ENTRIES,
                ),
            ),
        ),
        MenuGroup(
            _("Security"),
            (
                Entry(
                    "logs.authority",
                    _("Logs"),
                    "list-search",
                    LOGS,
                    tabs=(
                        _tab("logs.authority", _("Authority changes"), LOGS),
                        _tab("logs.logins", _("Logins"), LOGIN_LOG),
                        _tab("logs.works", _("Work"), LOGS),
                    ),
                ),
                Entry("access.index", _("Access control"), "shield-lock", ACCESS),
            ),
        ),
        MenuGroup(
            _("Operation"),
            (
                Entry("migration.index", _("Migration"), "database-import", MIGRATION),
                Entry("outbox.index", _("Mail outbox"), "mail-forward", OUTBOX),
                Entry("jobs.index", _("Jobs"), "clock-play", JOBS),
            ),
        ),
    ),
    OWN: (
        MenuGroup(
            "",
            (
                Entry("me.index", _("My settings"), "user-cog", SIGNED_IN),
                Entry("cti_log.index", _("CTI log download"), "download", CTI_LOG),
            ),
        ),
    ),
}
# what the palette finds besides the menu: other pages, and the actions that pages begin with
BESIDES = (
    MenuGroup(
        _("Own pages"),
        (
            Entry("performance.index", _("My performance"), "chart-dots", SERVICE_HOME),
            Entry("notices.index", _("Notifications"), "bell", SIGNED_IN),
        ),
    ),
    MenuGroup(_("Tickets"), (_new("ticket_making.new", _("New ticket"), TICKETS),)),
    MenuGroup(_("Agents"), (_new("agents.new", _("Add an agent"), PEOPLE, None),)),
    MenuGroup(_("Groups"), (_new("groups.new_group", _("Add a group"), PEOPLE, None),)),
    MenuGroup(_("Templates"), (_new("templates.new", _("Add a template"), TICKET_SETTINGS),)),
    MenuGroup(_("Triggers"), (_new("triggers.new", _("New trigger"), TICKET_SETTINGS),)),
    MenuGroup(_("Fields"), (_new("fields.new", _("New field"), TICKET_SETTINGS),)),
    MenuGroup(_("Forbidden words"), (_new("words.new", _("Add a word"), TICKET_SETTINGS),)),
    MenuGroup(
        _("E-mail settings"),
        (_new("mail_accounts.new", _("Add a mailbox"), MAIL_SETTINGS, Feature.MAIL),),
    ),
    MenuGroup(_("Files"), (_new("shared.new", _("Upload a file"), TICKET_SETTINGS),)),
    MenuGroup(
        _("ARS"),
        (
            Entry(
                "voice_menu.history",
                _("History of the voice menu"),
                "history",
                ARS,
                Feature.PHONE,
            ),
            _new("ars.new_queue", _("Add a queue"), ARS, Feature.PHONE),
            _new("ars.new_disposition", _("Add a disposition"), ARS, Feature.PHONE),
        ),
    ),
    MenuGroup(
        _("Text messages"),
        (
            Entry(
                "sms_templates.new",
                _("New template of texts"),
                "plus",
                TEXT_SETTINGS,
                Feature.SMS,
            ),
        ),
    ),
    MenuGroup(_("Caller IDs"), (_new("numbers.new", _("Register a number"), ARS, Feature.PHONE),)),
    MenuGroup(
        _("Wall links"),
        (_new("wallboard.new_link", _("Create a link"), WALL_LINKS, Feature.WALLBOARD),),
    ),
    MenuGroup(
        _("Documents"),
        (
            _new("faq.new", _("Write a FAQ"), DOCUMENTS, Feature.HELP_CENTER),
            _new("announcements.new", _("Write a notice"), DOCUMENTS, Feature.HELP_CENTER),
        ),
    ),
    MenuGroup(_("Contracted services"), (_new("wizard.new", _("Add a service"), CONTRACTS, None),)),
    MenuGroup(_("Members"), (_new("members.invite", _("Invite a member"), INVITE, None),)),
    MenuGroup(
        _("Phone contract"),
        (_new("tenant.new_order", _("Order desk phones"), TENANT, Feature.PHONE),),
    ),
)
# A manager with the log-view permission has no other page of the organization: the login history
# stands alone.
LOGIN_ENTRY = Entry("logs.logins", _("Login history"), "list-search", LOGIN_LOG)
TICKET_SCREEN = (
    "tickets",
    "ticket_work",
    "ticket_making",
    "ticket_templates",
    "ticket_fields",
    "ticket_searches",
    "ticket_bulk",
    "ticket_masks",
    "ticket_mails",
    "ticket_handover",
    "ticket_files",
    "ticket_triggers",
    "ticket_phone",
)
SITE = ("hc_settings", "hc_themes", "hc_texts", "hc_menus", "hc_widget")
HELP_CENTER = ("faq", "announcements", "topics", "notice_templates", "missed_searches")
PAGES = {  # pages that belong to an entry without being one
    "wizard": "contracts.index",
    "contract_terms": "contracts.index",
    "rates": "contracts.index",
    "organization": "contracts.index",
    "company": "contracts.index",
    "contracts": "contracts.index",
    "members": "members.index",
    "admins": "admins.index_admins",
    "logs": "logs.authority",
    "access": "access.index",
    "agents": "agents.index",
    "groups": "groups.index_groups",
    "outbox": "outbox.index",
    "migration": "migration.index",
    "jobs": "jobs.index",
    "me": "me.index",
    "home": "home.service",
    "notices": "me.index",
    "caller": "caller.index",
    "wallboard": "wallboard.overview",
    "monitor": "monitor.index",
    **dict.fromkeys(("histories", "callback_histories"), "histories.index"),
    "performance": "performance.index",
    **dict.fromkeys(("statistics", "reports"), "statistics.index"),
    "cti": "cti.index",
    "tenant": "tenant.index",
    **dict.fromkeys(TICKET_SCREEN, "tickets.index"),
    **dict.fromkeys(("callbacks", "callback_dealing"), "callbacks.index"),
    "exports": "me.index",
    **dict.fromkeys(("ars", "numbers", "voice_menu", "voices", "hours"), "voice_menu.index"),
    **dict.fromkeys(("mail_accounts", "mail_layouts", "mail_doctor"), "mail_accounts.index"),
    "categories": "categories.intake",
    "words": "words.index",
    "screening": "screening.index",
    "profiles": "profiles.index",
    "templates": "templates.index",
    "fields": "fields.index",
    "ledger": "fields.index",
    "shared": "shared.index",
    "triggers": "triggers.index",
    "caller_ids": "cti.index",
    "phone": "me.index",
    "cti_log": "cti_log.index",
    "sso_entries": "sso_entries.index",
    "member_login": "member_login.index",
    "inquiry_settings": "inquiry_settings.index",
    **dict.fromkeys(("sms", "sms_pictures", "sms_templates", "sms_history"), "sms.index"),
    "sms_channel": "sms_channel.index",
    **dict.fromkeys(SITE, "hc_settings.index"),
    **dict.fromkeys(HELP_CENTER, "faq.index"),
}

# pages that belong to a tab which is not the first of their blueprint
OF_TABS = {
    "screening.new_block": "screening.rule",
    **dict.fromkeys(
        ("organization.edit", "organization.change_key", "organization.show_key"),
        "organization.info",
    ),
    **dict.fromkeys(("fields.new", "fields.edit"), "fields.manage"),
    **dict.fromkeys(
        ("ars.new_disposition", "ars.edit_disposition", "ars.retire_disposition"),
        "ars.dispositions",
    ),
    "tenant.new_order": "tenant.orders",
    "cti.edit_agent": "cti.agents",
    "wallboard.new_link": "wallboard.links",
    **dict.fromkeys(
        (
            "sms_templates.new",
            "sms_templates.edit",
            "sms_templates.new_category",
            "sms_templates.edit_category",
            "sms_templates.delete_category",
        ),
        "sms_templates.index",
    ),
}
# what stands between a page and its tab on the way to it
BETWEEN = {
    "voice_menu.version": _tab("voice_menu.history", _("History of the voice menu"), ARS),
}


# permissions of pages whose address names a service
OF_A_SERVICE = (
    PEOPLE,
    SERVICE_HOME,
    CUSTOMERS,
    MERGE,
    TICKETS,
    TRANSFER,
    TICKET_MANAGER,
    TICKET_SETTINGS,
    MAIL_SETTINGS,
    WALLBOARD,
    WALL_LINKS,
    SIMULATOR,
    CALLBACKS,
    ASSIGN,
    CALLBACK_FIGURES,
    TEXTS,
    TEXT_SETTINGS,
    MONITOR,
    STATISTICS,
    HISTORIES,
    MAIL_SETTINGS,
    MEMBER_LOGIN,
    INQUIRY_FORM,
    HC_SETTINGS,
    DOCUMENTS,
    PUBLISH,
    ARS,
)


# where the pages of a blueprint belong; all others are the organization's
SCOPES = {
    **dict.fromkeys(
        ("agents", "groups", "ars", "numbers", "voice_menu", "voices", "hours"), SETTINGS
    ),
    **dict.fromkeys(("mail_accounts", "mail_layouts", "mail_doctor"), SETTINGS),
    **dict.fromkeys(
        (
            "categories",
            "words",
            "templates",
            "fields",
            "shared",
            "triggers",
            "ledger",
            "sms_channel",
            "member_login",
            "inquiry_settings",
            "screening",
        ),
        SETTINGS,
    ),
    **dict.fromkeys(SITE, SETTINGS),
    **dict.fromkeys(TICKET_SCREEN, WORK),
    **dict.fromkeys(HELP_CENTER, WORK),
    **dict.fromkeys(
        (
            "home",
            "profiles",
            "wallboard",
            "monitor",
            "histories",
            "callback_histories",
            "caller",
            "performance",
            "statistics",
            "reports",
            "callbacks",
            "callback_dealing",
            "sms",
            "sms_pictures",
            "sms_templates",
            "sms_history",
        ),
        WORK,
    ),
    **dict.fromkeys(("me", "notices", "phone", "cti_log", "exports"), OWN),
}
