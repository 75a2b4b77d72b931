"""Each mail of the demonstration is read to what its author meant: who, when, in which language, which words, which files."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.demo.agent import mails_of
from gateway.demo.build import Addresses, Thread, build, build_day
from gateway.demo.day import DAY
from gateway.demo.model import Mail
from gateway.mail.model import Kind
from gateway.mail.read import read

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
ADDRESSES = Addresses(
    {"ko": "support@example.com", "ja": "support@example.com", "en": "support@example.com"}, "desk@example.com"
)
BUILT = {built.mail.name: built for built in build_day(DAY, ADDRESSES, now=NOW, run="run")}
for _mail in mails_of():
    BUILT[_mail.name] = build(_mail, ADDRESSES, now=NOW, run="run", thread=Thread("ours@reply.example.com", (), ""))
WRITTEN = [it.mail for it in BUILT.values() if it.mail.same_as is None]

# Forwarded text below a mail is the sender's matter, not the sender's words.
FORWARDED = {"ko-forwarded-by-daughter": "수취 거부를 하면 될까요?", "en-forwarded-receipt": "Rachel"}
MISLABELLED = {"ko-euc-kr-wrongly-labelled": "charset iso-8859-1 is wrong: the text is cp949"}

SEEN = [  # name, field of the message, what must be in it
    ("ko-outlook-cp949", "text", "제 이름은 '믜'가 맞습니다."),
    ("ko-outlook-cp949", "subject", "정설믜입니다 - 영수증 이름 정정 요청"),
    ("ko-outlook-cp949", "files", "영수증_정설믜.png"),
    ("ko-tax-invoice", "files", "사업자등록증 사본.pdf"),
    ("ko-tax-invoice", "author", "㈜온새미로 경리팀"),
    ("ko-broken-on-arrival", "files", "깨진 유리갓 앞면.png"),
    ("ko-broken-on-arrival", "files", "택배 상자 모서리.png"),
    ("ko-lamp-flickers", "files", "구입 영수증.png"),
    ("ko-euc-kr-wrongly-labelled", "text", "타이머 설정하는 방법만"),
    ("ko-app-login-emoji", "subject", "😭 앱 로그인이 안 돼요 🙏"),
    ("ko-contact-form", "reply_to", "areum.shin@haneul.example"),
    ("ja-cancel-order", "text", "①②のうち、②のみ"),
    ("ja-cancel-order", "text", "髙橋 由美子"),
    ("ja-receipt-name", "text", "㈱あさひ商会"),
    ("ja-keitai-no-subject", "text", "E17ではなくE26"),
    ("ja-noise-cp932", "text", "「ジー」という音"),
    ("ja-architect-quote", "files", "席配置一覧.csv"),
    ("ja-shop-return", "files", "返品リスト.csv"),
    ("ja-warranty", "files", "クレジットカード利用明細（該当箇所のみ・個人情報を塗りつぶし済み）.png"),
    ("en-damaged", "files", "box — outside (2).png"),
    ("en-html-only", "text", "US plug"),
    ("en-emoji-subject", "author", "Zoë Park"),
]


def raw_of(mail: Mail) -> bytes:
    return BUILT[mail.name].raw


def test_there_are_enough_of_each_language() -> None:
    counts = Counter(mail.language for mail in WRITTEN)
    assert len(WRITTEN) >= 75
    assert all(counts[language] >= 20 for language in ("ko", "ja", "en")), counts


@pytest.mark.parametrize("mail", WRITTEN, ids=lambda mail: mail.name)
def test_it_is_read_as_it_was_meant(mail: Mail) -> None:
    message = read(raw_of(mail))
    assert message.auto.kind is mail.kind
    assert message.subject == mail.subject
    assert message.language == mail.language
    assert message.author is not None
    assert (message.author.name, message.author.address) == (mail.sender.name, mail.sender.address)
    assert [(box.name, box.address) for box in message.cc] == [(it.name, it.address) for it in mail.cc]
    assert message.defects == ((MISLABELLED[mail.name],) if mail.name in MISLABELLED else ())
    assert message.date is not None
    assert timedelta(0) <= NOW - message.date <= timedelta(hours=10)
    assert message.date.utcoffset() == timedelta(hours=mail.sender.zone)


@pytest.mark.parametrize("mail", WRITTEN, ids=lambda mail: mail.name)
def test_its_files_are_found_with_their_names_and_bytes(mail: Mail) -> None:
    found = read(raw_of(mail)).attachments
    named = {item.filename: item for item in found if item.filename is not None}
    assert list(named) == [file.name for file in mail.files]
    for file in mail.files:
        assert named[file.name].content == file.content
        assert named[file.name].content_type == file.content_type
        assert named[file.name].content_id == file.content_id
    assert any(item.content_type == "message/rfc822" for item in found) == (mail.forwarded is not None)
    assert (read(raw_of(mail)).bounce is not None) == (mail.report is not None)


@pytest.mark.parametrize("mail", [it for it in WRITTEN if it.report is None], ids=lambda mail: mail.name)
def test_what_the_sender_wrote_is_told_from_what_is_quoted(mail: Mail) -> None:
    message = read(raw_of(mail))
    if mail.name in FORWARDED:
        assert message.reply_text.strip().endswith(FORWARDED[mail.name])
    elif mail.html is None:
        assert message.reply_text.strip() == mail.text.strip()
    if mail.answers is not None and mail.quoting is not None:
        asked = next(it for it in WRITTEN if it.name == mail.answers)
        line = max(asked.text.splitlines(), key=len)
        assert line in message.text, "the quotation is there"
        assert line not in message.reply_text, "and is no part of the answer"


@pytest.mark.parametrize(("name", "field", "wanted"), SEEN, ids=lambda value: str(value)[:30])
def test_what_is_hard_to_read_is_read(name: str, field: str, wanted: str) -> None:
    message = read(BUILT[name].raw)
    if field == "files":
        assert wanted in [item.filename for item in message.attachments]
    elif field == "author":
        assert message.author is not None
        assert message.author.name == wanted
    elif field == "reply_to":
        assert message.reply_to is not None
        assert message.reply_to.address == wanted
    else:
        assert wanted in getattr(message, field)


@pytest.mark.parametrize("mail", WRITTEN, ids=lambda mail: mail.name)
def test_its_bytes_may_travel(mail: Mail) -> None:
    raw = raw_of(mail)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    assert raw.isascii() or mail.eight_bit


@pytest.mark.parametrize("mail", [it for it in WRITTEN if it.label is None], ids=lambda mail: mail.name)
def test_the_standard_library_reads_the_same_fields(mail: Mail) -> None:
    parsed = message_from_bytes(raw_of(mail), policy=default)
    assert parsed["From"].addresses[0].addr_spec == mail.sender.address
    if mail.charset != "cp949":  # Python reads ks_c_5601-1987 to the letter, and has no 믜 then
        assert parsed["Subject"] == mail.subject
    assert not parsed.defects


@pytest.mark.parametrize("mail", WRITTEN, ids=lambda mail: mail.name)
def test_nobody_real_is_named(mail: Mail) -> None:
    people = [mail.sender, *mail.cc, *([mail.reply_to] if mail.reply_to else [])]
    assert all(it.address.endswith((".example", ".test", "@example.com")) for it in people)


def test_a_thread_names_all_before_it() -> None:
    third = read(BUILT["ko-lamp-flickers-video"].raw)
    first, second = BUILT["ko-lamp-flickers"], BUILT["ko-lamp-flickers-more"]
    assert third.in_reply_to == (second.message_id,)
    assert third.references == (first.message_id, second.message_id)


def test_a_second_run_has_other_ids_and_one_run_the_same() -> None:
    def ids(run: str) -> list[str]:
        return [built.message_id for built in build_day(DAY, ADDRESSES, now=NOW, run=run)]

    assert ids("one") == ids("one")
    assert not set(ids("one")) & set(ids("two"))


def test_the_day_is_in_order_and_the_second_delivery_is_the_same_bytes() -> None:
    order = [built.mail for built in build_day(DAY, ADDRESSES, now=NOW, run="run")]
    assert [mail.at for mail in order] == sorted(mail.at for mail in DAY)
    assert BUILT["ko-refund-delivered-twice"].raw == BUILT["ko-refund"].raw


def test_a_mail_that_answers_nothing_is_a_mistake_of_ours() -> None:
    orphan = [mail for mail in DAY if mail.name == "ko-lamp-flickers-more"]
    with pytest.raises(ValueError, match="answers ko-lamp-flickers, which is not written by then"):
        build_day(orphan, ADDRESSES, now=NOW, run="run")
    with pytest.raises(ValueError, match="two mails"):
        build_day([*DAY, *DAY], ADDRESSES, now=NOW, run="run")


def test_machines_have_no_reverse_path() -> None:
    assert {built.mail.kind for built in BUILT.values() if not built.reverse_path} == {Kind.AUTO_REPLY, Kind.BOUNCE}


def test_everything_that_the_day_should_show_is_there() -> None:
    kinds = Counter(mail.kind for mail in WRITTEN)
    assert {kind for kind in Kind if kinds[kind]} == set(Kind)
    assert {mail.quoting for mail in WRITTEN} >= {"gmail", "outlook", "naver", "apple"}
    assert {file.naming for mail in WRITTEN for file in mail.files} == {
        "rfc2231",
        "rfc2231-continued",
        "encoded-word",
        "cp949-encoded-word",
        "nfd",
    }
    assert any(mail.forwarded for mail in WRITTEN)
    assert sum(mail.subject is None for mail in WRITTEN) >= 3
