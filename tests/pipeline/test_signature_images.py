"""Logos of signatures: an image that comes with every mail of a sender's domain is marked, and nothing else is."""

import base64
from datetime import timedelta

from sqlalchemy import insert

from gateway.store.schema import seen_images
from gateway.store.seen_images import forget_old_images
from tests.support.accepted import mail
from tests.support.office import TestOffice

LOGO = b"\x89PNG\r\n\x1a\nlogo"


def with_image(sender: str, image: bytes = LOGO, disposition: str = "inline") -> bytes:
    encoded = base64.b64encode(image).decode()
    raw = mail(
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <img src='cid:logo'></p>\r\n--b\r\n"
        f"Content-Type: image/png; name=logo.png\r\nContent-ID: <{'logo' if disposition == 'inline' else 'x'}>\r\n"
        f"Content-Disposition: {disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--",
        sender=sender,
    )
    return raw.replace(b"text/plain; charset=utf-8", b"multipart/related; boundary=b", 1)


def marks(office: TestOffice, ticket: int) -> list[bool]:
    return [bool(file["signature"]) for message in office.messages(ticket) for file in message.attachments]


def test_the_third_mail_of_a_domain_tells_a_logo(office: TestOffice) -> None:
    for number, name in enumerate(("hong", "lee", "park"), 1):
        office.take(with_image(f"{name}@customer.example"))
        assert marks(office, number) == [number == 3]
    office.take(with_image("hong@customer.example"), to=(office.reply_to(1),))
    assert marks(office, 1) == [False, True], "in replies too"


def test_other_domains_and_other_images_are_counted_by_themselves(office: TestOffice) -> None:
    for number in range(1, 4):
        office.take(with_image(f"hong@c{number}.example"))
        assert marks(office, number) == [False]
    office.take(with_image("hong@c1.example", b"\x89PNG\r\n\x1a\nscreenshot"))
    assert marks(office, 4) == [False]


def test_an_attached_picture_is_never_a_logo(office: TestOffice) -> None:
    for number in range(1, 5):
        office.take(with_image("hong@customer.example", disposition="attachment"))
        assert marks(office, number) == [False]


def test_images_that_stay_away_for_half_a_year_are_forgotten(office: TestOffice) -> None:
    office.take(with_image("hong@customer.example"))
    office.take(with_image("lee@shop.example"))
    office.now += timedelta(days=100)
    office.take(with_image("hong@customer.example"))
    assert forget_old_images(office.database, office.now + timedelta(days=79)) == 0
    assert forget_old_images(office.database, office.now + timedelta(days=81)) == 1
    office.take(with_image("park@customer.example"))
    assert marks(office, 4) == [True], "what still comes was counted on"


def test_rows_from_before_there_was_a_time_have_their_time_yet(office: TestOffice) -> None:
    with office.database.write() as connection:
        connection.execute(insert(seen_images).values(domain="old.example", sha256="0" * 64, mails=9))
    assert forget_old_images(office.database, office.now) == 0
    assert forget_old_images(office.database, office.now + timedelta(days=181)) == 1
