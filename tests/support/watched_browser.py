"""Chromium with its eyes open: everything that runs, asks another place, or is refused by a policy is written down.

All requests but those to our own port go to a proxy that only writes them down; the browser's own network log tells of names that
were looked up. A script that runs says so on the console, whatever frame it is in.
"""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from tests.support.need import need

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
]
RAN = "RAN"
# In every frame, before anything of the page: whoever calls one of these has run.
_TELL = f"""
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => console.error('{RAN} ' + location.href);
addEventListener('securitypolicyviolation', e => {{
  if (e.effectiveDirective.startsWith('script')) console.error('REFUSED ' + e.effectiveDirective + ' ' + e.sample);
}});
"""
_CHROMIUM = re.compile(
    r"^[A-Z]+ (?:https?://)?[a-z0-9.-]*\.?(?:google|googleapis|gvt1|gstatic)\.com[:/]"
)  # its own errands
_SUSPECT = ("Blocked script execution", "Refused to execute", "Refused to load the script", "Refused to run")


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    server: _Proxy
    timeout = 5

    def handle(self) -> None:
        try:
            line = self.rfile.readline(4096).decode("latin-1").strip()
        except OSError:
            return
        if line and not _CHROMIUM.search(line):
            self.server.asked.append(line)
            self.wfile.write(b"HTTP/1.1 502 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@dataclass
class Watched:
    """One browser on one of our ports. Lists only grow; ``clear`` begins anew."""

    browser: Browser
    context: BrowserContext
    page: Page
    home: str
    proxied: list[str]
    ran: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    led_to: list[str] = field(default_factory=list)  # pages elsewhere, and windows that opened

    def clear(self) -> None:
        for seen in (self.proxied, self.ran, self.refused, self.dialogs, self.led_to):
            seen.clear()

    def open(self, path: str, *, wait: str = "domcontentloaded") -> None:
        self.page.goto(f"{self.home}{path}", wait_until=wait)  # type: ignore[arg-type]

    def open_frames(self, paths: list[str], *, settle: float = 0.0) -> int:
        """Show documents of ours side by side, each in a frame as the ticket page has it but for the sandbox; how many loaded.

        Whatever the frame's own headers say holds; ``settle`` seconds are for what starts late.
        """
        self.open("/login")
        return int(
            self.page.evaluate(
                """([paths, settle]) => Promise.all(paths.map(path => new Promise(done => {
                    const frame = document.createElement('iframe');
                    frame.onload = () => done(1);
                    setTimeout(() => done(0), 15000);
                    frame.src = path;
                    document.body.append(frame);
                }))).then(all => new Promise(done => setTimeout(() => done(all.reduce((a, b) => a + b, 0)), settle * 1000)))""",
                [paths, settle],
            )
        )

    @property
    def harm(self) -> dict[str, list[str]]:
        """Whatever was seen that must not be, by kind; empty where nothing was."""
        kinds = {
            "ran": self.ran,
            "refused": self.refused,
            "dialogs": self.dialogs,
            "asked": self.proxied,
            "led to": self.led_to,
        }
        return {name: seen for name, seen in kinds.items() if seen}


@contextmanager
def watched_browser(port: int, net_log: Path | None = None, **options: Any) -> Iterator[Watched]:
    """A browser for one of our servers; ``net_log`` is where Chromium writes down its own network after it has ended."""
    proxy = _Proxy()
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    home = f"http://127.0.0.1:{port}"
    flags = [
        *FLAGS,
        f"--proxy-server=127.0.0.1:{proxy.server_address[1]}",
        f"--proxy-bypass-list=<-loopback>;127.0.0.1:{port}",
        *([f"--log-net-log={net_log}"] if net_log is not None else []),
    ]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(need("chromium")), args=flags)
            context = browser.new_context(**options)
            context.add_init_script(_TELL)
            page = context.new_page()
            watched = Watched(browser, context, page, home, proxy.asked)
            _watch(watched, page)
            context.on("page", lambda opened: (watched.led_to.append(f"window {opened.url}"), _watch(watched, opened)))
            yield watched
            browser.close()
    finally:
        proxy.shutdown()
        thread.join(5)
        proxy.server_close()


def looked_up(net_log: Path, name: str) -> list[str]:
    """Entries of Chromium's network log that name a host: requests, look-ups, connections."""
    found = re.findall(rf'"[^"\n]*{re.escape(name)}[^"\n]*"', net_log.read_text("utf-8", "replace"))
    return sorted(set(found))


def _watch(watched: Watched, page: Page) -> None:
    def on_console(said: Any) -> None:
        text = said.text
        if text.startswith(RAN):
            watched.ran.append(text)
        elif text.startswith("REFUSED") or any(it in text for it in _SUSPECT):
            watched.refused.append(text)

    def on_frame(frame: Frame) -> None:
        if not frame.url.startswith((watched.home, "about:", "data:")) or frame.url.startswith("data:text/html"):
            watched.led_to.append(frame.url)

    page.on("console", on_console)
    page.on("dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("framenavigated", on_frame)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
