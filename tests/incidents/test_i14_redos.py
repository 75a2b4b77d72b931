"""I-14, regular expressions that run for ever: hostile mails cost little, and a hostile pattern of a rule costs no more."""

import time

import pytest

from gateway.mail.read import read
from gateway.rules.patterns import compile_pattern
from gateway.smtp import grammar

HEAD = b"From: kim@customer.example\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
MAILS = {
    "quotation marks": HEAD + b">" * 200_000,
    "lines of quotation marks": HEAD + b">\r\n" * 100_000,
    "attributions": HEAD + b"On " + b"x on y at z " * 50_000,
    "prefixes": b"From: kim@customer.example\r\nSubject: " + b"Re: " * 20_000 + b"\r\n\r\ntext\r\n",
    "one long word": HEAD + b"te" * 500_000,
    "references": b"From: kim@customer.example\r\nReferences: " + b"<" * 50_000 + b"\r\n\r\ntext\r\n",
    "comments": b"From: " + b"(" * 50_000 + b"kim@customer.example\r\n\r\ntext\r\n",
}


@pytest.mark.parametrize("name", MAILS)
def test_a_hostile_mail_costs_at_most_two_seconds(name: str) -> None:
    began = time.process_time()
    read(MAILS[name])
    assert time.process_time() - began < 2.0


def test_a_hostile_pattern_of_a_rule_is_linear() -> None:
    began = time.process_time()
    assert not compile_pattern("(a+)+$").found_in("a" * 50 + "!")
    assert not compile_pattern("(a|a)*b").found_in("a" * 100_000)
    assert time.process_time() - began < 1.0


def test_commands_of_any_length_are_read_at_once() -> None:
    began = time.process_time()
    for octets in (
        b"MAIL FROM:<" + b"a." * 1000,
        b"MAIL FROM:<@" + b"a,@" * 600,
        b"MAIL FROM:<" + b'"\\' * 900,
        b"EHLO " + b"a-" * 1000,
    ):
        command = grammar.read_command(octets)
        assert command is not None
        assert grammar.read_mail(command.argument) is None
        assert not grammar.is_helo_name(command.argument)
    assert time.process_time() - began < 0.5
