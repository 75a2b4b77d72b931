"""check, init, reload and keys as an admin types them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.config import check, init, keys, reload
from tests.config.conftest import SMALLEST, Write


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])  # type: ignore[arg-type]


def test_check_of_a_sound_configuration(write: Write) -> None:
    path = write()
    result = run(check, "-c", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: the configuration is sound\n")


def test_check_prints_every_mistake_and_exits_with_2(write: Write) -> None:
    path = write("limits: {recipients: 1}\nsmpt:\n")
    result = run(check, "-c", path)
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        f"{path}:8:22: `recipients` must be at least 100, not `1`",
        f"{path}:9:1: `smpt` is unknown here. Did you mean `smtp`?",
    ]
    assert "2 mistakes" in result.stderr


def test_check_for_scripts(write: Write) -> None:
    path = write("smpt:\n")
    found = json.loads(run(check, "--json", "-c", path).stdout)
    message = "`smpt` is unknown here. Did you mean `smtp`?"
    assert found == {
        "ok": False,
        "stamp": None,
        "mistakes": [{"file": str(path), "line": 8, "column": 1, "message": message}],
        "warnings": [],
    }
    assert json.loads(run(check, "--json", "-c", write()).stdout)["ok"] is True


def test_check_knows_the_templates(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own" / "mail" / "ko").mkdir(parents=True)
    (tmp_path / "own" / "mail" / "ko" / "ack.txt.j2").write_text("{% if %}")
    result = run(check, "-c", write("templates_dir: own\n"))
    assert result.exit_code == 2
    assert "ack.txt.j2" in result.stdout


def test_check_knows_the_keys(write: Write) -> None:
    path = write("keys:\n  directory: keys\n")
    result = run(check, "-c", path)
    assert result.exit_code == 2
    assert "gateway keys new" in result.stdout
    assert run(keys, "new", "-c", path).exit_code == 0
    assert run(check, "-c", path).exit_code == 0


def test_check_makes_nothing(write: Write, tmp_path: Path) -> None:
    run(check, "-c", write())
    assert [entry.name for entry in tmp_path.iterdir()] == ["gateway.yaml"]


def test_init_writes_what_checks_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    data = tmp_path / "data"
    options = (
        "--domain",
        "acme.co.kr",
        "--brand-name",
        'Acme "고객": ${X} 센터',
        "--language",
        "ko",
        "--data-dir",
        data,
    )
    first = run(init, folder, *options)
    assert first.exit_code == 0, first.output
    assert run(check, "-c", folder / "gateway.yaml").exit_code == 0
    from gateway.config.load import load

    configuration = load(folder / "gateway.yaml", {})
    assert configuration.brands[0].addresses == ("support@acme.co.kr",)
    assert configuration.brands[0].name == 'Acme "고객": ${X} 센터'
    assert configuration.brands[0].language == "ko"
    assert configuration.reply_domain == "reply.acme.co.kr"
    assert configuration.admin == "admin@acme.co.kr"
    assert (data / "keys" / "reply-1.key").exists()
    assert "#" in (folder / "gateway.yaml").read_text("utf-8")
    before = (folder / "gateway.yaml").read_bytes()
    again = run(init, folder, "--domain", "other.example")
    assert again.exit_code == 2
    assert "is there already; nothing was written" in again.stderr
    assert (folder / "gateway.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--domain", "no domain"), "is not a domain name"),
        (("--support", "support"), "is not an e-mail address"),
        (("--reply-domain", "example.com"), "do not go together"),
        (("--brand-name", "a\nb"), "must be one line"),
        (("--language", "fr"), "fr"),
    ],
)
def test_init_refuses_bad_answers(tmp_path: Path, options: tuple[str, str], message: str) -> None:
    result = run(init, tmp_path / "etc", "--data-dir", tmp_path / "var", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_keys(write: Write, tmp_path: Path) -> None:
    path = write()
    assert "no key in" in run(keys, "list", "-c", path).stdout
    run(keys, "new", "-c", path)
    run(keys, "new", "-c", path)
    assert [line.split()[:2] for line in run(keys, "list", "-c", path).stdout.splitlines()] == [
        ["1", "verifies"],
        ["2", "signs"],
    ]
    rows = [json.loads(line) for line in run(keys, "list", "--json", "-c", path).stdout.splitlines()]
    assert [(row["id"], row["signs"], row["problem"]) for row in rows] == [(1, False, None), (2, True, None)]


SUPERVISOR = """
import json, signal, sys, time
result, answer = sys.argv[1:3]
def reload(number, frame):
    with open(result, "w") as file:
        file.write(json.dumps({"at": str(time.time_ns()), **json.loads(answer)}))
signal.signal(signal.SIGHUP, reload)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[object]:
    """Starts a process that answers SIGHUP as the gateway's supervisor does."""
    started: list[subprocess.Popen[str]] = []

    def start(answer: dict[str, object]) -> None:
        script = tmp_path / "gateway_supervisor.py"
        script.write_text(SUPERVISOR)
        data = tmp_path / "var"
        data.mkdir(exist_ok=True)
        command = [sys.executable, str(script), str(data / "reload.json"), json.dumps(answer)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        (data / "gateway.pid").write_text(f"{process.pid}\n")

    yield start
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_reload_tells_how_it_went(write: Write, supervisor, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = write()
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "reload.json").write_text('{"at": "before", "ok": false, "mistakes": []}')
    supervisor({"ok": True, "mistakes": []})
    result = run(reload, "-c", path)
    assert (result.exit_code, result.stdout) == (0, "the running gateway took over the configuration\n")


def test_reload_prints_why_it_was_refused(write: Write, supervisor) -> None:  # type: ignore[no-untyped-def]
    mistake = {"file": "gateway.yaml", "line": 3, "column": 1, "message": "`smtp.listen` was changed"}
    supervisor({"ok": False, "mistakes": [mistake]})
    path = write()
    result = run(reload, "-c", path)
    assert result.exit_code == 2
    assert result.stdout == "gateway.yaml:3:1: `smtp.listen` was changed\n"
    assert json.loads(run(reload, "--json", "-c", path).stdout)["mistakes"] == [mistake]


def test_reload_of_a_bad_configuration_disturbs_nobody(write: Write) -> None:
    path = write("smpt:\n")
    result = run(reload, "-c", path)
    assert result.exit_code == 2
    assert result.stdout == f"{path}:8:1: `smpt` is unknown here. Did you mean `smtp`?\n"


def test_reload_without_a_running_gateway(write: Write, tmp_path: Path) -> None:
    path = write()
    assert "no gateway is running" in run(reload, "-c", path).stderr
    (tmp_path / "var").mkdir()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "var" / "gateway.pid").write_text(str(stranger.pid))
        result = run(reload, "-c", path)
        assert result.exit_code == 1
        assert "is left from one that died" in result.stderr
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    assert "no gateway is running" in run(reload, "-c", path).stderr
    (tmp_path / "var" / "gateway.pid").write_text("x")
    assert "cannot read" in run(reload, "-c", path).stderr


def test_the_program_itself(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "gateway.yaml").write_text(SMALLEST)
    environ = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "gateway", "check"]
    ran = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "config/gateway.yaml: the configuration is sound\n"), ran.stderr
    environ["GATEWAY__COLOUR"] = "red"
    ran = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stdout.startswith("environment:GATEWAY__COLOUR: there is no such setting")


def test_check_warns_of_rules_that_are_hardly_meant_so(write: Write) -> None:
    path = write("")
    path.with_name("rules.yaml").write_text(
        "rules:\n"
        "  - {name: All, then: {team: support}, stop: true}\n"
        "  - {name: Korean, when: {language: ko}, then: {team: seoul}}\n"
    )
    result = run(check, "-c", path)
    assert result.exit_code == 0
    message = "this rule is never read: reading always ends at the rule 'All' in line 2"
    rules = path.with_name("rules.yaml")
    assert result.stdout.splitlines() == [f"{rules}:3:12: warning: {message}", f"{path}: the configuration is sound"]
    found = json.loads(run(check, "--json", "-c", path).stdout)
    assert found["ok"] is True
    assert found["warnings"] == [{"file": str(rules), "line": 3, "column": 12, "message": message}]
