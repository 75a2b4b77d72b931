"""Delivery notices that are JSON: what Amazon SES has SNS mail to a subscriber."""

import json
from typing import Any

from gateway.mail.dsn_report import Recipient, address_of, status_in

SIZE_LIMIT = 262_144  # characters; SNS itself stops at 256 KB


def read_notice(text: str) -> tuple[list[Recipient], tuple[tuple[str, str], ...]] | None:
    """Return the recipients and the header fields of the original mail, or None where the text is no such notice."""
    start = text[:200].lstrip()
    if not start.startswith("{") or '"notificationType"' not in text[:SIZE_LIMIT]:
        return None
    try:
        notice, _ = json.JSONDecoder(strict=False).raw_decode(text[:SIZE_LIMIT].lstrip())
    except (ValueError, RecursionError):
        return None
    if not isinstance(notice, dict) or notice.get("notificationType") not in ("Bounce", "Delivery", "Complaint"):
        return None
    bounce = notice.get("bounce")
    found = [recipient for entry in _list(bounce, "bouncedRecipients") if (recipient := _recipient(entry)) is not None]
    fields = tuple(
        (str(entry["name"]), str(entry["value"]))
        for entry in _list(notice.get("mail"), "headers")
        if isinstance(entry, dict) and "name" in entry and "value" in entry
    )
    return found, fields


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found[:1_000] if isinstance(found, list) else []


def _recipient(entry: Any) -> Recipient | None:
    if not isinstance(entry, dict):
        return None
    address = address_of(str(entry.get("emailAddress", "")))
    if address is None:
        return None
    diagnostic = str(entry["diagnosticCode"]) if entry.get("diagnosticCode") else None
    return Recipient(
        (address,), str(entry.get("action", "failed")).lower(), status_in(str(entry.get("status", ""))), diagnostic
    )
