"""One mail to an agent instead of many: promises that are due soon or were not kept, in one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.config.model import Brand
from gateway.notify.compose import compose_to_staff
from gateway.notify.headers import one_line
from gateway.notify.html import page_of

LINES = 50
"""Tickets that are named; the rest is counted."""

_SUBJECTS = {
    "en": "[{brand}] Deadlines of {count} tickets",
    "ko": "[{brand}] 티켓 {count}건의 기한 안내",
    "ja": "【{brand}】チケット{count}件の期限について",
}
_TEXTS = {
    "en": "Many deadlines came at once, so this is one mail about {count} tickets ({late} of them late).\n\n{lines}\n\n{where}",
    "ko": "여러 티켓의 기한이 한꺼번에 다가와 {count}건을 메일 한 통으로 안내해 드립니다(기한이 지난 티켓 {late}건).\n\n{lines}\n\n{where}",
    "ja": "多くの期限が重なったため、チケット{count}件を1通にまとめてお知らせします（期限超過{late}件）。\n\n{lines}\n\n{where}",
}
_LINES = {
    "en": ("#{number} {subject}: due {due}", "#{number} {subject}: late, was due {due}", "… and {more} more"),
    "ko": ("#{number} {subject}: 기한 {due}", "#{number} {subject}: 기한 초과, 기한은 {due}", "… 외 {more}건"),
    "ja": ("#{number} {subject}：期限 {due}", "#{number} {subject}：期限超過、期限は{due}", "… ほか{more}件"),
}
_WHERE = {
    "en": "All of them, the nearest deadline first: {link}",
    "ko": "전체 목록(기한순): {link}",
    "ja": "一覧（期限順）：{link}",
}


@dataclass(frozen=True, slots=True)
class Summed:
    """A promise that got no mail of its own."""

    ticket: int
    subject: str
    due: str  # the moment in the brand's zone, for people
    late: bool


def write_summary(
    summed: Sequence[Summed],
    *,
    language: str,
    brand: Brand,
    to: str,
    name: str,
    link: str,
    message_id: str,
    date: datetime,
) -> tuple[str, bytes]:
    """Subject and bytes. ``link`` is the list in the web view, "" where that has no address."""
    language = language if language in _TEXTS else "en"
    soon, late, more = _LINES[language]
    lines = [
        (late if one.late else soon).format(number=one.ticket, subject=one_line(one.subject, 80), due=one.due)
        for one in summed[:LINES]
    ]
    if len(summed) > LINES:
        lines.append(more.format(more=len(summed) - LINES))
    subject = _SUBJECTS[language].format(brand=one_line(brand.name), count=len(summed))
    text = (
        _TEXTS[language]
        .format(
            count=len(summed),
            late=sum(one.late for one in summed),
            lines="\n".join(lines),
            where=_WHERE[language].format(link=link) if link else "",
        )
        .rstrip()
    )
    raw = compose_to_staff(
        brand,
        to,
        language=language,
        subject=subject,
        text=text,
        html=page_of(text, language),
        date=date,
        message_id=message_id,
        name=name,
    )
    return subject, raw
