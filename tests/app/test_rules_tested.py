"""A running gateway takes over rules only when their own tests say what was meant; else the last good ones stay."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from gateway.store.database import Database
from gateway.store.schema import tickets
from tests.support.gateways import REPOSITORY, Gateway, wait_for

RULES = """\
rules:
  - {name: Lamps, when: {subject: lamp}, then: {team: light}}
tests:
  - {name: Lamps go to light, mail: {subject: A lamp}, expect: {team: TEAM}}
"""


def test_rules_whose_tests_fail_are_refused_and_the_last_good_ones_stay(tmp_path: Path) -> None:
    config = tmp_path / "etc" / "gateway.yaml"
    config.parent.mkdir()
    shutil.copy(REPOSITORY / "config" / "gateway.yaml", config)
    rules = config.parent / "rules.yaml"
    rules.write_text(RULES.replace("TEAM", "light"))
    gateway = Gateway(tmp_path, config=config)

    def reload() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", "reload", "--json", "-c", str(gateway.config)]
        environ = {**gateway.environ, "PYTHONPATH": str(REPOSITORY)}
        return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)

    def team(subject: str) -> str:
        assert gateway.fate(gateway.send(subject)) == "opened"
        database = Database(f"sqlite:///{gateway.data_dir}/gateway.db")

        def row() -> Any:
            with database.read() as connection:
                return connection.execute(tickets.select().where(tickets.c.subject == subject)).one_or_none()

        found = wait_for(row, why=f"no ticket {subject!r}")  # the line of the log may be there before the commit
        database.dispose()
        return str(found.team)

    try:
        gateway.up()
        assert team("A lamp") == "light"
        rules.write_text(RULES.replace("team: light", "team: dark").replace("TEAM", "light"))
        refused = reload()
        assert refused.returncode == 2
        (mistake,) = json.loads(refused.stdout)["mistakes"]
        assert (mistake["line"], mistake["message"].partition(";")[0]) == (
            4,
            "test 'Lamps go to light' fails: `team` is 'dark', not 'light'",
        )
        assert team("Another lamp") == "light"
        rules.write_text(RULES.replace("team: light", "team: dark").replace("TEAM", "dark"))
        assert reload().returncode == 0
        wait_for(lambda: [it for it in gateway.events("configuration reloaded") if it["role"] == "pipeline"])
        assert team("A third lamp") == "dark"
    finally:
        gateway.kill()
