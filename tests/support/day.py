"""A day of support mail in three languages, for tests and pictures of the web view."""

import struct
import zlib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from gateway.store.schema import journal
from tests.support.accepted import accepted
from tests.support.office import TestOffice


def picture(width: int = 120, height: int = 40, colour: bytes = b"\x0d\x6e\x5e") -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\x00" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def letter(
    sender: str,
    subject: str,
    text: str,
    *,
    at: datetime,
    to: str = "support@example.com",
    html: str | None = None,
    logo: bytes | None = None,
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """A mail as a customer's program writes it. ``files``: name, content type, content. ``logo`` is ``cid:logo@mail``."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = headers.pop("message_id", f"<{abs(hash((sender, subject, text, at)))}@mail.customer.example>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
        if logo is not None:
            mail.get_payload()[1].add_related(logo, "image", "png", cid="<logo@mail>")  # type: ignore[union-attr,index]
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def live_through(office: TestOffice, colleague: int) -> None:
    """Take the mails in, let agents answer some, and leave others waiting."""
    desk, me = office.desk, office.agent

    def take(raw: bytes, **minutes: float) -> int:
        row = office.take(raw)
        office.later(**(minutes or {"minutes": 11}))
        return int(row.ticket_id or 0)

    delivery = take(
        letter(
            "박서연 <seoyeon.park@customer.example>",
            "주문한 책상 배송이 언제 되나요?",
            "안녕하세요, 박서연입니다.\n\n지난주 화요일에 주문한 원목 책상(주문번호 20260304-1187)이 아직 도착하지 않았습니다.\n"
            "배송 조회에는 계속 '상품 준비 중'으로 나오는데, 이번 주 안에 받을 수 있을까요?\n"
            "주말에 이사를 해서 토요일 이후에는 주소가 바뀝니다.\n\n확인 부탁드립니다.\n감사합니다.",
            at=office.now,
        ),
        minutes=25,
    )
    desk.team(delivery, "배송", me)
    desk.tag(delivery, me, add=("배송", "가구"))
    desk.note(
        delivery,
        me,
        "물류센터에 확인 요청함. 재고는 있고 금요일 출고 예정이라고 함. — 이사 일정 때문에 우선 처리 부탁드려요.",
    )
    office.later(minutes=12)
    desk.reply(
        delivery,
        me,
        "박서연 고객님, 안녕하세요.\n\n기다리게 해 드려 죄송합니다. 확인해 보니 책상은 내일(금요일) 오전에 출고되어 토요일 전에 "
        "받아 보실 수 있습니다.\n혹시 일정이 바뀌면 이 메일에 답장해 주세요. 바로 조정해 드리겠습니다.\n\n감사합니다.",
    )
    office.later(minutes=47)
    office.take(
        letter(
            "박서연 <seoyeon.park@customer.example>",
            "Re: 주문한 책상 배송이 언제 되나요?",
            "빠른 답변 감사합니다!\n그럼 금요일 오전에 출고되면 송장 번호를 문자로 받을 수 있을까요?\n\n"
            "2026년 3월 5일 (목) 오후 6:37, Example Support <support@example.com>님이 작성:\n\n"
            "> 박서연 고객님, 안녕하세요.\n>\n> 기다리게 해 드려 죄송합니다. 확인해 보니 책상은 내일(금요일) 오전에 출고되어\n"
            "> 토요일 전에 받아 보실 수 있습니다.\n",
            at=office.now,
            files=(("배송지 변경 신청서.pdf", "application/pdf", b"%PDF-1.4\n" + b"0" * 83_000),),
        ),
        to=(office.reply_to(delivery),),
    )
    desk.priority(delivery, "high", me)
    office.later(minutes=9)

    invoice = take(
        letter(
            "山田 花子 <hanako.yamada@customer.example>",
            "請求書の宛名を変更していただけますか",
            "サポートご担当者様\n\nいつもお世話になっております。株式会社みどり商事の山田です。\n\n"
            "3月分の請求書につきまして、宛名を「株式会社みどり商事 経理部」に変更のうえ、再発行していただくことは可能でしょうか。\n"
            "お手数をおかけいたしますが、今週中にいただけますと助かります。\n\nどうぞよろしくお願いいたします。\n\n"
            "-- \n山田 花子\n株式会社みどり商事",
            at=office.now,
            html="<p>サポートご担当者様</p><p>いつもお世話になっております。<b>株式会社みどり商事</b>の山田です。</p>"
            "<p>3月分の請求書につきまして、宛名を「株式会社みどり商事 経理部」に変更のうえ、再発行していただくことは可能でしょうか。</p>"
            '<table border="1" cellpadding="6"><tr><th>番号</th><th>金額</th></tr><tr><td>INV-2026-0311</td><td>¥128,700</td></tr></table>'
            '<p><img src="cid:logo@mail" width="120" height="40" alt="みどり商事"></p>',
            logo=picture(),
        ),
        minutes=31,
    )
    desk.assign(invoice, colleague, me)
    desk.tag(invoice, me, add=("請求",))

    crash = take(
        letter(
            "Maya Lindqvist <maya@studio.example>",
            "App crashes when I export a project",
            "Hi there,\n\nSince the update this morning the app closes as soon as I choose File › Export. It happens with every project, "
            "also with a new, empty one.\n\nmacOS 15.3, app version 4.2.1. The crash report is attached; there is also a recording at "
            "https://studio.example/crash-2026-03-05.\n\nWe have to deliver to a client tomorrow at noon, so I would be grateful for a "
            "quick answer.\n\nBest,\nMaya",
            at=office.now,
            files=(
                ("crash report.txt", "text/plain", b"Exception Type: EXC_BAD_ACCESS\n" * 700),
                ("screenshot.png", "image/png", picture(800, 500)),
            ),
        ),
        minutes=14,
    )
    desk.priority(crash, "urgent", me)
    desk.tag(crash, me, add=("bug", "export"))

    refund = take(
        letter(
            "김민수 <minsu.kim@customer.example>",
            "환불 처리 문의드립니다",
            "안녕하세요. 3월 2일에 반품한 상품의 환불이 아직 카드사에 접수되지 않았다고 합니다.\n반품 송장번호는 6412-8890-2231 입니다. "
            "확인 부탁드립니다.",
            at=office.now,
        )
    )
    desk.reply(
        refund,
        colleague,
        "김민수 고객님, 오늘 오전에 환불 승인이 완료되었습니다. 카드사에는 영업일 기준 2~3일 안에 반영됩니다.",
    )
    take(
        letter(
            "佐藤 健 <ken.sato@customer.example>",
            "ログインできません",
            "お世話になっております。昨日からマイページにログインできなくなりました。\n"
            "パスワードの再設定メールも届きません。ご確認をお願いいたします。",
            at=office.now,
        ),
        minutes=38,
    )
    solved = take(
        letter(
            "Tom Okafor <tom@okafor.example>",
            "How do I add a second seat to our plan?",
            "Hello, we are growing and need one more seat. Where do I find that?\n\nThanks, Tom",
            at=office.now,
        )
    )
    desk.reply(solved, me, "Hi Tom,\n\nSettings › Plan › Seats. The new seat is billed from today on.\n\nKim")
    desk.solve(solved, me)
    take(
        letter(
            "최지우 <jiwoo.choi@customer.example>",
            "세금계산서 발행 요청",
            "안녕하세요, 2월 결제분에 대한 세금계산서 발행을 요청드립니다.\n사업자등록증을 첨부합니다.",
            at=office.now,
            files=(("사업자등록증.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"0" * 240_000),),
        ),
        minutes=6,
    )
    take(
        letter(
            "Aiko Tanaka <aiko@tanaka.example>",
            "Question about your privacy policy",
            "Hello,\n\nbefore we sign up: in which country is our data stored, "
            "and can we have a data processing agreement?\n\nKind regards\nAiko",
            at=office.now,
        ),
        minutes=3,
    )


def quarantine(office: TestOffice, raw: bytes, *, minutes: int = 5) -> int:
    """Mail that the pipeline gave up on; its journal number."""
    record = accepted(raw, at=office.now - timedelta(minutes=minutes), reverse_path="billing@shop.example")
    office.journal.append([record])
    with office.database.write() as connection:
        connection.execute(
            journal.update()
            .where(journal.c.receipt == record.receipt)
            .values(
                state="settled",
                fate="quarantined",
                cause="crashed",
                crashes=3,
                settled_at=office.now,
                last_error="Traceback (most recent call last):\n  ...\nValueError: a part that no program ever wrote",
            )
        )
        number: int = connection.exec_driver_sql("SELECT max(id) FROM journal").scalar_one()
    return number
