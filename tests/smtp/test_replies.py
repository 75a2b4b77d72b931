"""Each reply says what it means, in the form of RFC 5321 section 4.2 and RFC 2034."""

import re

import pytest

from gateway.smtp import replies
from gateway.smtp.replies import SmtpReply

ALL = {name: value for name, value in vars(replies).items() if isinstance(value, SmtpReply)}


@pytest.mark.parametrize("reply", ALL.values(), ids=ALL.keys())
def test_the_class_of_both_codes_agrees(reply: SmtpReply) -> None:
    assert re.fullmatch(rb"[2-5][0-9][0-9] [^\r\n]+\r\n", reply.wire)
    if reply.code == 354:
        assert reply.detail == ""
    else:
        assert re.match(rf"{reply.code} {reply.code // 100}\.[0-7]\.[0-9]{{1,2}} ", str(reply))


def test_lines() -> None:
    assert replies.hello("mx", ("A", "B")).wire == b"250-mx\r\n250-A\r\n250 B\r\n"
    assert SmtpReply(250, "1.1", "a\nb").wire == b"250-2.1.1 a\r\n250 2.1.1 b\r\n"
    assert str(replies.accepted("abc")) == "250 2.0.0 Accepted as abc"
