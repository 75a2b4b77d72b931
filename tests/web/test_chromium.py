"""Our pages in a real browser: nothing of a stranger's runs, nothing asks another host, and the pages work without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from gateway.store.database import Database
from gateway.store.schema import contacts, journal, messages, outbox, ticket_tags, tickets
from tests.support.day import letter, picture
from tests.support.need import need
from tests.support.office import TestOffice
from tests.support.web import PASSWORD, running, services
from tests.web.conftest import Web, hire

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.real

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    'javascript:alert(1)//http://x.example/"onmouseover=alert(1) ',
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "<a href=javascript:alert(1)>x</a>[x](javascript:alert(1))",
    "<base href=https://evil.example/><link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<style>@import 'https://evil.example/x.css';*{background:url(https://evil.example/x)}</style>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s><image href=https://evil.example/x /></svg>",
    "<form action=https://evil.example/><input name=csrf autofocus onfocus=alert(1)></form>",
    "<video poster=https://evil.example/x src=https://evil.example/y onerror=alert(1)></video>",
    '<div style="background:\\75rl(https://evil.example/x);position:fixed;inset:0">over everything</div>',
    "<img srcset=https://evil.example/x src=https://evil.example/x><input type=image src=https://evil.example/x>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<object data='data:text/html,<script>alert(1)</script>'></object><embed src=https://evil.example/x>",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(need("chromium")), args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A page of which every dialog and every request to another place is written down."""

    def __init__(self, chromium: Browser, port: int, **options: object) -> None:
        self.home = f"http://127.0.0.1:{port}"
        self.context: BrowserContext = chromium.new_context(**options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.dialogs: list[str] = []
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.context.on("request", self._see)
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def _see(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((self.home, "data:", "about:")):
            self.foreign.append(url)

    def log_in(self, address: str = "kim@example.com") -> None:
        self.page.goto(f"{self.home}/login")
        self.page.fill("input[name=address]", address)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_url(f"{self.home}/tickets")

    def look_at(self, path: str) -> None:
        """Open the page, and everything that is folded on it."""
        self.page.goto(f"{self.home}{path}")
        for details in self.page.query_selector_all("details"):
            details.evaluate("element => element.open = true")
        for frame in self.page.query_selector_all("iframe"):
            frame.scroll_into_view_if_needed()
            inner = frame.content_frame()
            assert inner is not None
            inner.wait_for_load_state("load")


@pytest.fixture
def poisoned(sqlite_database: Database, tmp_path: Path) -> Iterator[Web]:
    """A payload in every field that a stranger can reach: through the real pipeline where it lets them, else in the rows."""
    office = TestOffice(sqlite_database, tmp_path)
    agent, newcomer = hire(office)
    for number, payload in enumerate(PAYLOADS):
        raw = letter(
            f"Hong <hong{number}@customer.example>",
            "x",
            f"See {payload} and https://x.example/?q={payload}\n\n> {payload}\n",
            at=office.now,
            html=f"<p style='color:red'>seen</p><img src='cid:logo@mail'><p>{payload}</p>",
            logo=picture(),
            files=(("x.svg", "image/svg+xml", payload.encode()),),
        )
        office.take(raw.replace(b"Subject: x", b"Subject: " + payload.encode()))
    evil = " ".join(PAYLOADS)
    with office.database.write() as connection:
        connection.execute(contacts.update().values(name=evil[:255]))
        connection.execute(tickets.update().values(subject=evil, team=PAYLOADS[0], brand=PAYLOADS[1][:40]))
        everywhere = connection.execute(tickets.select()).all()
        connection.execute(ticket_tags.insert(), [{"ticket_id": row.id, "tag": PAYLOADS[2]} for row in everywhere])
        connection.execute(
            messages.update().values(
                recipients={"to": [evil], "cc": list(PAYLOADS)},
                author=evil[:320],
                author_name=evil[:255],
                message_id=evil,
                attachments=[
                    {
                        "part": "1.9",
                        "filename": PAYLOADS[1],
                        "content_type": PAYLOADS[0],
                        "size": 1,
                        "sha256": "",
                        "inline": False,
                        "content_id": PAYLOADS[0],
                    }
                ],
                trace={
                    "reason": evil,
                    "outcome": PAYLOADS[0],
                    "steps": [{"evidence": evil, "verdict": PAYLOADS[1], "reason": evil}],
                    "trust": {"level": PAYLOADS[1], "reason": evil},
                    PAYLOADS[0]: {PAYLOADS[1]: [evil]},
                },
            )
        )
        connection.execute(outbox.update().values(subject=evil, last_reply=evil, recipient=PAYLOADS[1]))
        connection.execute(
            journal.update()
            .where(journal.c.id == 1)
            .values(fate="quarantined", cause="<b>cause", last_error=evil, helo=evil[:255], reverse_path=PAYLOADS[1])
        )
    with running(services(office)) as port:
        yield Web(office, port, agent, newcomer, 1)


def test_nothing_of_a_stranger_runs_or_calls_home(poisoned: Web, chromium: Browser) -> None:
    watched = Watched(chromium, poisoned.port)
    watched.log_in()
    numbers = [row.id for row in poisoned.office.rows(tickets)]
    mails = [row.id for row in poisoned.office.rows(messages)]
    paths = [
        "/tickets",
        "/tickets?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/outbox",
        "/quarantine",
        "/quarantine/1",
        "/health",
    ]
    paths += [f"/tickets/{number}" for number in numbers]
    paths += ["/messages/1/trace", f"/messages/{mails[-1]}/trace", "/outbox/1", "/messages/1/raw"]
    paths += [f"/notices?kind=answer&ticket={numbers[0]}", f"/notices/html?kind=answer&ticket={numbers[0]}"]
    for path in paths:
        watched.look_at(path)
        frames = [frame for frame in watched.page.frames if "/html" in frame.url]
        if path.startswith("/tickets/"):
            assert frames, "the formatted mail was shown"
            assert all("seen" in frame.content() for frame in frames)
        assert watched.page.url == f"{watched.home}{path}", "nobody was led away"
    for number in mails[::4]:  # the frame's document as a page of its own, as if somebody opened it in a tab
        watched.page.goto(f"{watched.home}/messages/{number}/html")
        assert watched.page.evaluate("() => window.origin") == "null", "it has no origin, so nothing of ours to read"
    watched.page.wait_for_timeout(300)  # whatever was started late
    assert watched.dialogs == []
    assert watched.foreign == []
    watched.context.close()


def test_a_page_that_is_not_safe_is_noticed(poisoned: Web, chromium: Browser) -> None:
    """The watch itself: a dialog and a request elsewhere are seen."""
    watched = Watched(chromium, poisoned.port)
    watched.page.set_content("<img src='http://127.0.0.1:9/x'><script>alert('seen')</script>")
    watched.page.wait_for_timeout(200)
    assert watched.dialogs == ["seen"]
    assert watched.foreign == ["http://127.0.0.1:9/x"]
    watched.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_agents_day(small: Web, chromium: Browser, scripts: bool) -> None:
    """Log in, read, answer, change, look at the mail that goes out; with and without scripts."""
    watched = Watched(chromium, small.port, java_script_enabled=scripts)
    watched.log_in()
    page = watched.page
    page.click("text=Lamp")
    page.fill("textarea#reply-text", "안녕하세요, 전원을 확인해 주세요.")
    page.click("text=Send and solve")
    page.wait_for_url("**/tickets/1?done=reply")
    assert page.locator(".message.out .text").inner_text() == "안녕하세요, 전원을 확인해 주세요."
    page.select_option(".properties select[name=priority]", "high")
    page.fill(".properties input[name=tags]", "램프")
    page.click(".properties button")
    page.wait_for_url("**/tickets/1?done=saved")
    assert small.office.ticket(1).priority == "high"
    page.click(".message.out .state-held")
    assert page.locator("h1").inner_text() == "Re: Lamp"
    frame = page.frame_locator("iframe")
    assert "전원을 확인해 주세요" in frame.locator("body").inner_text()
    page.click("text=Log out")
    page.wait_for_url("**/login")
    assert watched.complaints == []
    assert watched.foreign == []
    watched.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(web: Web, chromium: Browser, scheme: str, width: int) -> None:
    browser, _ = web.browser()
    watched = Watched(chromium, web.port, viewport={"width": width, "height": 800}, color_scheme=scheme)
    watched.context.add_cookies([{"name": "gateway", "value": browser.cookies["gateway"], "url": watched.home}])
    for path in (
        "/tickets",
        "/tickets/1",
        "/tickets/3",
        "/messages/1/trace",
        "/outbox",
        "/outbox/2",
        "/notices?kind=ack&situation=holiday",
        "/health",
        "/quarantine",
        f"/quarantine/{web.quarantined}",
        "/account",
    ):
        watched.page.goto(f"{watched.home}{path}")
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert watched.complaints == []
    watched.context.close()
