"""An agent's day in one mail: what is late or due, who waits, who said thanks, how much else there is. Korean, Japanese, English."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from gateway.config.model import Brand
from gateway.notify.agent_words import LANGUAGES
from gateway.notify.compose import compose_to_staff
from gateway.notify.headers import one_line
from gateway.notify.html import listed_page
from gateway.notify.notices import written_date

MOST_LINES = 20  # of one section

_WORDS: dict[str, tuple[str, str, str]] = {
    "subject": (
        "[{brand}] Your tickets today: {open} open, {due} due",
        "[{brand}] 오늘의 내 티켓: 진행 중 {open}건, 기한 {due}건",
        "【{brand}】本日の担当チケット：対応中 {open} 件、期限 {due} 件",
    ),
    "opening": (
        "Good morning. This is how your tickets stand.",
        "안녕하세요. 담당하고 계신 티켓의 현황입니다.",
        "おはようございます。担当されているチケットの状況をお知らせします。",
    ),
    "due": ("Due today or late", "오늘이 기한이거나 기한이 지난 티켓", "本日が期限、または期限を過ぎたチケット"),
    "waiting": (
        "Waiting for your answer, the oldest first",
        "답변을 기다리는 티켓 (오래된 순)",
        "回答待ちのチケット（古い順）",
    ),
    "thanked": (
        "Thanked since yesterday; these stay solved",
        "어제 이후 감사 인사를 받은 티켓 (해결 상태 유지)",
        "昨日以降にお礼が届いたチケット（解決済みのまま）",
    ),
    "line": (
        "#{number} {subject} – {customer}",
        "#{number} {subject} – {customer}",
        "#{number} {subject} – {customer}",
    ),
    "line_due": (
        "#{number} {subject} – {customer}, due {moment}",
        "#{number} {subject} – {customer}, 기한 {moment}",
        "#{number} {subject} – {customer}、期限 {moment}",
    ),
    "line_since": (
        "#{number} {subject} – {customer}, since {moment}",
        "#{number} {subject} – {customer}, {moment}부터",
        "#{number} {subject} – {customer}、{moment} から",
    ),
    "more": ("and {count} more", "외 {count}건", "ほか {count} 件"),
    "no_subject": ("(no subject)", "(제목 없음)", "（件名なし）"),
    "closing": (
        "You get this mail once a day because you asked for it. To stop it, take “daily” off the notifications of your account.",
        "요청하신 대로 하루에 한 번 보내 드리는 메일입니다. 받지 않으시려면 계정의 알림에서 일일 요약을 꺼 주세요.",
        "ご希望により1日1回お送りしています。停止するには、アカウントの通知設定で日次サマリーをオフにしてください。",
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket."""

    number: int
    subject: str
    customer: str
    moment: datetime | None = None  # due, or waiting since


@dataclass(frozen=True, slots=True)
class Summary:
    """What an agent has in hand. Each section in the order in which it is shown."""

    open: int  # all tickets in hand
    due: tuple[Line, ...]
    waiting: tuple[Line, ...]
    thanked: tuple[Line, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.open or self.thanked)


def write_summary(
    summary: Summary, *, language: str, brand: Brand, zone: tzinfo, to: str, desk: str, message_id: str, date: datetime
) -> tuple[str, bytes]:
    """Subject and finished bytes. ``desk`` is the web view's address, "" where it has none for the outside."""
    language = language if language in LANGUAGES else "en"

    def say(key: str, **names: object) -> str:
        return _WORDS[key][LANGUAGES.index(language)].format(**names)

    def lines(found: Sequence[Line], key: str) -> list[str]:
        told = [
            say(
                key,
                number=line.number,
                subject=one_line(line.subject, 80) or say("no_subject"),
                customer=one_line(line.customer, 80),
                moment=written_date(line.moment.astimezone(zone), language) if line.moment is not None else "",
            )
            for line in found[:MOST_LINES]
        ]
        return [*told, say("more", count=len(found) - MOST_LINES)] if len(found) > MOST_LINES else told

    sections = [
        (say("due"), lines(summary.due, "line_due")),
        (say("waiting"), lines(summary.waiting, "line_since")),
        (say("thanked"), lines(summary.thanked, "line")),
    ]
    subject = say("subject", brand=one_line(brand.name), open=summary.open, due=len(summary.due))
    parts = [say("opening"), *([f"{desk}/tickets"] if desk else [])]
    text = [*parts, *(f"{title}\n" + "\n".join(f"- {line}" for line in told) for title, told in sections if told)]
    raw = compose_to_staff(
        brand,
        to,
        language=language,
        subject=subject,
        text="\n\n".join((*text, say("closing"))),
        html=listed_page(say("opening"), f"{desk}/tickets" if desk else "", sections, say("closing"), language),
        date=date,
        message_id=message_id,
    )
    return subject, raw
