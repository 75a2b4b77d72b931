"""I-16, XML in mail: a report is an attachment. No entity is ever resolved, because nothing of a mail is read as XML."""

import gzip
import re
import time
from pathlib import Path

import pytest

from gateway.mail.read import read
from gateway.store.schema import messages
from tests.support.day import letter
from tests.support.gateways import REPOSITORY
from tests.web.conftest import Web

REPORT = "<feedback><report_metadata><org_name>{}</org_name></report_metadata></feedback>"
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
)
DOCUMENTS = {
    "a file of ours": '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + REPORT.format("&x;"),
    "an address of ours": '<!DOCTYPE f [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>' + REPORT.format("&x;"),
    "a parameter entity": '<!DOCTYPE f [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]>' + REPORT.format("x"),
    "a billion laughs": LAUGHS + REPORT.format("&l9;"),
    "a quadratic blow-up": '<!DOCTYPE f [<!ENTITY a "' + "a" * 50_000 + '">]>' + REPORT.format("&a;" * 50_000),
    "an inclusion": '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname" parse="text"/></x>',
    "a style sheet": '<?xml-stylesheet href="file:///etc/hostname"?>' + REPORT.format("x"),
    "a schema": '<x xsi:schemaLocation="x http://127.0.0.1:1/x.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>',
}
KINDS = (
    "text/xml",
    "application/xml",
    "application/tlsrpt+gzip",
    "application/gzip",
    "image/svg+xml",
    "application/dmarc+xml",
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_report_is_an_attachment(small: Web, name: str) -> None:
    there = Path("/etc/hostname")
    hostname = there.read_text().strip() if there.exists() else "no such file"
    content = DOCUMENTS[name].encode()
    packed = {kind: gzip.compress(content) if "gzip" in kind else content for kind in KINDS}
    files = tuple((f"report-{number}.xml", kind, octets) for number, (kind, octets) in enumerate(packed.items()))
    raw = letter(
        "noreply-dmarc@google.test", "Report domain: example.com", "See the report.", at=small.office.now, files=files
    )
    began = time.process_time()
    row = small.office.take(raw)
    assert time.process_time() - began < 2
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    assert [file["content_type"] for file in message.attachments] == list(KINDS)
    assert [file["size"] for file in message.attachments] == [len(file[2]) for file in files], "each as it came"
    assert message.text.strip() == "See the report."
    assert hostname not in message.text
    assert "lollol" not in message.text


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "application/xhtml+xml", "application/soap+xml"])
def test_a_mail_that_is_nothing_but_xml(kind: str) -> None:
    message = read(f"From: a@b.test\r\nContent-Type: {kind}\r\n\r\n{DOCUMENTS['a billion laughs']}".encode())
    assert len(message.text) < 10_000
    assert "lollol" not in message.text


def test_nothing_of_ours_reads_xml() -> None:
    """Whoever adds a reader of reports makes it one that resolves nothing, and says so here."""
    found = [
        path.relative_to(REPOSITORY)
        for path in (REPOSITORY / "gateway").rglob("*.py")
        if re.search(
            r"^\s*(?:import|from) (?:xml|lxml|defusedxml|expat|xmltodict|bs4)\b", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert found == []
