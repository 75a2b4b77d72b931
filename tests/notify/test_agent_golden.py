"""Every mail to agents in every language, byte for byte. ``UPDATE_NOTICES=1 pytest tests/notify/test_agent_golden.py`` writes them anew;
read the difference before you commit it: agents read these all day.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.desk.agent_notices import shown_commands
from gateway.desk.agent_orders import help_lines
from gateway.notify.agent_words import say
from gateway.notify.agents import (
    AgentNotice,
    AgentRefusal,
    AgentReport,
    AgentUpdate,
    Card,
    Occasion,
    Said,
    write_to_agent,
)
from gateway.notify.notices import LANGUAGES
from gateway.notify.undelivered_words import why_undelivered
from tests.support.notices import ADDRESSEE, BRAND, NOW, Writer, assert_clean, body, parsed

FOLDER = Path(__file__).resolve().parent.parent / "notices" / "agents"
LINK = "https://desk.example.com/tickets/42"
NAMES = {"ko": ("김민지", "이수진"), "ja": ("山田 太郎", "佐藤 花子"), "en": ("Minji Kim", "Sujin Lee")}
SUBJECTS = {
    "ko": "주문한 상품이 아직 도착하지 않았습니다",
    "ja": "注文した商品がまだ届きません",
    "en": "My order has not arrived",
}
NOTES = {"ko": "물류센터에 확인 중입니다.", "ja": "倉庫に確認中です。", "en": "I have asked the warehouse."}
ANSWERS = {
    "ko": "확인 후 다시 연락드리겠습니다.",
    "ja": "確認のうえ、改めてご連絡いたします。",
    "en": "We will look into it and come back to you.",
}


def card(language: str) -> Card:
    customer, agent = NAMES[language]
    return Card(
        subject=SUBJECTS[language],
        customer="minji.kim@customer.example",
        customer_name=customer,
        status="open",
        priority="high",
        team="delivery",
        assignee=agent,
        tags=("vip", "delivery"),
        others=((17, SUBJECTS[language], "solved"),),
        link=LINK,
        due="2026-11-22 18:00 (Asia/Seoul)",
    )


def history(language: str) -> tuple[Said, ...]:
    customer, agent = NAMES[language]
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    subject = SUBJECTS[language]
    return (
        Said(
            customer,
            at,
            f"{subject}.\n{subject}?\n\nhttps://example.com/track?id=42",
            public=True,
            folded=4,
            files=("photo.jpg",),
            trust="strong",
            trust_reason="verified: DKIM customer.example",
        ),
        Said(agent, at, NOTES[language], public=False),
        Said(agent, at, ANSWERS[language], public=True),
        Said(customer, at, f"{subject}.", public=True, trust="none", trust_reason="not verified: nothing proves it"),
    )


RULE_SAYS = {
    "en": "Ticket 1042 has been waiting for a day",
    "ko": "티켓 1042번이 하루째 기다리고 있습니다",
    "ja": "チケット1042は1日お待ちいただいています",
}


def samples(language: str) -> dict[str, AgentNotice]:
    customer, agent = NAMES[language]
    facts = card(language)

    def update(occasion: Occasion, who: str, *, internal: bool = False) -> AgentUpdate:
        return AgentUpdate(occasion, who, facts, history(language), internal, shown_commands(language))

    def line(key: str, **names: object) -> str:
        return say(language, key, **names)

    return {
        "new": update(Occasion.NEW, customer),
        "assigned": update(Occasion.ASSIGNED, agent),
        "reply": update(Occasion.REPLY, customer),
        "mention": update(Occasion.MENTION, agent, internal=True),
        "rule": update(Occasion.RULE, RULE_SAYS[language], internal=True),
        "returned": update(Occasion.RETURNED, "kim@example.com"),
        "undelivered": update(Occasion.UNDELIVERED, f"minji.kim@customer.example, {why_undelivered('full', language)}"),
        "sla-warning": update(Occasion.SLA_WARNING, "21 Nov 10:00"),
        "sla-breach": replace(
            update(Occasion.SLA_BREACH, "21 Nov 10:00"),
            card=replace(facts, due="2026-11-21 10:00 (Asia/Seoul)", late=True),
        ),
        "reply-off": replace(update(Occasion.REPLY, customer), commands=""),
        "report": AgentReport(
            card=facts,
            done=(
                line("done_answer_waiting", to="minji.kim@customer.example", seconds=60),
                line("done_status", value=line("status_solved")),
                line("done_assign", value=agent),
            ),
            not_done=(
                line("unknown_meant", line="#asign me", meant="#assign"),
                line("no_such_meant", line="#team biling", value="biling", meant="billing"),
            ),
            text=ANSWERS[language],
        ),
        "report-note": AgentReport(card=facts, done=(line("done_note_default"),), text=NOTES[language]),
        "report-held": AgentReport(
            card=facts,
            done=(),
            held=(line("held"), line("held_newer", who=agent, time="10:00")),
            text=ANSWERS[language],
        ),
        "report-help": AgentReport(card=facts, done=(), help=help_lines(language)),
        "refusal": AgentRefusal("refusal_unproven", LINK),
    }


CASES = [(language, name) for language in LANGUAGES for name in samples(language)]


@pytest.mark.parametrize(("language", "name"), CASES, ids=[f"{language}-{name}" for language, name in CASES])
def test_the_mail_is_the_same_to_the_byte(writer: Writer, language: str, name: str) -> None:
    finished = write_to_agent(
        samples(language)[name],
        ADDRESSEE,
        name=NAMES[language][1],
        templates=writer.templates,
        brand=BRAND,
        sender=BRAND.addresses[0],
        language=language,
        ticket=42,
        date=NOW,
    )
    file = FOLDER / f"{language}-{name}.eml"
    if os.environ.get("UPDATE_NOTICES"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(finished.raw)
    assert finished.raw == file.read_bytes()
    assert_clean(finished.raw)
    assert body(finished.raw, "plain").rstrip("\n") == finished.text
    assert parsed(finished.raw)["Subject"] == finished.subject
    assert parsed(finished.raw).defects == []
    assert finished.automatic


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in FOLDER.glob("*.eml")} == {f"{language}-{name}" for language, name in CASES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_holds_nothing_that_could_be_a_forgers(writer: Writer, language: str) -> None:
    file = FOLDER / f"{language}-refusal.eml"
    said = body(file.read_bytes(), "plain")
    assert SUBJECTS[language] not in said
    assert SUBJECTS[language] not in str(parsed(file.read_bytes())["Subject"])
