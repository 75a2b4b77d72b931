"""Our own mail, should it come back to us: read as what it is, so that nothing answers it and its ticket is known."""

import pytest

from gateway.mail.model import Kind
from gateway.mail.read import read
from gateway.notify.notices import LANGUAGES, Acknowledgement, Answer, Notice, Resolution
from tests.support.notices import ADDRESSEE, Writer


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", [Acknowledgement(), Resolution()], ids=["ack", "resolution"])
def test_our_automatic_mail_is_never_taken_for_a_persons(writer: Writer, notice: Notice, language: str) -> None:
    message = read(writer(notice, language=language).raw)
    assert message.auto.is_auto
    assert message.auto.kind is not Kind.BOUNCE
    assert message.defects == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_reads_back_whole(writer: Writer, language: str) -> None:
    words = {"ko": "배송이 시작되었습니다.", "ja": "発送いたしました。", "en": "It is on its way."}[language]
    subject = {"ko": "주문", "ja": "注文", "en": "Order"}[language]
    finished = writer(Answer(words, subject=subject), language=language)
    message = read(finished.raw)
    assert not message.auto.is_auto
    assert message.subject == f"Re: {subject}"
    assert message.text.strip() == finished.text
    assert message.author is not None
    assert message.author.address == "support@example.com"
    assert message.message_id == ADDRESSEE.message_id
    assert message.references == ADDRESSEE.references
    assert message.defects == ()
