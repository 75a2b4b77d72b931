"""I-8, attachments that run: whatever a file is, it comes as a download that no page of ours can use as a script or a document."""

import gzip
import zlib
from urllib.parse import unquote

import pytest

from gateway.store.schema import messages
from tests.support.day import letter, picture
from tests.support.watched_browser import watched_browser
from tests.web.conftest import Web

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
XHTML = b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
XSLT = (
    b"<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='#x'?>"
    b"<x:stylesheet id='x' version='1.0' xmlns:x='http://www.w3.org/1999/XSL/Transform'><x:template match='/'>"
    b"<script>alert(1)</script></x:template></x:stylesheet>"
)
MHT = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=m\r\n\r\n"
    b"--m\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\r\n--m--\r\n"
)
FILES = (
    ("page.svg", "image/svg+xml", SVG),
    ("page.svgz", "image/svg+xml", gzip.compress(SVG)),
    ("page.html", "text/html", b"<script>alert(1)</script>"),
    ("page.htm", "text/html; charset=utf-7", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
    ("page.xhtml", "application/xhtml+xml", XHTML),
    ("data.xml", "text/xml", XSLT),
    ("data.xsl", "application/xslt+xml", XSLT),
    ("code.js", "text/javascript", b"alert(document.domain)"),
    ("code.mjs", "application/javascript", b"alert(1)"),
    ("code.wasm", "application/wasm", b"\0asm\1\0\0\0"),
    ("style.css", "text/css", b"*{background:url(https://evil.example/x)}"),
    ("film.swf", "application/x-shockwave-flash", b"FWS\x0b"),
    ("run.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
    ("page.mht", "application/x-mimearchive", MHT),
    ("page.mhtml", "multipart/x-mixed-replace", MHT),
    ("letter.eml", "application/octet-stream", b"Subject: x\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>"),
    ("photo.png", "image/png", picture()),
    ("photo.png", "image/png", b"<script>alert(1)</script>"),
    ("notes.txt", "text/plain", b"<script>alert(1)</script>"),
    ("table.csv", "text/csv", b"=cmd|'/c calc'!A1"),
    ("app.hta", "application/hta", b"<script>alert(1)</script>"),
    ("page.php", "application/x-httpd-php", b"<?php phpinfo();"),
    (".htaccess", "text/plain", b"AddType text/html .png"),
    ("feed.rss", "application/rss+xml", XHTML),
    ("none", "x/x", b"<html><script>alert(1)</script>"),
    ("견적서 \u202efdp.exe", "application/x-msdownload", b"MZ"),
)  # fmt: skip
HARMLESS = {
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "text/plain",
    "text/csv",
    "application/zip",
}
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def send(small: Web) -> int:
    """One mail with every file; the id of its message."""
    files = tuple(
        (name, kind.partition(";")[0], content) for name, kind, content in FILES if not kind.startswith("multipart")
    )
    raw = letter("Hong <hong@customer.example>", "Files", "See the files.", at=small.office.now, files=files)
    more = [(name, kind, content) for name, kind, content in FILES if kind.startswith("multipart") or ";" in kind]
    boundary = raw.partition(b'boundary="')[2].partition(b'"')[0]
    for name, kind, content in more:
        part = f"--{boundary.decode()}\r\nContent-Type: {kind}; boundary=m\r\nContent-Disposition: attachment; filename={name}\r\n\r\n"
        raw = raw.replace(b"--" + boundary + b"--", part.encode() + content + b"\r\n--" + boundary + b"--")
    row = small.office.take(raw)
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    return int(message.id)


def addresses(small: Web, message: int) -> list[tuple[dict[str, str], str]]:
    (row,) = small.office.rows(messages, messages.c.id == message)
    return [(file, f"/messages/{message}/attachments/{file['part']}") for file in row.attachments]


def test_every_file_is_a_download(small: Web) -> None:
    message = send(small)
    browser, _ = small.browser()
    found = addresses(small, message)
    assert len(found) >= len(FILES)
    for file, path in found:
        answer = browser.get(path)
        assert answer.status == 200, file
        assert answer.headers["content-disposition"].startswith("attachment; filename="), file
        assert "\u202e" not in unquote(answer.headers["content-disposition"])
        assert answer.headers["x-content-type-options"] == "nosniff", file
        assert answer.headers["content-security-policy"] == POLICY, file
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        told = answer.headers["content-type"].partition(";")[0]
        assert told in HARMLESS | {"application/octet-stream"}, file
        assert told == file["content_type"] or file["content_type"] not in HARMLESS, file
        assert "charset=utf-7" not in answer.headers["content-type"].lower()


def test_raw_mail_is_text_or_a_download(small: Web) -> None:
    message = send(small)
    browser, _ = small.browser()
    shown, saved = browser.get(f"/messages/{message}/raw"), browser.get(f"/messages/{message}/raw?download=1")
    assert shown.headers["content-type"].startswith("text/plain; charset=")
    assert saved.headers["content-disposition"].startswith("attachment")
    for answer in (shown, saved):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.real
def test_no_page_of_ours_can_run_or_show_one(small: Web) -> None:
    """Opened by its address it is saved; as script, style, frame, object or worker of a page of ours it is refused."""
    message = send(small)
    browser, _ = small.browser()
    found = addresses(small, message)
    with watched_browser(small.port, accept_downloads=True) as watched:
        watched.context.add_cookies([{"name": "gateway", "value": browser.cookies["gateway"], "url": watched.home}])
        watched.open("/tickets")
        for _, path in found[:6]:
            with watched.page.expect_download() as download:
                watched.page.evaluate("path => { location.href = path }", path)
            assert download.value.suggested_filename
            assert watched.page.url == f"{watched.home}/tickets"
        loaded = watched.page.evaluate(
            """paths => Promise.all(paths.flatMap(path => ['script', 'link', 'iframe', 'object', 'embed'].map(name => new Promise(done => {
                const element = document.createElement(name);
                element.onload = () => done(name === 'iframe' || name === 'object' ? 0 : 1);
                element.onerror = () => done(0);
                setTimeout(() => done(0), 2000);
                if (name === 'script' || name === 'iframe' || name === 'embed') element.src = path;
                else if (name === 'object') element.data = path;
                else { element.rel = 'stylesheet'; element.href = path; }
                document.body.append(element);
            })))).then(all => all.reduce((a, b) => a + b, 0))""",
            [path for _, path in found],
        )
        worker = watched.page.evaluate("path => { try { new Worker(path); return 1 } catch { return 0 } }", found[0][1])
        watched.page.wait_for_timeout(200)
        assert watched.ran == []
        assert watched.dialogs == []
        assert [line for line in watched.proxied if "evil.example" in line] == []
        assert loaded == 0
        assert worker in (0, 1)
        assert watched.refused, "the browser said that it refused scripts"


def test_packed_files_stay_packed(small: Web) -> None:
    """No Content-Encoding of the sender's making: a browser unpacks nothing that we did not pack."""
    message = send(small)
    browser, _ = small.browser()
    for file, path in addresses(small, message):
        answer = browser.get(path)
        assert "content-encoding" not in answer.headers
        if (file["filename"] or "").endswith("svgz"):
            assert zlib.decompress(answer.body, 31) == SVG
