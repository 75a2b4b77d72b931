"""How mail programs show the mail that is answered, below the answer: as text and as HTML."""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from gateway.demo.model import Language, Look, Quoting

_KO_DAYS = "월화수목금토일"
_JA_DAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Quoted:
    """The mail that is answered. ``date`` is in the answering person's time zone."""

    author: str
    address: str
    recipient: str
    date: datetime
    subject: str
    text: str


def quoted_text(style: Quoting, language: Language, it: Quoted) -> str:
    """The quotation as the program writes it in that language, without the answer above it."""
    if style == "gmail":
        return f"{_gmail_line(language, it, f'<{it.address}>')}\n\n{_marked(it.text)}"
    if style == "apple":
        return f"{_apple_line(language, it)}\n\n{_marked(it.text)}"
    if style == "outlook":
        return f"{'_' * 32}\n{_outlook_block(language, it)}\n\n{it.text}"
    return (
        f'-----Original Message-----\nFrom: "{it.author}"<{it.address}>\nTo: <{it.recipient}>;\nCc:\n'
        f"Sent: {it.date:%Y-%m-%d} ({_KO_DAYS[it.date.weekday()]}) {it.date:%H:%M:%S} (GMT{_offset(it.date)})\n"
        f"Subject: {it.subject}\n\n{it.text}"
    )


def quoted_html(style: Quoting, language: Language, it: Quoted) -> str:
    """The same as HTML."""
    body = escape(it.text, quote=False).replace("\n", "<br>")
    if style == "outlook":
        block = "<br>".join(
            f"<b>{label}</b>: {escape(value, quote=False)}" for label, value in _outlook_fields(language, it)
        )
        rule = '<hr style="display:inline-block;width:98%">'
        return f'{rule}<div id="divRplyFwdMsg" dir="ltr">{block}<div>&nbsp;</div></div><div>{body}</div>'
    if style == "apple":
        line = escape(_apple_line(language, it), quote=False)
        return f'<div><br><blockquote type="cite"><div>{line}</div><br><div>{body}</div></blockquote></div>'
    link = f'&lt;<a href="mailto:{it.address}">{it.address}</a>&gt;'
    line = escape(_gmail_line(language, it, "\0"), quote=False).replace("\0", link)
    return (
        f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{line}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{body}</blockquote></div>'
    )


def body_html(look: Look, text: str) -> str:
    """What the sender typed, in the HTML of the program."""
    paragraphs = escape(text, quote=False).split("\n\n")
    if look == "outlook":
        return "".join(
            f'<p class="MsoNormal"><span style="font-size:11.0pt">{it.replace(chr(10), "<br>")}<o:p></o:p></span></p>'
            for it in paragraphs
        )
    lines = "".join(f"<div>{line or '<br>'}</div>" for line in escape(text, quote=False).split("\n"))
    return f'<div dir="ltr">{lines}</div>' if look == "gmail" else lines


def page(look: Look, language: Language, body: str) -> str:
    """The document around it."""
    if look == "outlook":
        return (
            '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>'
            '<meta name="Generator" content="Microsoft Word 15 (filtered medium)">'
            "<style><!--p.MsoNormal{margin:0cm;font-size:11.0pt}--></style>"
            f'</head><body lang="{language.upper()}" link="#0563C1"><div class="WordSection1">{body}</div></body></html>'
        )
    if look == "apple":
        return f'<html><head></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">{body}</body></html>'
    return body


def _marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def long_date(language: Language, date: datetime) -> str:
    """A moment as Gmail shows it above what is quoted or forwarded."""
    if language == "ko":
        return f"{date.year}년 {date.month}월 {date.day}일 ({_KO_DAYS[date.weekday()]}) {_ko_clock(date)}"
    if language == "ja":
        return f"{date.year}年{date.month}月{date.day}日({_JA_DAYS[date.weekday()]}) {date.hour}:{date:%M}"
    return f"{date:%a, %b} {date.day}, {date.year} at {_en_clock(date)}"


def _ko_clock(date: datetime) -> str:
    return f"{'오전' if date.hour < 12 else '오후'} {date.hour % 12 or 12}:{date:%M}"


def _en_clock(date: datetime) -> str:
    return f"{date.hour % 12 or 12}:{date:%M} {'AM' if date.hour < 12 else 'PM'}"


def _gmail_line(language: Language, it: Quoted, address: str) -> str:
    date = long_date(language, it.date)
    if language == "ko":
        return f"{date}, {it.author} {address}님이 작성:"
    if language == "ja":
        return f"{date} {it.author} {address}:"
    return f"On {date} {it.author} {address} wrote:"


def _apple_line(language: Language, it: Quoted) -> str:
    day = it.date
    if language == "ko":
        return f"{day.year}. {day.month}. {day.day}. {_ko_clock(day)}, {it.author} <{it.address}> 작성:"
    if language == "ja":
        return f"{day.year}/{day.month}/{day.day} {day.hour}:{day:%M}、{it.author} <{it.address}>のメール:"
    return f"On {day.day} {day:%b %Y}, at {day:%H:%M}, {it.author} <{it.address}> wrote:"


def _outlook_block(language: Language, it: Quoted) -> str:
    return "\n".join(f"{label}: {value}" for label, value in _outlook_fields(language, it))


def _outlook_fields(language: Language, it: Quoted) -> tuple[tuple[str, str], ...]:
    day = it.date
    author, recipient = f"{it.author} <{it.address}>", it.recipient
    if language == "ko":
        sent = f"{day.year}년 {day.month}월 {day.day}일 {_KO_DAYS[day.weekday()]}요일 {_ko_clock(day)}"
        return ("보낸 사람", author), ("보낸 날짜", sent), ("받는 사람", recipient), ("제목", it.subject)
    if language == "ja":
        sent = f"{day.year}年{day.month}月{day.day}日 {day.hour}:{day:%M}"
        return ("差出人", author), ("送信日時", sent), ("宛先", recipient), ("件名", it.subject)
    sent = f"{day:%A, %B} {day.day}, {day.year} {_en_clock(day)}"
    return ("From", author), ("Sent", sent), ("To", recipient), ("Subject", it.subject)


def _offset(date: datetime) -> str:
    offset = f"{date:%z}"
    return f"{offset[:3]}:{offset[3:]}"
