"""Any order of commands, against the smallest model of an SMTP session that there is."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.config.model import Limits
from gateway.smtp.dialogue import Dialogue, HangUp, Rules, Step
from gateway.smtp.recipients import judge
from gateway.smtp.replies import SmtpReply
from tests.support.smtp_house import settings

LINES = [
    b"EHLO client.example", b"HELO client.example", b"EHLO", b"LHLO client.example", b"MAIL FROM:<kim@customer.example>", b"MAIL FROM:<>",
    b"MAIL FROM:<kim@customer.example> SIZE=10", b"MAIL FROM:<kim", b"RCPT TO:<support@example.com>", b"RCPT TO:<nobody@example.com>",
    b"RCPT TO:<victim@other.example>", b"RCPT TO:<reply+x@reply.example.com>", b"RCPT", b"DATA", b"DATA x", b"RSET", b"NOOP", b"VRFY x",
    b"HELP", b"STARTTLS", b"QUIT", b"XYZZY", b"", b"GET / HTTP/1.1", b"BDAT 1", b"\xff",
]  # fmt: skip
ADDRESSES = settings().addresses


def dialogue(*, offers_starttls: bool) -> Dialogue:
    rules = Rules(
        "mx", is_lmtp=False, limits=Limits(), may_mail=lambda _: None, judge=lambda address: judge(ADDRESSES, address)
    )
    return Dialogue(rules, offers_starttls=offers_starttls)


@given(
    lines=st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=30)), max_size=60),
    offers_starttls=st.booleans(),
)
def test_any_order(lines: list[bytes], offers_starttls: bool) -> None:
    spoken = dialogue(offers_starttls=offers_starttls)
    said_hello = has_sender = False
    recipients = 0
    for line in lines:
        answer = spoken.answer(line)
        ok = isinstance(answer, SmtpReply) and answer.code == 250
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO", b"LHLO") and ok:
            said_hello, has_sender, recipients = True, False, 0
        elif verb == b"RSET" and ok:
            has_sender, recipients = False, 0
        elif verb == b"MAIL" and ok:
            assert said_hello
            assert not has_sender
            has_sender = True
        elif verb == b"RCPT" and ok:
            assert has_sender
            recipients += 1
        elif answer is Step.DATA:
            assert recipients
            spoken.reset()
            has_sender, recipients = False, 0
        elif answer is Step.STARTTLS:
            assert offers_starttls
        else:
            assert isinstance(answer, SmtpReply | HangUp) or answer is Step.QUIT
        assert (spoken.transaction is not None) is has_sender
        assert (spoken.transaction.accepted if spoken.transaction else 0) == recipients
        if spoken.transaction:
            assert set(spoken.transaction.recipients) <= {"support@example.com", "reply+x@reply.example.com"}
