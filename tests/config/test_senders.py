"""Lists, important people and floods as they are configured: taken in, handed over, refused with their places."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.config.load import ConfigurationError, load, load_all
from gateway.config.packed import pack
from gateway.config.senders import Vip, entries_of, exempt_senders, vip_senders
from gateway.handover import Handover, take
from gateway.rules.sender_lists import Action, Kind, Sender, compile_lists
from tests.config.conftest import Write

LISTS = """\
lists:
  - action: block
    sender: [spam.example, "/^sales[0-9]+@/", 192.0.2.0/24]
    reason: advertising
    expires: 2027-01-01
  - action: allow
    sender: kim@spam.example
    reason: our supplier
"""
BEFORE = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def test_entries_have_their_places_as_names_and_end_on_their_day(write: Write) -> None:
    entries = entries_of(load(write(LISTS), {}).lists)
    assert [(it.id, it.action, it.kind, it.value) for it in entries] == [
        ("lists[0].sender[0]", Action.BLOCK, Kind.DOMAIN, "spam.example"),
        ("lists[0].sender[1]", Action.BLOCK, Kind.PATTERN, "^sales[0-9]+@"),
        ("lists[0].sender[2]", Action.BLOCK, Kind.NETWORK, "192.0.2.0/24"),
        ("lists[1]", Action.ALLOW, Kind.ADDRESS, "kim@spam.example"),
    ]
    known = compile_lists(entries)
    lee = Sender(author="lee@mail.spam.example")
    found = known.find(lee, now=BEFORE)
    assert found is not None
    assert (found.hit.entry.reason, found.hit.entry.author) == ("advertising", "configuration")
    assert known.find(lee, now=BEFORE + timedelta(minutes=1)) is None


def test_important_people_come_from_both_places_and_must_be_proven(tmp_path: Path, write: Write) -> None:
    (tmp_path / "vip.csv").write_text(
        '\ufeffaddress,name\nBoss@Partner.example,"Ms Kim"\n\n# old ones\n"gold.example";gold\n', "utf-8"
    )
    loaded = load_all(write("vip:\n  senders: chair@example.org\n  file: vip.csv\n  priority: high\n"), {})
    assert loaded.side.vips == ("boss@partner.example", "gold.example")
    handed = take(Handover(pack(loaded)).descriptor)
    known = vip_senders(handed.configuration.vip, handed.side.vips)
    now = BEFORE
    for address in ("boss@partner.example", "anybody@mail.gold.example", "chair@example.org"):
        assert known.find(Sender(address, proven=True), now=now) is not None
        assert known.find(Sender(address, proven=False), now=now) is None, "a forged From is nobody important"
    assert known.find(Sender("lee@partner.example", proven=True), now=now) is None
    (tmp_path / "vip.csv").write_text("other@partner.example\n", "utf-8")
    assert load_all(tmp_path / "gateway.yaml", {}).stamp != loaded.stamp


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"kim@example.org\nkim@\n", "vip.csv:2:1: 'kim@' is not an e-mail address"),
        (b"kim@example.org\n192.0.2.0/24\n", "vip.csv:2:1: '192.0.2.0/24' is a network; name an address or a domain"),
        (b"\xff\xfe", "gateway.yaml:9:9: {path} is not UTF-8 text"),
        (None, "gateway.yaml:9:9: cannot read {path}: no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_its_place(
    tmp_path: Path, write: Write, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "vip.csv").write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        load_all(write("vip:\n  file: vip.csv\n"), {})
    assert words.format(path=tmp_path / "vip.csv") in str(refused.value)


def test_without_any_setting_nobody_is_listed_and_the_ladder_stands() -> None:
    assert vip_senders(Vip(), ()).entries == ()


def test_exempt_senders_are_written_as_in_the_lists(write: Write) -> None:
    floods = load(write("floods:\n  exempt: [monitor@example.org, 192.0.2.7]\n  hold: [5, 60]\n"), {}).floods
    assert (floods.silent, floods.hold, floods.refuse, floods.loop_minutes) == ((15, 10), (5, 60), (500, 60), 60)
    known = exempt_senders(floods)
    assert known.find(Sender("monitor@example.org", proven=True), now=BEFORE) is not None
    assert known.find(Sender("x@example.org", peer="192.0.2.7"), now=BEFORE) is not None
    assert exempt_senders(load(write(), {}).floods).entries == ()
