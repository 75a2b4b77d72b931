"""A day and an hour that we name to a customer, so that nobody can misread them."""

from datetime import datetime, timedelta

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
}
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
_AT_HOME = timedelta(hours=9)  # Korea and Japan: nobody there expects to be told the zone


def written_moment(moment: datetime, language: str) -> str:
    """Weekday, date and time in the zone that ``moment`` has; the zone is named wherever the reader could think of another."""
    offset = moment.utcoffset() or timedelta()
    zone = "" if language in ("ko", "ja") and offset == _AT_HOME else f" ({_zone(offset)})"
    match language:
        case "ko":
            return (
                f"{moment.year}년 {moment.month}월 {moment.day}일({_DAYS['ko'][moment.weekday()]}) {moment:%H:%M}{zone}"
            )
        case "ja":
            day = _DAYS["ja"][moment.weekday()]
            return f"{moment.year}年{moment.month}月{moment.day}日（{day}）{moment:%H:%M}{zone}"
        case _:
            day, month = _DAYS["en"][moment.weekday()], _MONTHS[moment.month - 1]
            return f"{day}, {moment.day} {month} {moment.year}, {moment:%H:%M}{zone}"


def _zone(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"
