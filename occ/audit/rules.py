"""What is recorded: codes and parameters, worded when shown; the
chain that makes a change visible.
"""

import enum
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Action(enum.Enum):
    """Changes of rights (LOG-1)."""

    MEMBER_INVITED = "member_invited"
    INVITE_REVOKED = "invite_revoked"
    MEMBER_CHANGED = "member_changed"
    MEMBER_DEACTIVATED = "member_deactivated"
    MEMBER_ACTIVATED = "member_activated"
    MEMBER_REMOVED = "member_removed"
    ORG_ADMIN_ADDED = "org_admin_added"
    ORG_ADMIN_REMOVED = "org_admin_removed"
    AGENT_ADDED = "agent_added"
    AGENT_CHANGED = "agent_changed"
    AGENT_REMOVED = "agent_removed"
    GROUP_ADDED = "group_added"
    GROUP_CHANGED = "group_changed"
    GROUP_REMOVED = "group_removed"
    API_KEY_CHANGED = "api_key_changed"
    ACCESS_CHANGED = "access_changed"
    TOTP_POLICY_CHANGED = "totp_policy_changed"
    SERVICE_ADDED = "service_added"
    SERVICE_DELETED = "service_deleted"
    CONTRACT_SIGNED = "contract_signed"
    CONTRACT_CHANGED = "contract_changed"
    SERVICE_SUSPENDED = "service_suspended"
    SERVICE_RESUMED = "service_resumed"
    SERVICE_TERMINATED = "service_terminated"
    SERVICE_ERASED = "service_erased"
    CTI_CHANGED = "cti_changed"
    CTI_AGENT = "cti_agent"
    CALLER_ID = "caller_id"
    TENANT_SIGNED = "tenant_signed"
    TENANT_CHANGED = "tenant_changed"
    TENANT_SUSPENDED = "tenant_suspended"
    TENANT_RESUMED = "tenant_resumed"
    TENANT_TERMINATED = "tenant_terminated"
    SSO_ENTRY_ADDED = "sso_entry_added"
    SSO_ENTRY_CHANGED = "sso_entry_changed"
    SSO_ENTRY_REMOVED = "sso_entry_removed"
    SSO_KEY_CHANGED = "sso_key_changed"
    MEMBER_LOGIN_CHANGED = "member_login_changed"


class LoginResult(enum.Enum):
    """How a sign-in ended (MEM-6, the table of seed 003); CTI sign-ins add the last two."""

    SUCCESS = "success"
    NO_SUCH_ACCOUNT = "no_such_account"
    WRONG_PASSWORD = "wrong_password"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    FORCED_OUT = "forced_out"
    NO_SUCH_TENANT = "no_such_tenant"
    NO_SUCH_AGENT = "no_such_agent"


class LoginChannel(enum.Enum):
    CONSOLE = "console"
    CTI = "cti"


class SessionEnd(enum.Enum):
    """Why a session ended."""

    LOGOUT = "logout"
    FORCED_OUT = "forced_out"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Work(enum.Enum):
    """What somebody looked up, played or downloaded (LOG-3)."""

    EXCEL_RATES = "excel_rates"
    EXCEL_AUTHORITY_LOG = "excel_authority_log"
    EXCEL_LOGIN_LOG = "excel_login_log"
    EXCEL_WORK_LOG = "excel_work_log"
    EXCEL_MEMBERS = "excel_members"
    API_KEY_SHOWN = "api_key_shown"
    MAIL_SHOWN = "mail_shown"
    MAIL_ORIGINAL = "mail_original"
    MAIL_AGAIN = "mail_again"
    CTI_LOG = "cti_log"
    CALL_SHOWN = "call_shown"
    RECORDING_PLAYED = "recording_played"
    RECORDING_DOWNLOADED = "recording_downloaded"
    EXCEL_CALLS = "excel_calls"
    EXCEL_TALKS = "excel_talks"
    PROOF_SHOWN = "proof_shown"
    EXCEL_CALLBACKS = "excel_callbacks"
    EXCEL_CALLBACK_FIGURES = "excel_callback_figures"
    EXCEL_CALLBACK_RESULTS = "excel_callback_results"
    EXCEL_CATEGORIES = "excel_categories"
    EXCEL_TICKETS = "excel_tickets"
    ENCRYPTION_OFF = "encryption_off"
    FIELD_SHOWN = "field_shown"
    VALUES_PURGED = "values_purged"
    TEXT_MASKED = "text_masked"
    MASK_SHOWN = "mask_shown"
    CUSTOMER_EXPORTED = "customer_exported"
    CUSTOMER_ERASED = "customer_erased"
    EXCEL_TEXTS = "excel_texts"
    EXCEL_STATISTICS = "excel_statistics"
    EXCEL_DOCUMENTS = "excel_documents"
    SSO_KEY_SHOWN = "sso_key_shown"
    MIGRATION_UPLOADED = "migration_uploaded"
    MIGRATION_RESERVED = "migration_reserved"
    MIGRATION_UNDONE = "migration_undone"
    EXCEL_REFUSED_ROWS = "excel_refused_rows"


GENESIS = "0" * 64


def mac(key: bytes, previous: str, content: Mapping[str, Any]) -> str:
    """The row's link: HMAC-SHA256 over the previous link and the row's canonical JSON."""

    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else value

    text = json.dumps(
        {k: plain(v) for k, v in content.items()},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hmac.new(key, (previous + text).encode(), hashlib.sha256).hexdigest()
