"""Notices to look at, and brands that have words of their own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import gateway
from gateway.config.load import load_all
from gateway.desk.preview import KINDS, preview
from gateway.notify.check import check_templates
from gateway.notify.lifecycle import Situation
from gateway.threading.model import NoticeKind
from tests.lifecycle.conftest import House

OWN = "Subject: Ours {{ reference }}\n\nWords of the shop, {{ promised }}\n"


def brand_words(house: House, text: str = OWN, brand: str = "example", name: str = "mail/en/ack.txt.j2") -> Path:
    file = house.folder / "words" / "brands" / brand / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    house.take_over(gateway=f"templates_dir: {house.folder / 'words'}")
    return file


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_each_notice_of_a_real_ticket(house: House, kind: NoticeKind, language: str) -> None:
    number = house.write()
    house.desk.reply(number, house.agent, "Please switch it on.")
    before = len(house.outbox())
    with house.database.read() as connection:
        finished = preview(connection, house.office, kind, house.now, ticket=number, language=language)
    assert (finished.kind, finished.language, finished.recipient) == (kind, language, "hong@customer.example")
    assert f"#{number}]" in finished.text
    assert ("Lamp" in finished.subject) is (kind not in (NoticeKind.ACK, NoticeKind.ADDED))
    assert "reply+preview@reply.example.com" in finished.raw.decode()
    assert len(house.outbox()) == before


def test_each_situation(house: House) -> None:
    with house.database.read() as connection:
        said = {it: preview(connection, house.office, NoticeKind.ACK, house.now, situation=it).text for it in Situation}
    assert len(set(said.values())) == len(Situation)


def test_by_the_command(house: House) -> None:
    environ = {"GATEWAY_CONFIG": str(house.folder / "gateway.yaml"), "GATEWAY__DATA_DIR": str(house.folder / "fresh")}

    def run(*words: str) -> str:
        done = CliRunner().invoke(gateway, ["notices", "preview", *words], env=environ)
        assert done.exit_code == int("999" in words), done.output
        return done.output

    assert run("reminder").startswith("Subject: Re: My order has not arrived\n\nHello Minji Kim,")
    assert "<!DOCTYPE html>" in run("ack", "--html", "--language", "ko")
    told = json.loads(run("merged", "--json", "--language", "ja"))
    assert told["text"].startswith("山田 太郎 様")
    assert "there is no ticket 999" in run("ack", "--ticket", "999")


def test_a_brands_own_words_are_sent(house: House) -> None:
    brand_words(house)
    house.write()
    assert house.outbox("ack")[0].subject == "Ours [#1]"
    house.write("주문한 램프가 켜지지 않습니다.", subject="램프", sender="Kim <kim@customer.example>")
    assert "접수되었습니다" in house.outbox("ack")[1].subject, "what the brand does not say, all say"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (
            {"text": "Subject: x\n\n{{ promise }}"},
            "ack.txt.j2:3: unknown placeholder 'promise'; did you mean 'promised'?",
        ),
        ({"brand": "shop"}, "there is no brand shop; there are example"),
        ({"name": "mail/en/akc.txt.j2"}, "no mail uses a template of this name; did you mean mail/en/ack.txt.j2?"),
    ],
)
def test_mistakes_in_them_are_told(house: House, given: dict[str, str], wrong: str) -> None:
    brand_words(house, **given)
    (mistake,) = check_templates(load_all(house.folder / "gateway.yaml", {}).configuration)
    assert wrong in mistake
