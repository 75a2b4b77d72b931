"""Delivery reports in plain words: who sends them, whom they name, what they say."""

import re
from collections.abc import Sequence

from gateway.mail.dsn_report import status_in

LOOKED_AT = 65_536  # characters of a report
LINE_LOOKED_AT = 500

_ADDRESS = r"[^\s<>()\[\]\"',;:@]{1,100}@[^\s<>()\[\]\"',;:@]{1,255}"
_SENDERS = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mailerdaemon|mail\.delivery|post-?master|bounce)", re.IGNORECASE
)
_SUBJECTS = re.compile(
    r"(?:undeliver|returned mail|failure notice|mail delivery failed|mail delivery failure|delivery status notification|delivery failure|delivery notification|"
    r"mail failure|mail error|mail system error|undelivered|ndn:|non[- ]delivery|delivery report|could not be delivered|mail could not|unable to deliver|"
    r"warning: could not send|delayed mail|message delayed|delivery delayed|rejected mail|bounce|message delivery|mail delivery|반송|전송 실패|전송실패|발송 실패|"
    r"메일 전송|배달|配信|送信エラー|宛先|unzustellbar|退信|系统退信|non remis|devuelto)",
    re.IGNORECASE,
)
_PHRASES = (
    "could not be delivered", "couldn't be delivered", "wasn't able to deliver", "unable to deliver", "permanent fatal errors",
    "did not reach",
    "was not delivered", "delivery to the following", "not be delivered to", "undeliverable", "failed permanently",
    "user unknown", "delivery failed",
    "not deliver", "no such user", "delivery has failed", "was not sent", "delivery failure", "returned to sender", "반송",
    "전송에 실패", "전달하지 못", "전송되지",
    "配信できません", "届けることができません", "送信できません", "not delivered", "could not deliver", "cannot be delivered",
    "could not send",
)  # fmt: skip
_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"<({_ADDRESS})>\s*:",
        rf"\s{{0,20}}(?:\*\s*)?<?({_ADDRESS})>?\s*$",
        rf"\s{{0,20}}<?({_ADDRESS})>?\s*(?:\.\.\.|:|on )",
        rf".{{0,120}}?rcpt to:\s?<({_ADDRESS})>",
        rf".{{0,80}}?(?:recipient|delivered to|user|address|to)\s{{0,10}}:?\s{{0,10}}<({_ADDRESS})>",
        rf".{{0,80}}?<({_ADDRESS})>",
        rf".{{0,80}}?[\s:'\"(]({_ADDRESS})",
    )
)
_REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d[\s-](?=[\s\w<#\[]|$)")


def is_bounce(headers: Sequence[tuple[str, str]], *, subject: str, author: str | None, text: str) -> bool:
    """Two signs out of: sent by a mail system, its subject, its words."""
    names = {name.lower(): value for name, value in headers}
    if "x-failed-recipients" in names:
        return True
    sender = (
        bool(_SENDERS.search((author or names.get("from", ""))[:LINE_LOOKED_AT]))
        or names.get("return-path", "").strip() == "<>"
    )
    topic = bool(_SUBJECTS.search(subject[:LINE_LOOKED_AT]))
    low = " ".join(text[:LOOKED_AT].lower().split())
    said = any(phrase in low for phrase in _PHRASES)
    return (sender and (topic or said)) or (topic and said and bool(recipients(text)) and "in-reply-to" not in names)


def recipients(text: str) -> tuple[str, ...]:
    """Failed addresses in the words of the report, lower case: those of the most precise shape that occurs."""
    lines = [line[:LINE_LOOKED_AT] for line in text[:LOOKED_AT].splitlines()]
    for pattern in _LINES:
        found = [match[1] for line in lines if "@" in line and (match := pattern.match(line))]
        if found:
            return tuple(dict.fromkeys(address.strip(".*").lower() for address in found))
    return ()


def named_recipients(headers: Sequence[tuple[str, str]], returned: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """X-Failed-Recipients, else the recipient of the returned mail."""
    for fields, wanted in ((headers, ("x-failed-recipients",)), (returned, ("to", "delivered-to", "x-original-to"))):
        for name, value in fields:
            if name.lower() in wanted:
                found = re.findall(_ADDRESS, value[:4_000])
                if found:
                    return tuple(dict.fromkeys(address.lower() for address in found))
    return ()


def status_of(text: str) -> str | None:
    """The enhanced status code of the words, else the class of the SMTP reply code."""
    found = status_in(text[:LOOKED_AT])
    if found and not found.startswith("2"):
        return found
    match = _REPLY_CODE.search(text[:LOOKED_AT])
    return f"{match[1]}.0.0" if match else None


def diagnostic_of(text: str) -> str | None:
    """The line that carries the SMTP reply, if there is one."""
    for line in text[:LOOKED_AT].splitlines():
        if _REPLY_CODE.search(line[:LINE_LOOKED_AT]):
            return line.strip()[:LINE_LOOKED_AT]
    return None
