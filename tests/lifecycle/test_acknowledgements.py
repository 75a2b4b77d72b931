"""What an acknowledgement says of the moment at which a mail came."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from gateway.notify.lifecycle import Situation
from gateway.notify.moments import written_moment
from gateway.notify.situation import Circumstances, choose, zone_of
from gateway.rules.calendar import Calendar, Day
from gateway.store.schema import timers
from tests.lifecycle.conftest import House
from tests.support.accepted import NOW
from tests.support.notices import body

Ruled = Callable[..., House]
SEOUL = ZoneInfo("Asia/Seoul")
CALENDARS = """\
calendars:
  - id: office
    time_zone: Asia/Seoul
    hours: {mon-fri: ['09:00-19:00']}
    holidays: KR
    language: ko
"""
TEAMS = "teams: [{id: shop, members: [lee@example.com], calendar: office}]"
SLA = "policies: [{id: standard, calendar: office, targets: {urgent: {first_reply: 30m}, any: {first_reply: 4h}}}]"
SHOP = {"brand": "team: shop", "calendars": CALENDARS, "teams": TEAMS, "sla": SLA}

OFFICE = Calendar(
    "office",
    SEOUL,
    (((9 * 60, 18 * 60),),) * 5 + ((), ()),
    {datetime(2026, 3, 9, tzinfo=SEOUL).date(): Day((), "개교기념일")},
)
OPEN = datetime(2026, 3, 5, 10, tzinfo=SEOUL)
AT_NIGHT = datetime(2026, 3, 5, 21, tzinfo=SEOUL)
ON_HOLIDAY = datetime(2026, 3, 9, 10, tzinfo=SEOUL)
USUAL = Circumstances(OPEN, OFFICE, promise=timedelta(hours=4))


@pytest.mark.parametrize(
    ("changes", "situation", "promised"),
    [
        ({}, Situation.USUAL, "2026-03-05 14:00"),
        ({"promise": None}, Situation.USUAL, None),
        ({"now": AT_NIGHT}, Situation.AFTER_HOURS, "2026-03-06 13:00"),
        ({"now": ON_HOLIDAY, "is_vip": True}, Situation.HOLIDAY, "2026-03-10 13:00"),
        ({"is_vip": True, "waiting": 9, "overload_from": 5}, Situation.VIP, "2026-03-05 14:00"),
        ({"waiting": 4, "overload_from": 5}, Situation.USUAL, "2026-03-05 14:00"),
        ({"waiting": 5, "overload_from": 5}, Situation.OVERLOAD, None),
        (
            {"waiting": 5, "overload_from": 5, "overload_within": timedelta(hours=9)},
            Situation.OVERLOAD,
            "2026-03-06 10:00",
        ),
        (
            {"waiting": 5, "overload_from": 5, "overload_within": timedelta(hours=1)},
            Situation.OVERLOAD,
            "2026-03-05 14:00",
        ),
        ({"now": AT_NIGHT, "says_situations": False}, Situation.USUAL, "2026-03-06 13:00"),
        ({"now": OPEN + timedelta(minutes=3, seconds=20)}, Situation.USUAL, "2026-03-05 14:00"),
        ({"promise": timedelta(minutes=2)}, Situation.USUAL, "2026-03-05 10:02"),
    ],
)
def test_the_choice(changes: dict[str, object], situation: Situation, promised: str | None) -> None:
    chosen = choose(dataclasses.replace(USUAL, **changes))  # type: ignore[arg-type]
    assert chosen.situation is situation
    told = None if chosen.promised_at is None else f"{chosen.promised_at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
    assert told == promised
    assert chosen.reason
    assert (chosen.opens_at is not None) == (situation in (Situation.HOLIDAY, Situation.AFTER_HOURS))
    assert chosen.holiday == ("개교기념일" if situation is Situation.HOLIDAY else "")


@pytest.mark.parametrize(
    ("offset", "zone"),
    [(None, SEOUL), (0, SEOUL), (9 * 60, SEOUL), (-300, timezone(timedelta(hours=-5))), (20 * 60, SEOUL), (7, SEOUL)],
)
def test_the_customers_clock(offset: int | None, zone: object) -> None:
    date = None if offset is None else datetime(2026, 3, 5, 10, tzinfo=timezone(timedelta(minutes=offset)))
    assert zone_of(date, SEOUL) == zone


@pytest.mark.parametrize(
    ("language", "minutes", "words"),
    [
        ("en", 540, "Thursday, 5 March 2026, 18:00 (UTC+9)"),
        ("en", 0, "Thursday, 5 March 2026, 09:00 (UTC)"),
        ("en", -210, "Thursday, 5 March 2026, 05:30 (UTC−3:30)"),
        ("ko", 540, "2026년 3월 5일(목) 18:00"),
        ("ko", 60, "2026년 3월 5일(목) 10:00 (UTC+1)"),
        ("ja", 540, "2026年3月5日（木）18:00"),
    ],
)
def test_moments_in_words(language: str, minutes: int, words: str) -> None:
    moment = datetime(2026, 3, 5, 9, tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert written_moment(moment, language) == words


def ack(house: House) -> str:
    return body(house.outbox("ack")[-1].raw, "plain")


def test_without_promises_it_is_as_ever(house: House) -> None:
    house.write()
    assert "One of us will read it and reply to you by email." in ack(house)
    assert "acknowledgement" not in house.messages(1)[0].trace
    assert not house.events(1, "promised")


def test_the_promised_time_is_told_and_remembered(ruled: Ruled) -> None:
    house = ruled(**SHOP)  # Thursday, 18:00 in Seoul: one hour is left of the day
    house.write("주문한 램프가 켜지지 않습니다.")
    assert "담당자가 내용을 확인한 뒤 2026년 3월 6일(금) 12:00까지 이메일로 답변드리겠습니다." in ack(house)
    (event,) = house.events(1, "promised")
    assert event.data == {"until": "2026-03-06T03:00:00+00:00", "offset_minutes": 540}
    told = house.messages(1)[0].trace["acknowledgement"]
    assert told["reason"] == "a mail like any other; an answer is promised until 2026-03-06 03:00 UTC"
    house.follow()
    assert house.ticket(1).due_at == datetime(2026, 3, 6, 3, tzinfo=UTC), "the customer is told what the agents see"


def test_at_night_and_on_a_holiday(ruled: Ruled) -> None:
    house = ruled(**SHOP)
    house.later(hours=3)
    house.write("주문한 램프가 켜지지 않습니다.")
    assert "지금은 업무 시간이 아닙니다. 2026년 3월 6일(금) 09:00부터 순서대로 확인하겠습니다." in ack(house)
    house.now = datetime(2026, 9, 25, 3, tzinfo=UTC)
    house.write("두 번째 문의입니다.", subject="문의")
    assert "오늘은 휴무일(추석)입니다. 2026년 9월 28일(월) 09:00부터 순서대로 확인하겠습니다." in ack(house)
    house.write("Another question.", subject="Question", sender="Ann <ann@customer.example>")
    said = ack(house)
    assert "Our office is closed today and opens again on Monday, 28 September 2026, 09:00 (UTC+9)." in said
    assert "추석" not in said


def test_overload_counts_those_who_wait(ruled: Ruled) -> None:
    house = ruled(**{**SHOP, "gateway": "acknowledgements: {overload: {waiting: 2, answer_within: 2d}}"})
    numbers = [house.write(sender=f"p{k}@customer{k}.example", subject=str(k)) for k in range(2)]
    assert "many more requests" not in ack(house)
    house.write(sender="third@customer.example")
    assert "many more requests than usual, so our answer will take longer" in ack(house)
    assert house.messages(3)[0].trace["acknowledgement"]["situation"] == "overload"
    for number in numbers:
        house.desk.reply(number, house.agent, "Please switch it on.")
    house.write(sender="fourth@customer.example")
    assert "many more requests" not in ack(house)


def test_important_customers_come_first_but_only_when_proven(ruled: Ruled) -> None:
    house = ruled(gateway="vip: {senders: [hong@customer.example]}")
    house.write()
    assert "We are giving your request priority." in ack(house)
    house.take_over(gateway="vip: {senders: [ann@customer.example]}")
    text = (house.folder / "gateway.yaml").read_text("utf-8").replace("unverified: forwarded", "unverified: weak")
    (house.folder / "gateway.yaml").write_text(text, "utf-8")
    house.reload()
    house.write(sender="Ann <ann@customer.example>", subject="Forged")
    assert "priority" not in ack(house)


DELAYED = {**SHOP, "gateway": "acknowledgements: {delayed: true}"}


def test_a_promise_that_slips_is_told_once_and_before(ruled: Ruled) -> None:
    house = ruled(**DELAYED)
    house.write()
    house.now = datetime(2026, 3, 6, 2, 44, tzinfo=UTC)
    house.follow()
    assert house.outbox("delayed") == []
    house.later(minutes=1)
    house.follow()
    (notice,) = house.outbox("delayed")
    said = body(notice.raw, "plain")
    assert "by Friday, 6 March 2026, 12:00 (UTC+9). It is taking us longer" in said
    assert "You will now hear from us by Friday, 6 March 2026, 15:45 (UTC+9)." in said
    assert house.events(1, "promised")[-1].data["instead_of"] == "2026-03-06T03:00:00+00:00"
    house.later(days=9)
    house.follow()
    assert len(house.outbox("delayed")) == 1
    assert not [row for row in house.rows(timers) if row.kind == "delayed"]


@pytest.mark.parametrize("what", ["answered", "solved", "off"])
def test_nobody_is_told_without_need(ruled: Ruled, what: str) -> None:
    house = ruled(**(SHOP if what == "off" else DELAYED))
    number = house.write()
    if what == "answered":
        house.desk.reply(number, house.agent, "We look into it.")
    elif what == "solved":
        house.desk.solve(number, house.agent)
    house.later(days=2)
    house.follow()
    assert house.outbox("delayed") == []


def test_the_time_is_told_in_the_customers_own_zone(ruled: Ruled) -> None:
    house = ruled(**SHOP)
    house.take(_mail_from("-0500"))
    assert "no later than Thursday, 5 March 2026, 22:00 (UTC−5)." in ack(house)


def _mail_from(offset: str) -> bytes:
    return (
        "From: Ann <ann@customer.example>\r\nTo: support@example.com\r\nSubject: Lamp\r\nMessage-ID: <z@customer.example>\r\n"
        f"Date: Thu, 05 Mar 2026 04:00:00 {offset}\r\n\r\nThe lamp does not light up.\r\n"
    ).encode()


def test_mail_that_gets_no_acknowledgement_is_promised_nothing(ruled: Ruled) -> None:
    house = ruled(**DELAYED)
    house.write(headers=(("Auto-Submitted", "auto-generated"),))  # type: ignore[arg-type]
    assert house.events(1, "suppressed")
    assert not house.events(1, "promised")
    assert not [row for row in house.rows(timers) if row.kind == "delayed"]
    assert house.now == NOW
