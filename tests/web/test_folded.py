"""What the ticket page folds: images that come with every mail, and pixels that were taken out."""

import base64

from tests.support.accepted import mail
from tests.web.conftest import Web


def test_repeated_images_are_folded_and_pixels_counted(small: Web) -> None:
    image = base64.b64encode(b"\x89PNG\r\n\x1a\nlogo").decode()
    raw = (
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <img src='cid:logo'>"
        "<img src='https://t.example/' width=1 height=1></p>\r\n--b\r\nContent-Type: image/png; name=logo.png\r\n"
        f"Content-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n{image}\r\n--b--"
    )
    for _ in range(3):
        content = mail(raw, sender="Lee <lee@shop.example>")
        small.office.take(content.replace(b"text/plain; charset=utf-8", b"multipart/related; boundary=b", 1))
    browser, _ = small.browser()
    first, last = browser.get("/tickets/2").text, browser.get("/tickets/4").text
    assert "Images of the signature" not in first
    assert "logo.png" in first
    assert "Images of the signature (1)" in last
    assert "logo.png" in last, "folded, not gone"
    assert "Tracking pixels taken out: 1" in last
