"""A week in figures, for admins who asked for it: how many tickets, how long they took, how content customers were."""

from dataclasses import dataclass
from datetime import datetime

from gateway.config.model import Brand
from gateway.notify.agent_words import LANGUAGES
from gateway.notify.compose import compose_to_staff
from gateway.notify.headers import one_line
from gateway.notify.html import listed_page

MOST_TEAMS = 10

_WORDS: dict[str, tuple[str, str, str]] = {
    "subject": (
        "[{brand}] The week from {since}: {tickets} tickets",
        "[{brand}] {since}부터 한 주: 티켓 {tickets}건",
        "【{brand}】{since} からの1週間：チケット {tickets} 件",
    ),
    "opening": (
        "These are the figures of the week from {since} to {until}; in brackets those of the week before.",
        "{since}부터 {until}까지 한 주의 현황입니다. 괄호 안은 그 전 주의 값입니다.",
        "{since} から {until} までの1週間の状況です。かっこ内はその前の週の値です。",
    ),
    "tickets": (
        "New tickets: {now} ({before})",
        "새 티켓: {now}건 ({before}건)",
        "新規チケット：{now} 件（{before} 件）",
    ),
    "unanswered": (
        "Of these without an answer so far: {now}",
        "이 중 아직 답변하지 않은 티켓: {now}건",
        "うち未回答：{now} 件",
    ),
    "first_reply": (
        "First reply time, business hours: half within {median}, nine of ten within {p90} ({before})",
        "첫 답변 시간(업무 시간 기준): 절반이 {median} 이내, 90%가 {p90} 이내 ({before})",
        "初回返信時間（営業時間）：半数が {median} 以内、90%が {p90} 以内（{before}）",
    ),
    "full_resolution": (
        "Full resolution time, business hours: half within {median}, nine of ten within {p90} ({before})",
        "최종 해결 시간(업무 시간 기준): 절반이 {median} 이내, 90%가 {p90} 이내 ({before})",
        "最終解決時間（営業時間）：半数が {median} 以内、90%が {p90} 以内（{before}）",
    ),
    "touch": (
        "Solved: {solved}, of these by one answer: {one_touch}; opened again: {reopened}",
        "해결 {solved}건, 그중 답변 한 번으로 해결 {one_touch}건, 다시 열림 {reopened}건",
        "解決 {solved} 件、うち1回の回答で解決 {one_touch} 件、再オープン {reopened} 件",
    ),
    "csat": (
        "Satisfied: {percent}% of {answered} ratings",
        "만족: 평가 {answered}건 중 {percent}%",
        "満足：評価 {answered} 件中 {percent}%",
    ),
    "teams": ("New tickets by team", "팀별 새 티켓", "チーム別の新規チケット"),
    "no_team": ("(no team)", "(팀 없음)", "（チームなし）"),
    "unknown": ("not known", "값 없음", "値なし"),
    "hours": ("{count} h", "{count}시간", "{count}時間"),
    "minutes": ("{count} min", "{count}분", "{count}分"),
    "closing": (
        "You get this mail once a week because you asked for it. To stop it, take “weekly” off the notifications of your account.",
        "요청하신 대로 일주일에 한 번 보내 드리는 메일입니다. 받지 않으시려면 계정의 알림에서 주간 보고를 꺼 주세요.",
        "ご希望により週1回お送りしています。停止するには、アカウントの通知設定で週次レポートをオフにしてください。",
    ),
}


@dataclass(frozen=True, slots=True)
class Length:
    """Of a time that is known of some tickets: seconds of business time; None where it is known of none."""

    median: float | None
    p90: float | None
    median_before: float | None  # of the week before


@dataclass(frozen=True, slots=True)
class Week:
    """The figures, as docs/reports.md defines them. ``since`` and ``until`` are dates in words, the last one included."""

    since: str
    until: str
    tickets: int
    tickets_before: int
    unanswered: int
    first_reply: Length
    full_resolution: Length
    solved: int
    one_touch: int
    reopened: int
    ratings: int
    satisfaction: float | None  # from 0 to 1
    teams: tuple[tuple[str, int], ...]  # name ("" for none) and tickets, the busiest first

    @property
    def is_empty(self) -> bool:
        return not (self.tickets or self.tickets_before or self.ratings)


def write_week(
    week: Week, *, language: str, brand: Brand, to: str, desk: str, message_id: str, date: datetime
) -> tuple[str, bytes]:
    """Subject and finished bytes. ``desk`` is the web view's address, "" where it has none for the outside."""
    language = language if language in LANGUAGES else "en"

    def say(key: str, **names: object) -> str:
        return _WORDS[key][LANGUAGES.index(language)].format(**names)

    def span(seconds: float | None) -> str:
        if seconds is None:
            return say("unknown")
        hours, minutes = divmod(-(-int(seconds) // 60), 60)
        parts = [say("hours", count=hours)] if hours else []
        parts += [say("minutes", count=minutes)] if minutes or not hours else []
        return " ".join(parts)

    def length(key: str, found: Length) -> str:
        return say(key, median=span(found.median), p90=span(found.p90), before=span(found.median_before))

    lines = [
        say("tickets", now=week.tickets, before=week.tickets_before),
        say("unanswered", now=week.unanswered),
        length("first_reply", week.first_reply),
        length("full_resolution", week.full_resolution),
        say("touch", solved=week.solved, one_touch=week.one_touch, reopened=week.reopened),
    ]
    if week.satisfaction is not None:
        lines.append(say("csat", percent=round(week.satisfaction * 100), answered=week.ratings))
    teams = [f"{one_line(name, 60) or say('no_team')}: {count}" for name, count in week.teams[:MOST_TEAMS]]
    opening = say("opening", since=week.since, until=week.until)
    link = f"{desk}/reports" if desk else ""
    sections = [("", lines), *([(say("teams"), teams)] if len(teams) > 1 else [])]
    text = [
        opening,
        *([link] if link else []),
        *("\n".join([*([title] if title else []), *(f"- {line}" for line in told)]) for title, told in sections),
    ]
    subject = say("subject", brand=one_line(brand.name), since=week.since, tickets=week.tickets)
    raw = compose_to_staff(
        brand,
        to,
        language=language,
        subject=subject,
        text="\n\n".join((*text, say("closing"))),
        html=listed_page(opening, link, sections, say("closing"), language),
        date=date,
        message_id=message_id,
    )
    return subject, raw
