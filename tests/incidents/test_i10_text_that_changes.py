"""I-10, text that changes when it is quoted or forwarded: agent, customer and quote read the same words (Kobold letters)."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.schema import messages
from tests.support.day import letter
from tests.support.office import TestOffice
from tests.support.watched_browser import watched_browser
from tests.support.web import logged_in, running, services
from tests.web.conftest import Web, hire

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("xss")]

SHOWN = "Please confirm the delivery."
TRAP = "Pay 9000 euro to the new account."

# Ways to show the trap to one reader and hide it from another, by where the HTML stands.
TRICKS = {
    "a rule for a mail program's own frame": (
        "<style>.x{display:none}.moz-text-html>div>.x{display:block}</style>" f"<div><p class=x>{TRAP}</p></div>"
    ),
    "a rule for a quote": f"<style>.x{{display:none}} blockquote .x{{display:block}}</style><p class=x>{TRAP}</p>",
    "a rule for the first of its kind": f"<style>p:first-child{{display:none}}</style><div><p>{TRAP}</p></div>",
    "a rule for small windows": f"<style>@media (max-width:600px){{.x{{display:none}}}}</style><p class=x>{TRAP}</p>",
    "a rule for paper": f"<style>@media print{{.x{{display:block}}}} .x{{display:none}}</style><p class=x>{TRAP}</p>",
    "a rule for the dark": f"<style>@media (prefers-color-scheme:dark){{.x{{display:none}}}}</style><p class=x>{TRAP}</p>",
    "a rule with an id": f"<style>#x{{visibility:hidden}}</style><p id=x>{TRAP}</p>",
    "a style sheet elsewhere": f"<link rel=stylesheet href=https://evil.example/x.css><p class=x>{TRAP}</p>",
    "words by a rule": f"<style>.x:after{{content:'{TRAP}'}}</style><p class=x></p>",
    "words by an attribute": f"<style>.x:after{{content:attr(title)}}</style><p class=x title='{TRAP}'></p>",
    "not displayed": f"<p style='display:none'>{TRAP}</p>",
    "not displayed, written oddly": f"<p style='DISPLAY : NONE ;'>{TRAP}</p>",
    "not visible": f"<p style='visibility:hidden'>{TRAP}</p>",
    "see-through": f"<p style='opacity:0'>{TRAP}</p>",
    "no size": f"<p style='font-size:0'>{TRAP}</p>",
    "hidden": f"<p hidden>{TRAP}</p>",
    "hidden for Outlook alone": f"<!--[if mso]><p>{TRAP}</p><![endif]-->",
    "hidden from Outlook alone": f"<!--[if !mso]><!--><p>{TRAP}</p><!--<![endif]-->",
    "only without scripts": f"<noscript><p>{TRAP}</p></noscript>",
    "in a title": f"<title>{TRAP}</title>",
    "in a template": f"<template><p>{TRAP}</p></template>",
    "a picture's other text": f"<img src='https://evil.example/x.png' alt='{TRAP}'>",
}  # fmt: skip


@pytest.fixture(scope="module")
def quoted(sqlite_files: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A ticket for each trick, answered, so that the answer quotes it."""
    directory: Path = tmp_path_factory.mktemp("kobold")
    database = Database(sqlite_files.create(directory))  # type: ignore[attr-defined]
    office = TestOffice(database, directory, limits={"enabled": False})
    agent, newcomer = hire(office)
    for number, html in enumerate(TRICKS.values()):
        raw = letter(f"hong{number}@customer.example", f"{number}", "x", at=office.now, html=f"<p>{SHOWN}</p>{html}")
        html_alone = raw.replace(b"Content-Type: text/plain", b"Content-Type: application/x-gone", 1)
        row = office.take(html_alone)
        office.desk.reply(int(row.ticket_id or 0), office.agent, "Thank you.")
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer)
    database.dispose()


# The words that a person can see: what is laid out, opaque, and of some size; of pictures that are not there, their other text.
VISIBLE = """() => {
  const seen = node => { for (let it = node; it && it !== document; it = it.parentNode) {
    const style = getComputedStyle(it);
    if (style.display === 'none' || style.visibility !== 'visible' || +style.opacity < 0.1 || parseFloat(style.fontSize) < 2) return false;
  } return true; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT), out = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === 3 && seen(node.parentNode)) out.push(node.data);
    if (node.nodeName === 'IMG' && seen(node)) out.push(node.alt);
  }
  return out.join(' ');
}"""


def words(text: str) -> list[bool]:
    joined = " ".join(text.split())
    return [SHOWN in joined, TRAP in joined]


def test_agent_frame_and_quote_say_the_same(quoted: Web) -> None:
    browser, _ = logged_in(quoted.office, quoted.port, quoted.office.agent)
    differing = {}
    with watched_browser(quoted.port) as watched:
        watched.context.add_cookies([{"name": "gateway", "value": browser.cookies["gateway"], "url": watched.home}])
        for number, name in enumerate(TRICKS, start=1):
            (message, *_) = quoted.office.messages(number)
            (answer,) = [row for row in quoted.office.outbox("answer") if row.ticket_id == number]
            mail = message_from_bytes(answer.raw, policy=default)
            plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
            assert plain is not None
            assert html is not None
            seen = {"agent": words(message.text), "quote": words(plain.get_content())}
            for scheme, width in (("light", 1200), ("dark", 400)):
                watched.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                watched.page.set_viewport_size({"width": width, "height": 700})
                watched.open(f"/messages/{message.id}/html")
                seen[f"frame, {scheme}, {width}"] = words(watched.page.evaluate(VISIBLE))
            watched.open(f"/outbox/{answer.id}/html")
            seen["quote in HTML"] = words(watched.page.evaluate(VISIBLE))
            if len({tuple(it) for it in seen.values()}) > 1:
                differing[name] = seen
        assert watched.harm == {}
    assert differing == {}


def test_no_style_sheet_survives(quoted: Web) -> None:
    for row in quoted.office.rows(messages, messages.c.html.is_not(None)):
        assert "<style" not in row.html
        assert "@media" not in row.html
        assert "<link" not in row.html
    for row in quoted.office.outbox("answer"):
        html = message_from_bytes(row.raw, policy=default).get_body(("html",))
        assert html is not None
        assert "moz-text-html" not in html.get_content()
