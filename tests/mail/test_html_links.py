"""Links that say where they lead, and pixels that nobody was meant to see."""

import pytest

from gateway.mail.html import sanitise
from gateway.mail.html_links import honest
from gateway.mail.read import read


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("https://bank.example", "https://evil.example/login", "evil.example"),
        ("bank.example/login", "http://evil.example", "evil.example"),
        ("<b>www.bank</b>.example", "https://evil.example", "evil.example"),
        ("Log in at https://bank.example now", "https://evil.example", "evil.example"),
        ("https://bank.example", "https://bank.example.evil.example", "bank.example.evil.example"),
        ("https://bank.example", "https://bank.example@evil.example/", "evil.example"),
        ("네이버 https://naver.com", "https://한국.example", "xn--3e0b707e.example"),
    ],
)
def test_a_link_that_names_another_host_says_where_it_leads(text: str, href: str, shown: str) -> None:
    html = honest(sanitise(f'<p><a href="{href}">{text}</a> end</p>').html).html
    assert f"</a> [{shown}] end" in html
    assert honest(html).html == html
    assert sanitise(html).html == html
    assert honest(sanitise(html).html).html == html


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("https://bank.example", "https://bank.example/x"),
        ("bank.example", "https://www.bank.example/x"),
        ("www.bank.example", "https://login.bank.example/x"),
        ("Click here", "https://evil.example"),
        ("hong@bank.example", "mailto:hong@bank.example"),
        ("3.5 kg", "https://shop.example"),
        ("", "https://shop.example"),
    ],
)
def test_an_honest_link_stays_as_it_is(text: str, href: str) -> None:
    html = sanitise(f'<a href="{href}">{text}</a>').html
    assert honest(html).html == html


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://t.example/o.gif" width="1" height="1">',
        '<img src="https://t.example/o.gif" width=0 height=0 alt="">',
        '<img src="https://t.example/o.gif" style="display:none">',
        '<img src="//t.example/o.gif" style="width:1px;height:1px;border:0">',
        '<img src="https://t.example/o.gif" style="opacity:0">',
    ],
)
def test_tracking_pixels_are_counted_and_gone(pixel: str) -> None:
    safe = sanitise(f"<p>Hello {pixel}</p>")
    assert safe.remote == 1
    shown = honest(safe.html)
    assert (shown.tracking_pixels, shown.html) == (1, "<p>Hello </p>")


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="https://t.example/a.png" width="600" height="1">',
        '<img src="cid:dot" width="1" height="1">',
        '<img src="https://t.example/a.png" alt="Lamp">',
    ],
)
def test_pictures_are_no_pixels(picture: str) -> None:
    shown = honest(sanitise(picture).html)
    assert shown.tracking_pixels == 0
    assert "<img" in shown.html


def test_brackets_in_attributes_confuse_nothing() -> None:
    html = sanitise('<a href="https://evil.example" title="</a><img width=1 height=1>">https://bank.example</a>').html
    assert honest(html).html == html + " [evil.example]"


def test_the_text_keeps_its_own_form() -> None:
    raw = (
        b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
        b'<p><a href="https://evil.example/">https://bank.example</a></p><img src="https://t.example/" width=1 height=1>'
    )
    message = read(raw)
    assert message.text.strip() == "https://bank.example <https://evil.example/>"
    assert message.html is not None
    assert message.html.endswith(" [evil.example]</p>")
    assert (message.remote_content, message.tracking_pixels) == (1, 1)
