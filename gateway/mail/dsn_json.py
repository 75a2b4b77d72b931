"""Delivery notices that are JSON: what Amazon SES has SNS mail to a subscriber."""

import json
from typing import Any

from gateway.mail.dsn_report import Recipient, address_of, status_in

_KINDS = ("notificationType", "eventType")
SIZE_LIMIT = 262_144  # characters; SNS itself stops at 256 KB


def read_notice(text: str) -> tuple[list[Recipient], tuple[tuple[str, str], ...]] | None:
    """Return the recipients and the header fields of the original mail, or None where the text is no such notice."""
    notice = _notice(text)
    if notice is None:
        return None
    bounce = notice.get("bounce")
    found = [recipient for entry in _list(bounce, "bouncedRecipients") if (recipient := _recipient(entry)) is not None]
    fields = tuple(
        (str(entry["name"]), str(entry["value"]))
        for entry in _list(notice.get("mail"), "headers")
        if isinstance(entry, dict) and "name" in entry and "value" in entry
    )
    return found, fields


def _notice(text: str) -> dict[str, Any] | None:
    """The notice of SES (notificationType) or of its event publishing (eventType), as it is or in the envelope of SNS."""
    for _ in range(2):
        if not text[:200].lstrip().startswith("{") or not any(name in text[:SIZE_LIMIT] for name in _KINDS):
            return None
        try:
            found, _ = json.JSONDecoder(strict=False).raw_decode(text[:SIZE_LIMIT].lstrip())
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
        if any(found.get(name) in ("Bounce", "Delivery", "Complaint") for name in _KINDS):
            return found
        text = found["Message"] if isinstance(found.get("Message"), str) else ""
    return None


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
