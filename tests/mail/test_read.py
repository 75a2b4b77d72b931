"""What holds for every mail that is read: limits, the fingerprint, nothing lost."""

import base64
import quopri

from gateway.mail import limits
from gateway.mail.read import read

BODY = "안녕하세요. 확인 부탁드립니다.\r\n".encode()
HEAD = b"From: Kim <kim@customer.example>\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"


def as_plain(encoding: bytes, body: bytes, *, path: bytes = b"") -> bytes:
    return (
        path
        + HEAD
        + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
        + encoding
        + b"\r\n\r\n"
        + body
    )


def test_the_same_mail_by_two_paths_has_one_fingerprint() -> None:
    once = read(as_plain(b"8bit", BODY))
    paths = (
        as_plain(
            b"8bit", BODY, path=b"Received: from a.test by b.test; Tue, 5 Mar 2024 14:31:22 +0900\r\nX-Spam: no\r\n"
        ),
        as_plain(b"base64", base64.encodebytes(BODY)),
        as_plain(b"quoted-printable", quopri.encodestring(BODY)),
        as_plain(b"8bit", BODY).replace(b"\r\n", b"\n"),
    )
    assert {read(raw).content_fingerprint for raw in paths} == {once.content_fingerprint}
    assert [read(raw).received_count for raw in paths] == [1, 0, 0, 0]


def test_another_mail_has_another_fingerprint() -> None:
    raw = as_plain(b"8bit", BODY)
    others = (raw.replace(b"kim@", b"lee@"), raw.replace(b"Hello", b"Hello!"), as_plain(b"8bit", BODY + b"PS\r\n"))
    assert len({read(one).content_fingerprint for one in (raw, *others)}) == 4


def test_an_attachment_changes_the_fingerprint() -> None:
    mixed = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: image/png\r\n\r\nAAA\r\n--b--\r\n"
    )
    assert read(mixed).content_fingerprint != read(mixed.replace(b"AAA", b"AAB")).content_fingerprint


def test_more_parts_than_allowed_are_one_part() -> None:
    many = b"".join(b"--b\r\nContent-Type: image/gif\r\n\r\nG%d\r\n" % number for number in range(limits.PARTS + 100))
    message = read(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + many + b"--b--\r\n")
    assert len(message.attachments) <= limits.PARTS
    assert f"G{limits.PARTS + 99}".encode() in message.attachments[-1].content
    assert any("more than 500 parts" in note for note in message.defects)


def test_parts_too_deep_are_kept_unopened() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(80)
    )
    message = read(HEAD + deep + b"Content-Type: text/plain\r\n\r\nbottom\r\n")
    assert any("nested deeper" in note for note in message.defects)
    assert b"bottom" in b"".join(item.content for item in message.attachments)


def test_a_very_long_text_is_shown_in_part_and_attached_whole() -> None:
    words = b"0123456789 abcdef\r\n" * 100_000
    message = read(HEAD + b"Content-Type: text/plain\r\n\r\n" + words)
    assert 0 < len(message.text) <= limits.TEXT
    assert [item.content for item in message.attachments] == [words]


def test_a_long_header_block_is_cut_and_the_body_still_found() -> None:
    message = read(
        b"Subject: s\r\n" + b"X: " + b"y" * 60_000 + b"\r\n" + b"X-More: z\r\n" * 40_000 + b"\r\nthe body\r\n"
    )
    assert (message.subject, message.text) == ("s", "the body\n")
    assert len(message.headers) <= limits.HEADER_FIELDS


def test_part_paths_name_the_same_part_each_time() -> None:
    related = b"--i\r\nContent-Type: text/html\r\n\r\n<p>x\r\n--i\r\nContent-Type: image/png\r\n\r\nP\r\n--i--\r\n"
    first = b"--o\r\nContent-Type: multipart/related; boundary=i\r\n\r\n" + related
    second = b"--o\r\nContent-Type: image/gif\r\n\r\nG\r\n--o--\r\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=o\r\n\r\n" + first + second
    assert [(item.part, item.content_type) for item in read(raw).attachments] == [
        ("1.2", "image/png"),
        ("2", "image/gif"),
    ]
    assert [item.inline for item in read(raw).attachments] == [True, False]


def test_nothing_at_all_is_a_message_too() -> None:
    message = read(b"")
    assert (message.text, message.subject, message.author, message.attachments) == ("", None, None, ())


def test_remote_images_are_counted() -> None:
    assert read(HEAD + b"Content-Type: text/html\r\n\r\n<img src=https://t.test/p.gif><p>x").remote_content == 1
