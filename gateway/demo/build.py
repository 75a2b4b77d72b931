"""From written mails to envelopes and bytes. Pure: the moment and the run's id are arguments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from gateway.demo.mime import CRLF, file_part, mailbox, message_part, multipart, text_part, unstructured
from gateway.demo.model import Language, Mail, Person
from gateway.demo.quoting import Quoted, body_html, long_date, page, quoted_html, quoted_text

DAY_ENDS = 18 * 60  # minutes after midnight at which the written day is over, and which is now


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the mails go. ``second`` is another address of the same people, if there is none a sub-address."""

    by_language: dict[Language, str]
    second: str

    def of(self, language: Language) -> str:
        return self.by_language[language]


@dataclass(frozen=True, slots=True)
class Built:
    """One mail ready to be handed over."""

    mail: Mail
    reverse_path: str
    forward_paths: tuple[str, ...]
    message_id: str  # without angle brackets
    raw: bytes


@dataclass(frozen=True, slots=True)
class Thread:
    """What an answer names and quotes."""

    in_reply_to: str
    references: tuple[str, ...]
    subject: str
    quoted: Quoted | None = None


def build_day(mails: Sequence[Mail], addresses: Addresses, *, now: datetime, run: str) -> list[Built]:
    """All mails, in the order in which they are written. ``run`` makes the Message-IDs of two runs differ.

    Raises ValueError where a mail answers one that is not there or not earlier.
    """
    built: dict[str, Built] = {}
    for mail in sorted(mails, key=lambda it: it.at):
        if mail.name in built:
            raise ValueError(f"two mails are called {mail.name}")
        if mail.same_as is not None:
            first = built[mail.same_as]
            built[mail.name] = Built(mail, first.reverse_path, first.forward_paths, first.message_id, first.raw)
            continue
        thread = None
        if mail.answers is not None:
            if mail.answers not in built:
                raise ValueError(f"{mail.name} answers {mail.answers}, which is not written by then")
            thread = _thread(mail, built, addresses, now)
        built[mail.name] = build(mail, addresses, now=now, run=run, thread=thread)
    return list(built.values())


def _dated(mail: Mail, now: datetime) -> Mail:
    """ "{yesterday}" in a text is the day before, as a forwarded mail's header shows it."""
    if "{yesterday}" not in mail.text:
        return mail
    yesterday = date_of(mail, now) - timedelta(days=1)
    return replace(mail, text=mail.text.replace("{yesterday}", long_date(mail.language, yesterday)))


def build(
    mail: Mail,
    addresses: Addresses,
    *,
    now: datetime,
    run: str,
    thread: Thread | None = None,
    to: tuple[str, ...] | None = None,
) -> Built:
    """One mail; ``thread`` is what it answers, if it does; ``to`` replaces the addresses that the mail names."""
    mail = _dated(mail, now)
    to = to or tuple(addresses.second if it == "second" else addresses.of(mail.language) for it in mail.to)
    message_id = message_id_of(mail, run)
    content = _content(mail, addresses, thread, now, message_id, run)
    head = CRLF.join(_fields(mail, to, message_id, thread, now)) + CRLF
    reverse_path = "" if mail.null_reverse_path else mail.sender.address
    return Built(mail, reverse_path, to, message_id, head.encode("ascii") + content)


def message_id_of(mail: Mail, run: str) -> str:
    domain = mail.sender.address.rpartition("@")[2]
    return f"{mail.name}.{run}@{domain}"


def date_of(mail: Mail, now: datetime) -> datetime:
    """When the mail was written, in its sender's own time zone."""
    hour, _, minute = mail.at.partition(":")
    written = now - timedelta(minutes=DAY_ENDS - int(hour) * 60 - int(minute))
    return written.astimezone(timezone(timedelta(hours=mail.sender.zone)))


def _thread(mail: Mail, built: dict[str, Built], addresses: Addresses, now: datetime) -> Thread:
    chain = [mail.answers or ""]
    while (before := built[chain[0]].mail.answers) is not None:
        chain.insert(0, before)
    parent = built[chain[-1]]
    date = date_of(parent.mail, now).astimezone(timezone(timedelta(hours=mail.sender.zone)))
    subject = parent.mail.subject or ""
    quoted = Quoted(
        author=parent.mail.sender.name,
        address=parent.mail.sender.address,
        recipient=addresses.of(parent.mail.language),
        date=date,
        subject=subject,
        text=parent.mail.text + (f"\n\n{parent.mail.signature}" if parent.mail.signature else ""),
    )
    return Thread(parent.message_id, tuple(built[name].message_id for name in chain), subject, quoted)


def _fields(mail: Mail, to: Sequence[str], message_id: str, thread: Thread | None, now: datetime) -> list[str]:
    charset = "utf-8" if mail.label else mail.charset
    fields = [
        f"From: {mailbox(mail.sender.name, mail.sender.address, charset)}",
        f"To: {', '.join(to)}",
    ]
    if mail.cc:
        fields.append(f"Cc: {f',{CRLF} '.join(_box(it, charset) for it in mail.cc)}")
    if mail.reply_to is not None:
        fields.append(f"Reply-To: {_box(mail.reply_to, charset)}")
    if mail.subject is not None:
        fields.append(f"Subject: {unstructured(mail.subject, charset)}")
    fields += [f"Date: {format_datetime(date_of(mail, now))}", f"Message-ID: <{message_id}>"]
    if thread is not None:
        references = f"{CRLF} ".join(f"<{it}>" for it in thread.references)
        fields += [f"In-Reply-To: <{thread.in_reply_to}>", f"References: {references}"]
    fields += [f"{name}: {unstructured(value)}" for name, value in mail.headers.items()]
    return [*fields, "MIME-Version: 1.0"]


def _box(it: Person, charset: str) -> str:
    return mailbox(it.name, it.address, charset)


def _content(
    mail: Mail, addresses: Addresses, thread: Thread | None, now: datetime, message_id: str, run: str
) -> bytes:
    """The body with its Content fields."""
    body = (
        _report(mail, addresses, now, thread.in_reply_to if thread else f"returned.{message_id}")
        if mail.report
        else _body(mail, thread)
    )
    others = [file_part(file) for file in mail.files if not file.content_id]
    if mail.forwarded is not None:
        others.append(message_part(build(mail.forwarded, addresses, now=now, run=run).raw))
    return multipart("mixed", [body, *others], _boundary("mixed", mail)) if others else body


def _body(mail: Mail, thread: Thread | None) -> bytes:
    written = mail.text + (f"\n\n{mail.signature}" if mail.signature else "")
    quoted = thread.quoted if thread is not None and mail.quoting is not None else None
    text = written
    if quoted is not None and mail.quoting is not None:
        text += f"\n\n{quoted_text(mail.quoting, mail.language, quoted)}"
    plain = text_part("plain", text, mail.charset, label=mail.label, eight_bit=mail.eight_bit)
    html = mail.html
    if html is None and mail.look != "plain":
        html = body_html(mail.look, written)
        if quoted is not None and mail.quoting is not None:
            html += quoted_html(mail.quoting, mail.language, quoted)
        html = page(mail.look, mail.language, html)
    if html is None:
        return plain
    rich = text_part("html", html, mail.charset, label=mail.label, eight_bit=mail.eight_bit)
    pictures = [file_part(file) for file in mail.files if file.content_id]
    if pictures:
        rich = multipart("related", [rich, *pictures], _boundary("related", mail), '; type="text/html"')
    return rich if mail.html_only else multipart("alternative", [plain, rich], _boundary("alternative", mail))


def _report(mail: Mail, addresses: Addresses, now: datetime, returned_id: str) -> bytes:
    """multipart/report with the header of the mail that came back (RFC 6522, RFC 3464)."""
    report = mail.report
    assert report is not None
    host = mail.sender.address.rpartition("@")[2]
    support = addresses.of(mail.language)
    status = CRLF.join(
        (
            "Content-Type: message/delivery-status",
            "",
            f"Reporting-MTA: dns; {host}",
            f"Arrival-Date: {format_datetime(date_of(mail, now))}",
            "",
            f"Final-Recipient: rfc822; {report.recipient}",
            f"Action: {'failed' if report.status.startswith('5') else 'delayed'}",
            f"Status: {report.status}",
            f"Diagnostic-Code: smtp; {report.diagnostic}",
            "",
        )
    )
    returned = CRLF.join(
        (
            "Content-Type: text/rfc822-headers",
            "",
            f"From: {support}",
            f"To: {report.recipient}",
            f"Subject: {unstructured(report.returned_subject)}",
            f"Message-ID: <{returned_id}>",
            "",
        )
    )
    text = text_part("plain", mail.text, mail.charset, label=None, eight_bit=False)
    parts = [text, status.encode("ascii"), returned.encode("ascii")]
    return multipart("report", parts, _boundary("report", mail), "; report-type=delivery-status")


def _boundary(kind: str, mail: Mail) -> str:
    return f"=_{kind}_{mail.name}"
