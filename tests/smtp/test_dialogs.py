"""Every dialog file, as it is written and with each octet in a packet of its own."""

from pathlib import Path

import pytest

from tests.support.smtp_dialogs import FILES, play, read
from tests.support.smtp_house import running


@pytest.mark.parametrize("octet_by_octet", [False, True], ids=["whole", "octets"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_dialog(path: Path, octet_by_octet: bool, tmp_path: Path) -> None:
    changes, _ = read(path)
    async with running(tmp_path, **changes) as house:
        await play(path, house, octet_by_octet=octet_by_octet)


async def test_a_dialog_that_goes_otherwise_fails(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.smtp"
    wrong.write_text("c <- 220*\nc -> NOOP\nc <- 500*\n")
    async with running(tmp_path) as house:
        with pytest.raises(AssertionError, match=r"wrong\.smtp:3"):
            await play(wrong, house)


def test_a_line_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.smtp"
    wrong.write_text("c - NOOP\n")
    with pytest.raises(ValueError, match=r"wrong\.smtp:1"):
        read(wrong)
