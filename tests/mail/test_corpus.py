"""Real mail, as the shared scorer judges it. The reached rates are minimums; the rates go up, never down."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need_corpus

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
# 14 of the 110 cases state what another library makes of a broken mail: octets left out, a re-serialised attachment, words
# of attached messages in the letter. The reader does otherwise on purpose.
MINIMUM = {"parse": 96, "auto": 1}

pytestmark = pytest.mark.corpus


def test_corpus_is_understood_at_least_so_well(tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    command = f"{sys.executable} -m gateway.cli.inspect --json --batch {{list}}"
    arguments = [
        "--cases",
        need_corpus(),
        "--cmd",
        command,
        "--failures",
        tmp_path / "failures.jsonl",
        "--summary",
        summary,
    ]
    done = subprocess.run(
        [sys.executable, SHARED / "tools" / "score.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(summary.read_text())
    assert figures["contract_faults"] == {}
    for kind, least in MINIMUM.items():
        assert figures["totals"][f"kind {kind}"][0] >= least, done.stdout
