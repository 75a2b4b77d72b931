"""I-6, file names that are paths, hidden files, headers or markup: a name is a label and nothing else."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote

from gateway.store.schema import messages
from tests.support.accepted import accepted, mail
from tests.web.conftest import Web

# Whatever folders and devices these name, as they stand in a Content-Disposition.
NAMES = (
    "../../etc/cron.d/x",
    "..\\..\\x",
    "/abs",
    "C:\\x",
    "\u200b.htaccess",
    ".htaccess",
    "con",
    "x" * 5000,
    "a\0.pdf",
    "x\r\nSet-Cookie: a=b",
    '"><img src=x onerror=alert(1)>',
    "\u202egpj.exe",
    "=?utf-8?q?..=2F..=2Fx?=",
    "%2e%2e%2fx",
    "",
    "a/../../b",
    "\uff0e\uff0e\uff0fx",
    "x;y=z",
    "x' OR 1=1 --",
    "$(touch /tmp/x)`id`",
    "-rf",
    "..",
)


def parts() -> bytes:
    """One mail with a file of each name, once more in the pieces of RFC 2231, and a thousand of one name."""
    lines = [b"--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n"]
    for name in NAMES:
        octets = name.encode("utf-8")
        quoted = octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\r\n", b" ").replace(b"\0", b"")
        percent = b"".join(b"%%%02X" % octet for octet in octets)
        half = len(percent) // 6 * 3
        fields = (
            b'attachment; filename="' + quoted + b'"',
            b"attachment; filename*=utf-8''" + percent,
            b"attachment; filename*0*=utf-8''" + percent[:half] + b"; filename*1*=" + percent[half:],
        )
        head = b"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: "
        lines.extend(head + field + b"\r\n\r\nx\r\n" for field in fields)
    top = mail(subject="Files").partition(b"Content-Type")[0]
    return top + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(lines) + b"--b--\r\n"


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_names_are_labels(small: Web, tmp_path: Path) -> None:
    """Stored is the mail alone: no file of a stranger's name is ever made, anywhere."""
    here = files_below(tmp_path)
    outside = {path: path.exists() for path in map(Path, ("/abs", "/etc/cron.d/x", "/x", "/tmp/x"))}
    row = small.office.take(parts())
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    assert len(message.attachments) == 3 * len(NAMES)
    assert {path: path.exists() for path in outside} == outside
    assert all(
        re.fullmatch(r"gateway\.db(?:-\w+)?(?:\.\w+)?|blobs/(?:[0-9a-f/]+|\.lock)", name)
        for name in files_below(tmp_path) - here
    )
    for file in message.attachments:
        name = file["filename"]
        assert name is None or (len(name) <= 150 and not set(name) & set('/\\\0\r\n"<>')), name
        assert name is None or not name.startswith((".", "con")), name
    browser, _ = small.browser()
    page = browser.get("/tickets/2").text
    assert "<img src=x" not in page
    for file in message.attachments:
        answer = browser.get(f"/messages/{message.id}/attachments/{file['part']}")
        assert (answer.status, answer.body) == (200, b"x")
        assert "set-cookie" not in answer.headers
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(r"attachment; filename=\"[^\"/\\]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+", disposition)
        shown = unquote(disposition.partition("filename*=UTF-8''")[2])
        assert not set(shown) & set("/\\\r\n\0\u202e\u200b")


def test_a_large_mail_is_one_file_with_a_name_of_ours(small: Web, tmp_path: Path) -> None:
    """Bodies above ``limits.small_body`` are blobs, named by their digest."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = "hong@customer.example", "support@example.com", "../../x"
    letter["Message-ID"] = "<../../../etc/passwd@customer.example>"
    letter.set_content("x")
    for name in ("../../x", ".htaccess") * 5:
        letter.add_attachment(b"\0" * 100_000, maintype="application", subtype="octet-stream", filename=name)
    raw = bytes(letter)
    digest = small.office.journal.blobs.put(raw)
    small.office.journal.append([accepted(raw, in_blob=True)])
    small.office.work()
    blobs = [name for name in files_below(tmp_path) if name.startswith("blobs/") and name != "blobs/.lock"]
    assert len(blobs) == 1
    assert blobs[0].replace("/", "").endswith(digest)


def test_a_thousand_files_of_one_name_are_bounded(small: Web) -> None:
    part = b"--b\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n"
    head = mail(subject="Many").partition(b"Content-Type")[0]
    row = small.office.take(head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 1000 + b"--b--\r\n")
    (message,) = small.office.rows(messages, messages.c.journal_id == row.id)
    assert 400 <= len(message.attachments) <= 500, "limits.PARTS"
    assert len({file["part"] for file in message.attachments}) == len(message.attachments), "each has its own address"
    browser, _ = small.browser()
    assert browser.get(f"/tickets/{message.ticket_id}").status == 200
