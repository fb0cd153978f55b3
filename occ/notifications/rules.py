import enum

SHOWN = 30


class Notice(enum.Enum):
    AGENT_ADDED = "agent_added"
    AGENT_REMOVED = "agent_removed"
    ORG_ADMIN_ADDED = "org_admin_added"
    ORG_ADMIN_REMOVED = "org_admin_removed"
    CALLBACK_ASKED = "callback_asked"
    CALLBACKS_ASSIGNED = "callbacks_assigned"
    TICKET_ASSIGNED = "ticket_assigned"
    TICKET_REPLIED = "ticket_replied"
    TICKET_UNDELIVERED = "ticket_undelivered"
    HANDOVER_ANSWERED = "handover_answered"
    TEXT_NOT_SENT = "text_not_sent"
    TEXT_UNCLEAR = "text_unclear"
    EXPORT_READY = "export_ready"
    EXPORT_FAILED = "export_failed"
    BULK_DONE = "bulk_done"
    BULK_FAILED = "bulk_failed"
    MAIL_FAILS = "mail_fails"
    MAIL_SILENT = "mail_silent"
    MIGRATION_CHECKED = "migration_checked"
    MIGRATION_DONE = "migration_done"
    MIGRATION_STOPPED = "migration_stopped"
    SERVICE_ACTIVE = "service_active"
    SERVICE_SUSPENDED = "service_suspended"
    SERVICE_TERMINATED = "service_terminated"
