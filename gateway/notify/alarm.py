"""The mail by which an admin hears of an alarm: what happened, and where to look."""

from datetime import datetime

from gateway.config.model import Brand
from gateway.notify.compose import compose_to_staff
from gateway.notify.html import page_of

_SUBJECTS = {
    "ko": "[{brand}] 자동 메일 경보: {reason}",
    "ja": "【{brand}】自動メールに関する警告: {reason}",
    "en": "[{brand}] Alarm about automatic mail: {reason}",
}
_TEXTS = {
    "ko": (
        "게이트웨이에서 경보가 발생했습니다.\n\n원인: {reason}\n내용: {why}\n\n확인할 곳: {where}\n\n"
        "같은 원인의 경보는 한 시간에 한 번만 발송됩니다."
    ),
    "ja": (
        "ゲートウェイで警告が発生しました。\n\n原因: {reason}\n内容: {why}\n\n確認先: {where}\n\n"
        "同じ原因の警告は1時間に1回だけ送信されます。"
    ),
    "en": (
        "The gateway has raised an alarm.\n\nReason: {reason}\nWhat happened: {why}\n\nWhere to look: {where}\n\n"
        "Alarms for one reason are mailed once an hour."
    ),
}
_COMMAND = "`gateway abuse breaker`, `gateway abuse campaigns`"


def write_alarm(
    reason: str,
    why: str,
    *,
    language: str,
    brand: Brand,
    to: str,
    desk: str,
    message_id: str,
    date: datetime,
) -> tuple[str, bytes]:
    """Subject and bytes. ``desk`` is the web view's address, "" where it has none for the outside."""
    language = language if language in _TEXTS else "en"
    subject = _SUBJECTS[language].format(brand=brand.name, reason=reason)
    text = _TEXTS[language].format(reason=reason, why=why, where=f"{desk}/abuse" if desk else _COMMAND)
    raw = compose_to_staff(
        brand,
        to,
        language=language,
        subject=subject,
        text=text,
        html=page_of(text, language),
        date=date,
        message_id=message_id,
    )
    return subject, raw
