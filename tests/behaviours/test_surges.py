"""A wave of similar mails is found, shown as one, and solved as one."""

from pathlib import Path

import pytest

from gateway.automation import surges
from gateway.desk.surges import Remembered, Wave, remember, remembered
from gateway.rules.surges import LEAST_EARLIER, Opened, find_surge, words_of
from gateway.store.database import Database
from gateway.threading.model import Status
from tests.behaviours.conftest import House, Web
from tests.support.accepted import mail
from tests.support.office import TestOffice

ON = "surge: {enabled: true, people: 4, minutes: 15}\noutbound: {smarthost: 'mail.example.com:25'}"
MATTERS = (
    "invoice",
    "address",
    "password",
    "delivery",
    "refund",
    "colour",
    "size",
    "gift card",
    "newsletter",
    "warranty",
)
WAVE = {
    "en": ("Payment fails", "Hello, I see error E4031 at the checkout since this morning. Please help."),
    "ko": ("결제가 안 됩니다", "안녕하세요. 아침부터 결제 화면에서 E4031 오류가 나옵니다. 확인 부탁드립니다."),
    "ja": ("決済できません", "お世話になっております。朝から決済画面でエラーE4031が表示されます。ご確認ください。"),
}
GREETINGS = {
    "en": "Hello, I have a question about my {matter}. Please help.",
    "ko": "안녕하세요. {matter} 문의드립니다. 확인 부탁드립니다.",
    "ja": "お世話になっております。{matter}について教えてください。ご確認ください。",
}


def ordinary(count: int, language: str = "en") -> list[frozenset[str]]:
    matters = (MATTERS[number % len(MATTERS)] for number in range(count))
    return [words_of(GREETINGS[language].format(matter=matter)) for matter in matters]


def wave(people: int, language: str = "en") -> list[Opened]:
    subject, text = WAVE[language]
    return [
        Opened(100 + number, f"{number}@customer.example", words_of(f"{subject}\n{text}")) for number in range(people)
    ]


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_what_is_rare_and_suddenly_everywhere_is_a_wave(language: str) -> None:
    others = [Opened(200 + n, f"o{n}@customer.example", words) for n, words in enumerate(ordinary(10, language))]
    found = find_surge([*wave(8, language), *others], ordinary(100, language), least=8)
    assert found is not None
    assert found.tickets == tuple(range(100, 108)), "the ordinary ones beside it are no part"
    assert "e4031" in found.words or any("40" in word for word in found.words)
    assert find_surge([*wave(7, language), *others], ordinary(100, language), least=8) is None, "one person too few"


def test_one_person_is_no_wave_and_neither_is_an_ordinary_day() -> None:
    alone = [Opened(one.number, "same@customer.example", one.words) for one in wave(30)]
    assert find_surge(alone, ordinary(100), least=8) is None
    busy = [Opened(n, f"{n}@customer.example", words) for n, words in enumerate(ordinary(60))]
    assert find_surge(busy, ordinary(100), least=8) is None, "many mails about many matters"
    assert find_surge(wave(8), [*ordinary(92), *(one.words for one in wave(8))], least=8) is None, "it is so every day"
    assert find_surge(wave(8), ordinary(LEAST_EARLIER - 1), least=8) is None, "nothing to compare with"


def lived_in(house: House) -> None:
    house.take_over(ON)
    for number in range(LEAST_EARLIER):
        matter = MATTERS[number % len(MATTERS)]
        sender = f"{number}@before.example"
        house.write(GREETINGS["en"].format(matter=matter), sender=sender, subject=f"My {matter}")
        house.later(minutes=1)
    house.later(hours=1)
    house.follow()


def breaks(house: House, people: range) -> list[int]:
    subject, text = WAVE["en"]
    return [house.write(text, sender=f"{number}@wave.example", subject=subject) for number in people]


def test_from_the_first_mail_of_a_wave_to_one_notice_for_everybody(web: Web) -> None:
    house, kim = web.house, web.visitor()
    lived_in(house)
    told = len(house.outbox("agent"))
    first = breaks(house, range(3))
    stray = house.write("What does the blue lamp cost?", sender="stray@wave.example", subject="Price")
    house.follow()
    assert "No waves so far." in kim.get("/surges").text
    house.later(minutes=2)
    first += breaks(house, range(3, 5))
    house.follow()
    (letter,) = house.outbox("agent")[told:]
    assert (letter.recipient, letter.ticket_id) == ("kim@example.com", first[0])
    assert all(house.events(number, "surge") for number in first)
    assert not house.events(stray, "surge")
    page = kim.get("/surges").text
    assert "5 tickets" in page
    assert "e4031" in page
    made = kim.post("/surges/1/problem")
    assert made.headers["location"] == f"/tickets/{first[0]}?done=surge"
    house.later(minutes=5)
    (late,) = breaks(house, range(7, 8))  # comes to it by itself
    house.follow()
    assert [house.ticket(number).problem_id for number in (*first, late, stray)] == [
        None, *[first[0]] * 5, None,
    ]  # fmt: skip
    assert len(house.outbox("agent")) == told + 1, "the admin is told once a wave"
    house.desk.reply(first[0], house.agent, "It works again.", status=Status.SOLVED)
    house.follow()
    assert {row.recipient for row in house.outbox("resolution")} == {f"{n}@wave.example" for n in (1, 2, 3, 4, 7)}
    assert house.ticket(stray).status == "new"


def test_a_rule_can_answer_everybody_in_it(house: House) -> None:
    lived_in(house)
    rules = "events: [{name: Incident, on: tagged, when: {tags: surge}, then: {priority: urgent, team: incidents}}]"
    house.take_over(ON, rules=rules)
    house.later(minutes=2)
    numbers = breaks(house, range(4))
    house.follow()
    house.follow()
    assert {house.ticket(number).team for number in numbers} == {"incidents"}


def test_on_each_engine_one_node_looks_at_a_time(database: Database, tmp_path: Path) -> None:
    office = TestOffice(database, tmp_path, surge={"enabled": True, "people": 3})
    for number in range(3):
        office.take(mail("The lamp is dark.", sender=f"{number}@customer.example"))
    with database.write() as connection:
        remembered(connection, lock=True)
        wave = Wave(1, office.now, office.now, ("lamp", "dark"), ())
        remember(connection, Remembered(None, (wave,)))
        assert surges.look(connection, office.office, office.now) == (3, False), "a wave that runs takes in who comes"
        assert surges.look(connection, office.office, office.now) == (0, False), "once a minute"
    with database.read() as connection:
        kept = remembered(connection)
    assert (kept.looked_at, kept.waves[0].tickets) == (office.now, (1, 2, 3))


def test_it_is_off_unless_switched_on(house: House) -> None:
    lived_in(house)
    house.take_over()
    house.later(minutes=2)
    numbers = breaks(house, range(6))
    house.follow()
    assert not any(house.events(number, "surge") for number in numbers)
