"""``gateway inspect``: the documented form, for one mail and for many."""

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.cli.inspect import inspect

MAIL = "From: 홍길동 <hong@customer.example>\r\nSubject: 문의\r\nDate: Tue, 5 Mar 2024 14:31:22 +0900\r\n\r\n안녕하세요.\r\n".encode()


def test_one_mail_as_json(tmp_path: Path) -> None:
    mail = tmp_path / "m.eml"
    mail.write_bytes(MAIL)
    result = CliRunner().invoke(inspect, ["--json", str(mail)])
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "file": str(mail),
        "message_id": None,
        "in_reply_to": None,
        "references": [],
        "from": {"name": "홍길동", "address": "hong@customer.example"},
        "reply_to": None,
        "to": [],
        "cc": [],
        "subject": "문의",
        "date": "2024-03-05T14:31:22+09:00",
        "text": "안녕하세요.\n",
        "reply_text": "안녕하세요.",
        "html": None,
        "attachments": [],
        "auto": {"is_auto": False, "kind": None, "reason": None},
        "bounce": None,
        "defects": ["no charset stated: read as utf-8"],
    }


def test_standard_input() -> None:
    result = CliRunner().invoke(inspect, ["--json", "-"], input=MAIL)
    assert (result.exit_code, json.loads(result.output)["subject"]) == (0, "문의")


def test_a_batch_prints_one_object_a_line_in_order_and_goes_on(tmp_path: Path) -> None:
    first, second = tmp_path / "1.eml", tmp_path / "2.eml"
    first.write_bytes(MAIL)
    second.write_bytes(b"\xff\xfe\x00")
    listing = tmp_path / "list"
    listing.write_text(f"{first}\n{tmp_path / 'missing.eml'}\n{second}\n")
    result = CliRunner().invoke(inspect, ["--json", "--batch", str(listing)])
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 1
    assert [row["file"] for row in rows] == [str(first), str(tmp_path / "missing.eml"), str(second)]
    assert [("error" in row) for row in rows] == [False, True, False]


def test_for_people(tmp_path: Path) -> None:
    mail = tmp_path / "m.eml"
    mail.write_bytes(MAIL)
    result = CliRunner().invoke(inspect, [str(mail)])
    assert result.exit_code == 0
    assert "홍길동 <hong@customer.example>" in result.output
    assert "안녕하세요." in result.output


def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path) -> None:
    runner = CliRunner()
    for arguments in ([], [str(tmp_path / "none.eml")], ["--batch", str(tmp_path / "none")], ["a", "--batch", "b"]):
        result = runner.invoke(inspect, arguments)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
