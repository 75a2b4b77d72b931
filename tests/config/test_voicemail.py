"""The admin's own telephone systems: taken in, asked first, refused with their places."""

from pathlib import Path

import pytest

from gateway.config.load import ConfigurationError, load_all
from gateway.config.packed import pack
from gateway.config.voicemail import compile_systems, shipped_systems
from gateway.handover import Handover, take
from gateway.mail.voicemail import CallKind
from tests.config.conftest import SMALLEST

OWN = """\
systems:
  - name: Our PBX
    sender: pbx@example\\.com
    caller: 'line ([0-9]+)'
"""


def test_own_systems_are_loaded_and_handed_over(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text(SMALLEST + "voicemail: phones.yaml\n", "utf-8")
    (tmp_path / "phones.yaml").write_text(OWN, "utf-8")
    loaded = load_all(tmp_path / "gateway.yaml", {})
    (system,) = compile_systems(loaded.phone_systems)
    assert (system.name, system.kind) == ("Our PBX", CallKind.VOICEMAIL)
    assert system.caller[0]("on line 17") == "17"
    assert take(Handover(pack(loaded)).descriptor).phone_systems == loaded.phone_systems
    (tmp_path / "phones.yaml").write_text(OWN.replace("line", "wire"), "utf-8")
    assert load_all(tmp_path / "gateway.yaml", {}).stamp != loaded.stamp, (
        "a change of the file is another configuration"
    )


def test_shipped_systems_can_be_used() -> None:
    systems = shipped_systems()
    assert len(systems) >= 15
    assert len({system.name for system in systems}) == len(systems)
    for system in systems:
        assert system.sender or system.subject or system.header, system.name
        assert system.caller or system.caller_header, system.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "gateway.yaml:7:12: there is no file"),
        ("systems:\n  - name: X\n    sendr: a\n", "phones.yaml:3:5: `sendr` is unknown here. did you mean `sender`?"),
        ("systems:\n  - name: X\n    sender: '('\n", "phones.yaml:3:13: '(' is not a regular expression"),
        ("systems:\n  - name: X\n", "phones.yaml:2:5: the system `X` fits every mail"),
        ("systems: [", "phones.yaml:1:10: YAML:"),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, content: str | None, message: str) -> None:
    (tmp_path / "gateway.yaml").write_text(SMALLEST + "voicemail: phones.yaml\n", "utf-8")
    if content is not None:
        (tmp_path / "phones.yaml").write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_all(tmp_path / "gateway.yaml", {})
    assert message.lower() in str(refused.value).lower(), str(refused.value)
