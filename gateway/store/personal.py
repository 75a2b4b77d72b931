"""Which columns hold what strangers wrote or are: one table, which a test compares with the schema, so that none is forgotten.

Only columns that can hold text or bytes are listed; numbers, times and switches are about tickets, not people. What redaction and
retention do follows from here (``gateway.store.redaction``), and docs/security.md prints it.
"""

from enum import StrEnum


class Treatment(StrEnum):
    """What happens to a column when a person or a message is redacted."""

    ERASE = "erase"  # emptied in the rows that are theirs; elsewhere their address is replaced
    SCRUB = "scrub"  # their address is replaced by the pseudonym wherever it stands
    DELETE = "delete"  # rows that name them are removed
    HASH = "hash"  # replaced by its SHA-256: still equal to itself, nothing to read
    KEEP = "keep"  # about our staff or the program's own doings, or a digest; stays
    NONE = "none"  # the program's own words


_E, _S, _D, _H, _K, _N = Treatment

PERSONAL: dict[str, dict[str, Treatment]] = {
    "agents": dict.fromkeys(("address_key", "address", "name", "password_hash"), _K)
    | dict.fromkeys(("role", "language", "notifications"), _N),
    "agent_identities": {"issuer": _N, "subject": _K},
    "api_keys": {"name": _N, "digest": _K},
    "audit": dict.fromkeys(("actor", "origin", "about", "data", "hash", "previous"), _K) | {"what": _N, "once": _N},
    "contacts": dict.fromkeys(("address_key", "address", "name", "undeliverable_reason"), _E) | {"language": _N},
    "events": {"kind": _N, "actor": _S, "data": _E},
    "journal": {
        **dict.fromkeys(
            ("peer", "helo", "authenticated_as", "reverse_path", "forward_paths", "last_error", "trace", "raw"), _E
        ),
        **dict.fromkeys(("receipt", "protocol", "tls", "state", "fate", "cause", "lease_owner"), _N),
        "digest": _K,
    },
    "login_failures": {"key": _D},
    "messages": {
        **dict.fromkeys(
            (
                "author",
                "author_name",
                "subject",
                "text",
                "reply_text",
                "html",
                "recipients",
                "attachments",
                "trace",
                "fingerprint",
            ),
            _E,
        ),
        "message_id": _H,
        **dict.fromkeys(("direction", "kind", "trust"), _N),
    },
    "outbox": {
        **dict.fromkeys(
            ("recipient", "recipient_key", "recipient_domain", "subject", "raw", "last_reply", "reverse_path"), _E
        ),
        "message_id": _H,
        "once_key": _S,
        **dict.fromkeys(("kind", "state", "hold_reason", "lease_owner"), _N),
    },
    "participants": {"role": _N},
    "personal_macros": {"title": _S, "definition": _S},
    "personal_views": {"name": _K, "definition": _S},
    "promises": {"metric": _N, "policy": _N},
    "quarantine": {
        **dict.fromkeys(("author", "author_key", "subject", "preview"), _E),
        **dict.fromkeys(("last_call", "released_from"), _N),
        **dict.fromkeys(("released_by", "deleted_by", "blob"), _K),
    },
    "ratings": {"comment": _E, "reason": _N, "via": _N, "history": _E},
    "recovery_codes": {"digest": _K},
    "rule_timers": {"rule": _N, "applied_anchor": _N},
    "rule_hits": {"rule": _N},
    "second_factors": {"sealed_secret": _K},
    "seen_images": {"domain": _N, "sha256": _K},
    "sender_counts": {"sender": _D},
    "sender_lists": {
        "value": _S,
        "reason": _S,
        **dict.fromkeys(("author", "removed_by"), _K),
        "action": _N,
        "kind": _N,
    },
    "sender_mutes": {"sender": _D, "reason": _N, "why": _D},
    "sessions": dict.fromkeys(("token_digest", "csrf", "peer", "user_agent"), _K) | {"method": _N},
    "settings": {"key": _N, "value": _S},
    "signatures_seen": {"digest": _K},
    "silences": {"address_key": _D, "address": _D, "how": _N, "actor": _D},
    "surveys": {"skipped": _N, "message_id": _H},
    "thread_ids": {"header_id": _H, "fingerprint": _K},
    "ticket_tags": {"tag": _S},
    "tickets": {
        "subject": _E,
        "fields": _E,
        **dict.fromkeys(
            ("brand", "address", "status", "team", "priority", "language", "configuration_stamp", "type", "substatus"),
            _N,
        ),
    },
    "timers": {"kind": _N},
    "webhook_calls": {
        **dict.fromkeys(("payload", "last_reply"), _E),
        **dict.fromkeys(("webhook", "rule", "key", "state"), _N),
    },
}
