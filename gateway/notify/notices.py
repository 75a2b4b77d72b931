"""What we write to customers: acknowledgement, answer, resolution. From a notice and its addressee to finished bytes.

Each participant gets a mail of their own, with their own reply address and Message-ID: the caller makes one ``Addressee`` each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from gateway.config.model import Brand
from gateway.notify.compose import Outgoing, compose, plain
from gateway.notify.headers import one_line, reply_subject, wire_address
from gateway.notify.html import FONTS, html_line, html_of
from gateway.notify.joining import Added, Newcomers, joining_fields
from gateway.notify.lifecycle import Delayed, Lifecycle, Merged, Reminder, Situation, lifecycle_fields
from gateway.notify.menus import Menu, menu_fields, option_labels
from gateway.notify.not_me import NotMe, not_me_fields, not_me_text
from gateway.notify.render import NoticeError, Templates
from gateway.notify.replies import TemplateReply, reply_fields, reply_template
from gateway.notify.survey import Survey, survey_fields, unsubscribe_uris
from gateway.threading.evidence import number_marker
from gateway.threading.model import NoticeKind

LANGUAGES: tuple[str, ...] = ("ko", "ja", "en")
MAX_TEXT = 300_000  # characters of one answer


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """ "We have your mail." It has no field for anything the sender wrote, not even a name or a subject: the sender may be a
    forger who wants us to carry their words to somebody else.

    All texts are ours, in the mail's language; "" where there is nothing to say.
    """

    situation: Situation = Situation.USUAL
    promised: str = ""  # until when we answer
    holiday: str = ""  # its name
    opens: str = ""  # when we work again
    missing: tuple[str, ...] = ()  # labels of what the customer is asked for
    options: tuple[str, ...] = ()  # labels of what the customer may choose by number


@dataclass(frozen=True, slots=True)
class Quoted:
    """The earlier mail that an answer repeats below itself."""

    author: str
    written_at: datetime  # in the zone in which the customer should read it
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent wrote, to a participant of the ticket."""

    text: str
    subject: str  # of the ticket
    agent: str = ""  # the name to sign with; "" for none
    customer: str = ""  # only where the name belongs to a verified sender
    quoted: Quoted | None = None
    by_rule: bool = False  # a rule sends it in the agent's name: to everybody else it is automatic mail
    begins: bool = False  # it is the first mail of its thread, and answers nothing


@dataclass(frozen=True, slots=True)
class Resolution:
    """ "We think this is done; reply to open it again." ``customer`` and ``subject`` are the customer's words: pass them only
    where that customer's mail was verified (trust of ``FORWARDED`` or more), else leave them out.
    """

    subject: str | None = None  # of the ticket; None uses the template's fixed subject
    customer: str = ""
    silent: bool = False  # because the customer did not answer
    survey: Survey | None = None  # the question how they were served, asked in the same mail


Notice = Acknowledgement | Answer | Resolution | Added | Newcomers | Survey | Lifecycle | TemplateReply | Menu


@dataclass(frozen=True, slots=True)
class Addressee:
    """One participant and how this mail hangs in their thread."""

    address: str
    reply_to: str  # their own token address
    message_id: str  # new, signed, without angle brackets
    in_reply_to: str | None  # their latest mail, or ours to them
    references: tuple[str, ...]  # the thread as far as known, oldest first


@dataclass(frozen=True, slots=True)
class Finished:
    """A mail ready for the outbox. Every attempt to deliver sends the same ``raw``.

    ``reverse_path`` is the reply address with the recipient's token, also for automatic mail, where RFC 3834 section 3.3 would allow
    the null one: a bounce then comes back to the ticket and names whom it is about. It cannot loop, because a bounce itself has
    the null reverse-path, which is never answered.
    """

    kind: NoticeKind
    automatic: bool  # counts against the budgets
    language: str
    recipient: str
    reverse_path: str
    message_id: str
    subject: str
    text: str  # what the customer reads, for the ticket's own record
    raw: bytes
    template: str = ""  # what it was written from, below ``mail/<language>/``


def language_for(brand: str, contact: str | None, message: str | None) -> str:
    """The language to write in, "ko", "ja" or "en".

    The script of the customer's own words says Korean or Japanese beyond doubt. Latin letters say less (a Korean customer may
    write "OK, thanks"), so there the language already known of the contact wins, then English, then the brand's language.
    """
    if message in ("ko", "ja"):
        return message
    for known in (contact, message, brand):
        if known in LANGUAGES:
            return known
    return "en"


def write(
    notice: Notice,
    to: Addressee,
    *,
    templates: Templates,
    brand: Brand,
    sender: str,
    language: str,
    ticket: int,
    date: datetime,
    not_me: NotMe | None = None,
) -> Finished:
    """Render and compose one mail to one person.

    ``sender`` is the support address that the customer wrote to, ``date`` is aware; ``not_me``: the recipient may never have
    written to us, and is told how to say so. Raises NoticeError for a faulty template or a
    text that is too long, and UnsendableAddress where no mail can go to the addressee.
    """
    recipient, reverse_path = wire_address(to.address), wire_address(to.reply_to)
    kind = kind_of(notice)
    text, html = fields(notice, brand, sender, language, ticket, reply_domain=reverse_path.rpartition("@")[2])
    html = {**html, **not_me_fields(not_me, language)}
    template = template_of(notice)
    letter = templates.render(language, template, text, html, own_subject=not isinstance(notice, Answer))
    subject = _subject(notice, letter.subject)
    if not subject:
        file = templates.file(f"mail/{language}/{template}.txt.j2")
        raise NoticeError(f"{file}:1: begin with a line 'Subject: ...' and an empty line")
    body = plain(letter.text) + not_me_text(not_me, language)
    automatic = not isinstance(notice, Answer) or notice.by_rule
    raw = compose(
        Outgoing(
            kind=kind,
            language=language,
            sender_name=sender_name(notice, brand, language),
            sender=sender,
            reply_to=reverse_path,
            recipient=recipient,
            recipient_name="" if isinstance(notice, Acknowledgement | Added) else notice.customer,
            subject=subject,
            date=date,
            message_id=to.message_id,
            in_reply_to=to.in_reply_to,
            references=to.references,
            text=body,
            html=letter.html,
            by_rule=isinstance(notice, Answer) and notice.by_rule,
            unsubscribe=unsubscribe_uris(survey) if (survey := _survey_in(notice)) is not None else (),
        )
    )
    return Finished(kind, automatic, language, recipient, reverse_path, to.message_id, subject, body, raw, template)


def kind_of(notice: Notice) -> NoticeKind:
    """Under which name its Message-ID and outbox row go."""
    match notice:
        case Acknowledgement():
            return NoticeKind.ACK
        case Answer():
            return NoticeKind.ANSWER
        case Resolution():
            return NoticeKind.RESOLUTION
        case Added():
            return NoticeKind.ADDED
        case Newcomers():
            return NoticeKind.NEWCOMERS
        case Survey():
            return NoticeKind.CSAT
        case Reminder():
            return NoticeKind.REMINDER
        case Delayed():
            return NoticeKind.DELAYED
        case Merged():
            return NoticeKind.MERGED
        case TemplateReply():
            return NoticeKind.REPLY
        case Menu():
            return NoticeKind.MENU


def template_of(notice: Notice) -> str:
    """The place of its templates below ``mail/<language>/``, without their endings."""
    return reply_template(notice.template) if isinstance(notice, TemplateReply) else kind_of(notice).value


def _subject(notice: Notice, fixed: str | None) -> str:
    if not isinstance(notice, Acknowledgement | Added) and notice.subject is not None:
        begins = isinstance(notice, Answer) and notice.begins
        return one_line(notice.subject) if begins else reply_subject(notice.subject)
    return one_line(fixed or "")


def fields(
    notice: Notice, brand: Brand, sender: str, language: str, ticket: int, *, reply_domain: str
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """The placeholders for the text part and for the HTML part (docs/notices.md lists them)."""
    common: dict[str, object] = {
        "brand": one_line(brand.name),
        "address": sender,
        "number": str(ticket),
        "reference": number_marker(ticket),
        "language": language,
        "signature": signature(brand, language),
        "fonts": FONTS.get(language, FONTS["en"]),
        **not_me_fields(None, language),
    }
    match notice:
        case Acknowledgement():
            text = {
                **common,
                "situation": notice.situation.value,
                "promised": notice.promised,
                "holiday": one_line(notice.holiday, 80),
                "opens": notice.opens,
                "missing": [one_line(label, 80) for label in notice.missing],
                "options": option_labels(notice.options),
            }
        case Reminder() | Delayed() | Merged():
            text = {**common, **lifecycle_fields(notice)}
        case TemplateReply():
            text = {**common, **reply_fields(notice)}
        case Menu():
            text = {**common, **menu_fields(notice)}
        case Added() | Newcomers():
            text = {**common, **joining_fields(notice)}
        case Survey():
            text = {**common, **survey_fields(notice, language)[0]}
        case Resolution():
            text = {**common, **_no_survey(), "customer": one_line(notice.customer, 80), "silent": notice.silent}
            if notice.survey is not None:
                text |= {**survey_fields(notice.survey, language)[0], "customer": text["customer"]}
        case Answer():
            text = {**common, **_answer_fields(notice, sender, language, reply_domain)}
    html = {**text, "signature": _signature_html(signature(brand, language))}
    if (survey := _survey_in(notice)) is not None:
        html |= {**survey_fields(survey, language)[1], "customer": text["customer"]}
    if isinstance(notice, Answer):
        html |= {"answer": html_of(str(text["answer"])), "quoted": html_of(str(text["quoted"]))}
        text["quoted"] = "\n".join(f"> {line}".rstrip() for line in str(text["quoted"]).split("\n") if text["quoted"])
    return text, html


def _survey_in(notice: Notice) -> Survey | None:
    if isinstance(notice, Survey):
        return notice
    return notice.survey if isinstance(notice, Resolution) else None


def _no_survey() -> dict[str, object]:
    """The placeholders of a question that is not asked."""
    words = dict.fromkeys(("scale", "best", "worst", "stop", "stop_words"), "")
    return {"choices": (), "mail_choices": (), "has_page": False, **words}


def _answer_fields(notice: Answer, sender: str, language: str, reply_domain: str) -> dict[str, object]:
    if len(notice.text) > MAX_TEXT:
        raise NoticeError(f"an answer can have {MAX_TEXT} characters; this one has {len(notice.text)}")
    quoted = notice.quoted
    return {
        "agent": one_line(notice.agent, 80),
        "customer": one_line(notice.customer, 80),
        "answer": hide_reply_addresses(plain(notice.text), reply_domain, sender),
        "quoted": hide_reply_addresses(plain(quoted.text[:MAX_TEXT]), reply_domain, sender) if quoted else "",
        "quoted_author": one_line(quoted.author, 80) if quoted else "",
        "quoted_date": written_date(quoted.written_at, language) if quoted else "",
    }


def sender_name(notice: Notice, brand: Brand, language: str) -> str:
    """The name in From: the brand's, or of an agent's answer the agent's too, as ``answers_from`` says."""
    agent = one_line(notice.agent, 80) if isinstance(notice, Answer) else ""
    if not agent or brand.answers_from == "brand":
        return brand.name
    if brand.answers_from == "agent":
        return agent
    return f"{agent} via {brand.name}" if language == "en" else f"{brand.name} {agent}"


def signature(brand: Brand, language: str) -> tuple[str, ...]:
    """The brand's closing lines in this language, else in the brand's own, else its name."""
    by_language: Mapping[str, str] = {str(key): value for key, value in brand.signature.items()}
    lines = by_language.get(language) or by_language.get(brand.language) or brand.name
    return tuple(plain(lines).split("\n"))


@lru_cache(maxsize=1024)
def _signature_html(lines: tuple[str, ...]) -> tuple[Markup, ...]:
    return tuple(html_line(line) for line in lines)


def hide_reply_addresses(text: str, reply_domain: str, sender: str) -> str:
    """Replace every address in the reply domain by the support address: a quoted token would let its readers write as its owner."""
    pattern = re.compile(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,320}@" + re.escape(reply_domain) + r"(?![A-Za-z0-9-])", re.IGNORECASE
    )
    return pattern.sub(lambda _: sender, text) if "@" in text else text


def written_date(moment: datetime, language: str) -> str:
    """Date and time as people write them, in the zone that ``moment`` has."""
    match language:
        case "ko":
            return f"{moment.year}년 {moment.month}월 {moment.day}일 {moment:%H:%M}"
        case "ja":
            return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"
        case _:
            return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M}"


_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905
