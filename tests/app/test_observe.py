"""Log lines: one JSON object each, nothing that could act on a terminal, no secret."""

import json
import logging
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.load import load
from gateway.observe import JsonFormatter, start_logging
from tests.support.gateways import REPOSITORY

SECRET = "hunter2-and-more"


def line(message: str, *arguments: object, **extra: object) -> str:
    record = logging.LogRecord("gateway.smtp", logging.INFO, "", 0, message, arguments, None)
    vars(record).update(extra)
    return JsonFormatter("smtp", [SECRET]).format(record)


def test_a_line_says_who_what_and_about_which_mail() -> None:
    found = json.loads(line("mail %s", "accepted", size=7, receipt="abc"))
    assert list(found) == ["time", "level", "role", "pid", "logger", "event", "receipt", "size"]
    assert (found["event"], found["role"], found["receipt"], found["size"]) == ("mail accepted", "smtp", "abc", 7)
    assert found["time"].endswith("Z")


@pytest.mark.parametrize(
    "text",
    ["a\r\nfake line", "\x1b]0;x\x07", "\u202egpj.exe", "\x9b31m", "\u2028", "\ud800", "\u200b", "\U000e0041", "a\0b"],
)
def test_nothing_in_a_line_acts_on_a_terminal(text: str) -> None:
    written = line("helo", helo=text)
    assert text not in written
    assert written.isprintable()
    assert json.loads(written)["helo"] == text


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.lists(st.text())))
def test_every_line_is_one_printable_json_object(message: str, data: dict[str, object]) -> None:
    written = line("%s", message, data=data)
    assert json.loads(written)["event"] == message
    assert "\n" not in written
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in written)


def test_readable_text_stays_readable() -> None:
    assert "환불 요청 返品" in line("x", subject="환불 요청 返品")


@pytest.mark.parametrize(
    ("extra", "hidden"),
    [
        ({"fault": f"535 {SECRET} refused"}, SECRET),
        ({"password": "abc"}, "abc"),
        ({"smtp_password": "abc"}, "abc"),
        ({"data": {"csrf": "abc", "list": [{"cookie": "abc"}]}}, "abc"),
        ({"to": f"reply+{'a2' * 20}@reply.example.com"}, "a2a2"),
        ({"to": f"REPLY+{'A2' * 20}@REPLY.example.com"}, "A2A2"),
        ({"url": "postgresql://gateway:abc@db/x"}, "abc"),
    ],
)
def test_secrets_are_blotted_out(extra: dict[str, object], hidden: str) -> None:
    written = line("x", **extra)
    assert hidden not in written
    assert "[secret]" in written


def test_secrets_are_blotted_out_of_messages_and_tracebacks() -> None:
    try:
        raise RuntimeError(f"cannot log in with {SECRET}")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, f"{SECRET}", (), sys.exc_info())
    written = JsonFormatter("x", [SECRET]).format(record)
    assert "RuntimeError: cannot log in" in written
    assert SECRET not in written


def test_a_huge_value_is_cut() -> None:
    assert len(line("x", value="a" * 10**6)) < 10_000


@pytest.mark.usefixtures("untouched_logging")
def test_the_configuration_says_what_is_logged_and_what_is_secret(tmp_path: Path) -> None:
    environ = {
        "GATEWAY__LOGGING__LEVEL": "warning",
        "GATEWAY__OUTBOUND__PASSWORD": SECRET,
        "GATEWAY__OUTBOUND__SMARTHOST": "127.0.0.1:1",
    }
    descriptor = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY)
    start_logging("smtp", load(REPOSITORY / "config" / "gateway.yaml", environ), descriptor)
    logging.getLogger("gateway.smtp").info("not worth a line")
    logging.getLogger("gateway.smtp").warning("AUTH with %s failed", SECRET)
    os.close(descriptor)
    logging.getLogger("gateway.smtp").warning("nobody can read this, and nothing happens")
    (written,) = (tmp_path / "log").read_text().splitlines()
    assert json.loads(written)["event"] == "AUTH with [secret] failed"
