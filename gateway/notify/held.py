"""Mail to admins about held mail: the weekly digest, and the last call before mail is deleted. Korean, Japanese, English.

Strangers' words (subjects, senders) are in it, cut short and never as links: only admins get it, and they decide by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from markupsafe import Markup

from gateway.config.model import Brand
from gateway.notify.compose import compose_to_staff
from gateway.notify.headers import one_line
from gateway.notify.html import FONTS
from gateway.threading.causes import about

LETTERS_OF_SUBJECT = 60


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How much one cause holds."""

    cause: str
    mails: int
    oldest_at: datetime  # since when the oldest is held


@dataclass(frozen=True, slots=True)
class HeldMail:
    """One held mail, as a line tells of it."""

    sender: str
    subject: str
    cause: str
    deleted_at: datetime  # from then on it may be deleted by itself


@dataclass(frozen=True, slots=True)
class Digest:
    """What is held now."""

    causes: tuple[CauseCount, ...]
    deleted_next: tuple[HeldMail, ...]
    keep_days: int


@dataclass(frozen=True, slots=True)
class LastCall:
    """What will be deleted, unless somebody decides otherwise."""

    causes: tuple[CauseCount, ...]
    mails: tuple[HeldMail, ...]  # the first to go; not necessarily all
    earliest: datetime


_WORDS: dict[str, tuple[str, str, str]] = {  # English, Korean, Japanese
    "digest_subject": (
        "[{brand}] Held in quarantine: {count}",
        "[{brand}] 격리된 메일 {count}건",
        "【{brand}】隔離中のメール {count}件",
    ),
    "digest_opening": (
        "This is the weekly summary of mail that is held in quarantine. It has not become a ticket, and its senders were not answered.",
        "격리함에 보류된 메일의 주간 요약입니다. 아직 티켓이 되지 않았고 보낸 사람에게 회신하지 않은 메일입니다.",
        "隔離されているメールの週次のまとめです。まだチケットになっておらず、差出人への返信も行っていません。",
    ),
    "call_subject": (
        "[{brand}] Last call: mail in quarantine will be deleted from {day} on ({count})",
        "[{brand}] 삭제 예고: 격리된 메일 {count}건이 {day}부터 삭제됩니다",
        "【{brand}】削除予告：隔離中のメール {count}件が{day}以降に削除されます",
    ),
    "call_opening": (
        "Nobody has decided about the mail below. It will be deleted by itself from {moment} on. Release what you want to keep.",
        "아래 메일은 아직 아무도 처리하지 않았으며, {moment}부터 자동으로 삭제됩니다. 필요한 메일은 그 전에 수락해 주십시오.",
        "下記のメールはまだ誰も対応していません。{moment}以降、自動的に削除されます。必要なメールはそれまでに受け入れてください。",
    ),
    "by_cause": ("By cause", "사유별", "理由別"),
    "cause_line": (
        "{title}: {count}, the oldest since {since}. {remedy}",
        "{title}: {count}건, 가장 오래된 메일 {since}. {remedy}",
        "{title}：{count}件、最も古いもの {since}。{remedy}",
    ),
    "next": ("Deleted next", "곧 삭제될 메일", "次に削除されるメール"),
    "mail_line": (
        "{day}: {sender}, “{subject}” ({title})",
        "{day}: {sender}, “{subject}” ({title})",
        "{day}：{sender}「{subject}」（{title}）",
    ),
    "no_subject": ("no subject", "제목 없음", "件名なし"),
    "no_sender": ("nobody", "보낸 사람 없음", "差出人なし"),
    "more": ("and {count} more", "외 {count}건", "ほか{count}件"),
    "where": ("Decide here: {where}", "처리하는 곳: {where}", "対応はこちら：{where}"),
    "kept": (
        "Mail is held for {days} days. It is deleted only after another mail has announced it.",
        "메일은 {days}일 동안 보관하며, 별도의 예고 메일을 보낸 뒤에만 삭제합니다.",
        "メールは{days}日間保管し、予告メールをお送りしたあとにのみ削除します。",
    ),
    "undo": (
        "The deletion can be taken back for some days: gateway quarantine restore.",
        "삭제한 뒤에도 며칠 동안은 gateway quarantine restore 명령으로 되돌릴 수 있습니다.",
        "削除後も数日間は gateway quarantine restore で元に戻せます。",
    ),
}
_PLACES = {"en": 0, "ko": 1, "ja": 2}
_COMMAND = "gateway quarantine list"


def write_held(
    notice: Digest | LastCall,
    *,
    language: str,
    brand: Brand,
    zone: tzinfo,
    to: str,
    desk: str,
    message_id: str,
    date: datetime,
) -> tuple[str, bytes]:
    """Subject and finished bytes. ``desk`` is the web view's address, "" where it has none for the outside."""
    language = language if language in _PLACES else "en"

    def say(key: str, **names: object) -> str:
        return _WORDS[key][_PLACES[language]].format(**names)

    def day(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d}"

    count = sum(it.mails for it in notice.causes)
    where = f"{desk}/quarantine" if desk else _COMMAND
    causes = [
        say(
            "cause_line",
            title=about(it.cause).title.said_in(language),
            count=it.mails,
            since=day(it.oldest_at),
            remedy=about(it.cause).remedy.said_in(language),
        )
        for it in notice.causes
    ]
    shown = notice.deleted_next if isinstance(notice, Digest) else notice.mails
    lines = [
        say(
            "mail_line",
            day=day(it.deleted_at),
            sender=one_line(it.sender, 120) or say("no_sender"),
            subject=one_line(it.subject, LETTERS_OF_SUBJECT) or say("no_subject"),
            title=about(it.cause).title.said_in(language),
        )
        for it in shown
    ]
    match notice:
        case Digest():
            subject = say("digest_subject", brand=one_line(brand.name), count=count)
            opening, closing = say("digest_opening"), say("kept", days=notice.keep_days)
        case LastCall():
            subject = say("call_subject", brand=one_line(brand.name), count=count, day=day(notice.earliest))
            moment = f"{notice.earliest.astimezone(zone):%Y-%m-%d %H:%M %Z}"
            opening, closing = say("call_opening", moment=moment), say("undo")
            if count > len(lines):
                lines.append(say("more", count=count - len(lines)))
    letter = _Letter(opening, say("where", where=""), where, closing)
    sections = [(say("by_cause"), causes), (say("next"), lines)]
    raw = compose_to_staff(
        brand,
        to,
        language=language,
        subject=subject,
        text=_text(letter, sections),
        html=_html(letter, sections, language, is_link=bool(desk)),
        date=date,
        message_id=message_id,
    )
    return subject, raw


@dataclass(frozen=True, slots=True)
class _Letter:
    opening: str
    before_place: str
    place: str
    closing: str


def _text(letter: _Letter, sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    parts = [letter.opening, letter.before_place + letter.place]
    parts += [f"{title}\n" + "\n".join(f"- {line}" for line in lines) for title, lines in sections if lines]
    return "\n\n".join((*parts, letter.closing))


_LINK = Markup('<a href="{0}">{0}</a>')
_CODE = Markup("<code>{}</code>")


def _html(letter: _Letter, sections: Sequence[tuple[str, Sequence[str]]], language: str, *, is_link: bool) -> str:
    """The same words; the page's address is the only link."""
    place = (_LINK if is_link else _CODE).format(letter.place)
    body = Markup("<p>{}</p>\n<p>{}{}</p>\n").format(letter.opening, letter.before_place, place)
    for title, lines in sections:
        if lines:
            items = Markup("").join(Markup("<li>{}</li>\n").format(line) for line in lines)
            body += Markup("<h3>{}</h3>\n<ul>\n{}</ul>\n").format(title, items)
    body += Markup('<p style="color:#5f6876;">{}</p>').format(letter.closing)
    frame = Markup(
        '<!DOCTYPE html>\n<html lang="{}">\n<body style="font-family:{};line-height:1.6;">\n{}\n</body>\n</html>\n'
    )
    return str(frame.format(language, FONTS[language], body))
