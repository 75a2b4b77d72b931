"""A notice as a customer would get it, about a real ticket or a made-up one. Nothing is written, nothing can be answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from gateway.config.mistakes import Mistake
from gateway.config.model import Brand
from gateway.config.reply_templates import replies_in
from gateway.desk.actions import DeskError, is_believed
from gateway.desk.menus import level_of
from gateway.desk.office import Office
from gateway.desk.outgoing import people_of
from gateway.notify.joining import Added, Newcomers
from gateway.notify.lifecycle import Delayed, Merged, Reminder, Situation
from gateway.notify.menus import Menu
from gateway.notify.moments import written_moment
from gateway.notify.notices import Acknowledgement, Addressee, Answer, Finished, Notice, Resolution, write
from gateway.notify.render import NoticeError
from gateway.notify.replies import TemplateReply
from gateway.notify.survey import Choice, Survey
from gateway.rules.calendar import holiday_at
from gateway.store.schema import messages
from gateway.store.tickets import ticket_row
from gateway.threading.model import NoticeKind

_CUSTOMERS = {
    "ko": ("김민지", "주문한 상품이 아직 도착하지 않았습니다"),
    "ja": ("山田 太郎", "注文した商品がまだ届きません"),
}
_ANYBODY = ("Minji Kim", "My order has not arrived")
_ANSWERS = {
    "ko": "주문하신 상품은 어제 출고되어 내일 도착할 예정입니다.",
    "ja": "ご注文の商品は昨日発送いたしました。明日お届けの予定です。",
}
_OPTIONS = {"ko": ("배송 조회", "세금계산서"), "ja": ("配送状況の確認", "請求書")}
_ANY_OPTIONS = ("Where is my parcel?", "Invoices")
_ANSWER = "Your order left our warehouse yesterday and will arrive tomorrow."


@dataclass(frozen=True, slots=True)
class Scene:
    """What a preview is about."""

    brand: Brand
    sender: str
    number: int
    language: str
    subject: str | None  # as the notice would have it: None where the customer is not verified
    customer: str
    address: str
    answer: str
    soon: str  # a moment in words
    later: str
    holiday: str
    menu: tuple[str, ...]  # labels of the first menu there is, else made-up ones
    offered: tuple[str, ...]  # labels of the menu that acknowledgements offer
    template: str = ""  # of a reply


def preview(
    connection: Connection,
    office: Office,
    kind: NoticeKind,
    now: datetime,
    *,
    ticket: int | None = None,
    brand: str | None = None,
    language: str | None = None,
    situation: Situation = Situation.USUAL,
    template: str | None = None,
) -> Finished:
    """Render one notice. DeskError for a ticket, brand or reply that is not there, and for a faulty template.

    ``template``: the name of a reply by rules; without it the first there is.
    """
    scene = _scene(connection, office, now, ticket, brand, language)
    if kind is NoticeKind.REPLY:
        scene = replace(scene, template=_reply(office, scene, template))
    domain = office.configuration.reply_domain
    to = Addressee(scene.address, f"{office.configuration.reply_local}+preview@{domain}", f"preview@{domain}", None, ())
    try:
        return write(
            _NOTICES[kind](scene, situation),
            to,
            templates=office.templates_of(scene.brand.id),
            brand=scene.brand,
            sender=scene.sender,
            language=scene.language,
            ticket=scene.number,
            date=now,
        )
    except NoticeError as error:
        raise DeskError(str(error)) from error


def html_part(finished: Finished) -> str:
    """The HTML as it is sent, styles and all."""
    parts = (part for part in message_from_bytes(finished.raw).walk() if part.get_content_type() == "text/html")
    part = next(parts, None)
    content = part.get_payload(decode=True) if part is not None else b""
    return content.decode().replace("\r\n", "\n") if isinstance(content, bytes) else ""


def reply_names(office: Office, brand: str, language: str) -> tuple[str, ...]:
    """Replies by template that there are for a brand's customers in this language."""
    return tuple(sorted(replies_in(office.templates_of(brand).folders, language)))


def longest(language: str) -> int:
    """Characters beyond which few people read a notice."""
    from gateway.notify.remarks import LONGEST

    return LONGEST[language]


def findings(office: Office) -> tuple[Mistake, ...]:
    """What is hardly meant so in the words of this configuration: languages and parts that are missing, too many words."""
    from gateway.notify.remarks import remarks_on  # with all samples of all mail: only for those who ask

    return remarks_on(office.configuration)


def _reply(office: Office, scene: Scene, wanted: str | None) -> str:
    there = reply_names(office, scene.brand.id, scene.language)
    if wanted is None and there:
        return there[0]
    if wanted not in there:
        raise DeskError(f"there is no reply {wanted} in {scene.language}; there are {', '.join(there) or 'none'}")
    return wanted


def _scene(
    connection: Connection, office: Office, now: datetime, number: int | None, brand: str | None, language: str | None
) -> Scene:
    row = None
    if number is not None:
        row = ticket_row(connection, number)
        if row is None:
            raise DeskError(f"there is no ticket {number}")
    known = {one.id: one for one in office.configuration.brands}
    name = brand or (row.brand if row is not None else office.configuration.brands[0].id)
    if name not in known:
        raise DeskError(f"there is no brand {name}; there are {', '.join(sorted(known))}")
    chosen = known[name]
    spoken = language or (row.language if row is not None else str(chosen.language))
    zone = ZoneInfo(chosen.time_zone)
    soon, later = (written_moment((now + timedelta(hours=hours)).astimezone(zone), spoken) for hours in (4, 28))
    customer, subject = _CUSTOMERS.get(spoken, _ANYBODY)
    scene = Scene(
        chosen,
        chosen.addresses[0],
        number or 42,
        spoken,
        subject,
        customer,
        "customer@example.com",
        _ANSWERS.get(spoken, _ANSWER),
        soon,
        later,
        _holiday(office, now, spoken),
        _menu(office, next(iter(office.menus), None), chosen.id, spoken) or _OPTIONS.get(spoken, _ANY_OPTIONS),
        _menu(office, office.configuration.acknowledgements.menu, chosen.id, spoken),
    )
    return scene if row is None else _real(connection, row, scene)


def _menu(office: Office, menu: str | None, brand: str, language: str) -> tuple[str, ...]:
    level = level_of(office, menu, (), brand, language) if menu is not None else None
    return level.options if level is not None else ()


def _holiday(office: Office, now: datetime, language: str) -> str:
    """The next holiday that a calendar knows in this language."""
    for written in office.loaded.side.calendars.calendars:
        calendar = office.calendars[written.id]
        days = (now + timedelta(days=ahead) for ahead in range(400))
        name = next((found for day in days if (found := holiday_at(calendar, day)) not in (None, "closed")), None)
        if written.language == language and name is not None:
            return name
    return ""


def _real(connection: Connection, row: Row[Any], scene: Scene) -> Scene:
    person = next((one for one in people_of(connection, row.id) if one.role == "requester"), None)
    believed = person is not None and is_believed(connection, row.id, person)
    answer = connection.execute(
        select(messages.c.text)
        .where(messages.c.ticket_id == row.id, messages.c.kind == "answer")
        .order_by(messages.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return replace(
        scene,
        sender=row.address if row.brand == scene.brand.id else scene.sender,
        number=row.id,
        subject=row.subject if believed else None,
        customer=person.name if person is not None and believed else "",
        address=person.address if person is not None else scene.address,
        answer=answer or scene.answer,
    )


def _acknowledgement(scene: Scene, situation: Situation) -> Notice:
    closed = situation in (Situation.HOLIDAY, Situation.AFTER_HOURS)
    holiday = scene.holiday if situation is Situation.HOLIDAY else ""
    return Acknowledgement(situation, scene.later, holiday, scene.soon if closed else "", options=scene.offered)


def _survey(scene: Scene) -> Notice:
    choices = tuple(Choice(value, "https://example.com/preview", scene.sender) for value in range(1, 6))
    return Survey(choices, "https://example.com/preview", scene.sender, scene.subject, scene.customer)


_NOTICES: Mapping[NoticeKind, Callable[[Scene, Situation], Notice]] = {
    NoticeKind.ACK: _acknowledgement,
    NoticeKind.ANSWER: lambda scene, _: Answer(scene.answer, scene.subject or "", customer=scene.customer),
    NoticeKind.RESOLUTION: lambda scene, _: Resolution(scene.subject, scene.customer),
    NoticeKind.ADDED: lambda _scene, _: Added(),
    NoticeKind.NEWCOMERS: lambda scene, _: Newcomers(("ben@example.com",), "", scene.subject, scene.customer),
    NoticeKind.CSAT: lambda scene, _: _survey(scene),
    NoticeKind.REMINDER: lambda scene, _: Reminder(scene.later, scene.subject, scene.customer),
    NoticeKind.DELAYED: lambda scene, _: Delayed(scene.soon, scene.later, scene.subject, scene.customer),
    NoticeKind.REPLY: lambda scene, _: TemplateReply(scene.template, scene.subject, scene.customer),
    NoticeKind.MENU: lambda scene, _: Menu(scene.menu, subject=scene.subject, customer=scene.customer),
    NoticeKind.MERGED: lambda scene, _: Merged(scene.number - 1, scene.subject, scene.customer),
}
KINDS = tuple(_NOTICES)
"""Every notice to customers."""

SITUATIONS = {situation.value: situation for situation in Situation}
"""What an acknowledgement may say of the moment, by name."""
