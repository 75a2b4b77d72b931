"""The tables. One schema for SQLite and PostgreSQL; migrations are in ``gateway/store/migrations``.

Times are stored as aware UTC datetimes (``UtcDateTime``). Addresses are stored as they were given, and beside them under
their key (``gateway.mail.address.address_key``) wherever they are looked up.
"""

from gateway.store.schema.abuse import silences
from gateway.store.schema.audit import audit
from gateway.store.schema.base import BigKey, UtcDateTime, metadata
from gateway.store.schema.conversations import (
    events,
    messages,
    participants,
    seen_images,
    thread_ids,
    ticket_tags,
    tickets,
    timers,
)
from gateway.store.schema.floods import sender_counts, sender_mutes
from gateway.store.schema.macros import personal_macros
from gateway.store.schema.mail_in import journal
from gateway.store.schema.mail_out import outbox
from gateway.store.schema.people import agents, api_keys, contacts, login_failures, sessions
from gateway.store.schema.promises import promises, rule_timers
from gateway.store.schema.quarantine import quarantine
from gateway.store.schema.rule_hits import rule_hits
from gateway.store.schema.sender_lists import sender_lists
from gateway.store.schema.sign_in import agent_identities, recovery_codes, second_factors
from gateway.store.schema.surveys import ratings, surveys
from gateway.store.schema.system import settings
from gateway.store.schema.trust import signatures_seen, trust_checks
from gateway.store.schema.views import personal_views
from gateway.store.schema.webhooks import webhook_calls

__all__ = [
    "BigKey",
    "UtcDateTime",
    "agent_identities",
    "agents",
    "api_keys",
    "audit",
    "contacts",
    "events",
    "journal",
    "login_failures",
    "messages",
    "metadata",
    "outbox",
    "participants",
    "personal_macros",
    "personal_views",
    "promises",
    "quarantine",
    "ratings",
    "recovery_codes",
    "rule_hits",
    "rule_timers",
    "second_factors",
    "seen_images",
    "sender_counts",
    "sender_lists",
    "sender_mutes",
    "sessions",
    "settings",
    "signatures_seen",
    "silences",
    "surveys",
    "thread_ids",
    "ticket_tags",
    "tickets",
    "timers",
    "trust_checks",
    "webhook_calls",
]
