"""A file name is a label: whatever was sent, what is left is bare, visible and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.attachments import safe_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("견적서 (최종).hwp", "견적서 (최종).hwp"),
        ("../../etc/cron.d/x", "x"),
        ("..\\..\\x", "x"),
        ("/abs", "abs"),
        ("C:\\x", "x"),
        ("\u200b.htaccess", "htaccess"),
        (".htaccess", "htaccess"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("a\0.pdf", "a.pdf"),
        ("x\r\nSet-Cookie: a=b", "xSet-Cookie_ a=b"),
        ('"><img src=x onerror=alert(1)>', "___img src=x onerror=alert(1)_"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af.txt", "한글.txt"),
        ("か\u3099.txt", "が.txt"),
        ("a\u2215b", "b"),
        ("\uff0e\uff0e\uff0fx", "x"),
        ("x" * 5000 + ".docx", "x" * 145 + ".docx"),
        ("", None),
        (None, None),
        ("...", None),
        ("   ", None),
        ("\u200b\u200b", None),
        ("name. ", "name"),
    ],
)
def test_name_is_made_safe(sent: str | None, shown: str | None) -> None:
    assert safe_name(sent) == shown


@given(st.text(max_size=400))
def test_any_name_is_safe_and_stays_so(sent: str) -> None:
    name = safe_name(sent)
    if name is None:
        return
    assert 0 < len(name) <= 150
    assert name.isprintable()
    assert not set(name) & set('/\\<>:"|?*')
    assert not name.startswith(".")
    assert safe_name(name) == name
