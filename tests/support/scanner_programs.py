"""Debian's rspamd, SpamAssassin and ClamAV, each started privately on a Unix socket below one folder, with rules of a test's size."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import md5
from pathlib import Path

from gateway.config.scanners import Scanner
from tests.support.need import need

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CHEAP = "Buy cheap watches"  # what our own rules give 7.5
KINDS = ("rspamd", "spamassassin", "clamav")
VIRUS = "gateway-test-virus"  # what our own signature finds anywhere

_START_SECONDS = 60.0

_RSPAMD = """\
options {{
  pidfile = "{folder}/rspamd.pid"; gtube_patterns = "all"; disable_hyperscan = true; tempdir = "{folder}";
  dns {{ nameserver = "127.0.0.1:9"; timeout = 0.05s; retransmits = 1; }}
}}
lua = "{folder}/rules.lua";
actions {{ reject = 15; add_header = 6; }}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "warning"; }}
worker "normal" {{ bind_socket = "{folder}/rspamd.sock mode=0600"; count = 1; enabled = true; }}
"""
_RSPAMD_RULES = """\
rspamd_config.GATEWAY_TEST = {{
  callback = function(task) return task:get_content():find('{cheap}', 1, true) ~= nil end, score = 7.5,
}}
"""
_SPAMASSASSIN_RULES = """\
body GATEWAY_TEST /{cheap}/
score GATEWAY_TEST 7.5
"""
_CLAMD = """\
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}/signatures
LogFile {folder}/clamd.log
PidFile {folder}/clamd.pid
TemporaryDirectory {folder}
Foreground yes
StreamMaxLength 2M
"""


@contextmanager
def running_scanners(folder: Path, *kinds: str) -> Iterator[dict[str, Scanner]]:
    """One of each kind; they are started side by side, since each needs seconds."""
    folder.chmod(0o755)  # where root starts them, spamd and rspamd go on as somebody else
    names = {"rspamd": "rspamd.sock", "spamassassin": "spamd.sock", "clamav": "clamd.sock"}
    commands = {"rspamd": _rspamd, "spamassassin": _spamassassin, "clamav": _clamav}
    with ExitStack() as stack:
        programs = {
            kind: (
                stack.enter_context(_running(commands[kind](folder), folder / f"{kind}.out")),
                folder / names[kind],
            )
            for kind in kinds
        }
        for kind, (program, path) in programs.items():
            _wait_for(program, path, folder / f"{kind}.out")
        yield {
            kind: Scanner.model_validate({"name": kind, "kind": kind, "address": f"unix:{path}", "seconds": 20})
            for kind, (_, path) in programs.items()
        }


def _rspamd(folder: Path) -> Sequence[str]:
    program = need("rspamd")
    (folder / "rules.lua").write_text(_RSPAMD_RULES.format(cheap=CHEAP))
    (folder / "rspamd.conf").write_text(_RSPAMD.format(folder=folder))
    places = [f"--var={name}={folder}" for name in ("LOCAL_CONFDIR", "RUNDIR", "DBDIR", "LOGDIR")]
    return (str(program), "-f", "-i", "-c", str(folder / "rspamd.conf"), *places)


def _spamassassin(folder: Path) -> Sequence[str]:
    program = need("spamd")
    rules = folder / "rules"
    rules.mkdir()
    for plugins in Path("/etc/spamassassin").glob("*.pre"):
        shutil.copy(plugins, rules)
    (rules / "local.cf").write_text(_SPAMASSASSIN_RULES.format(cheap=CHEAP))
    return (
        str(program),
        "--local",
        "--nouser-config",
        "--max-children=2",
        "--syslog=stderr",
        f"--siteconfigpath={rules}",
        f"--helper-home-dir={folder}",
        f"--socketpath={folder / 'spamd.sock'}",
        "--socketmode=0600",
    )


def _clamav(folder: Path) -> Sequence[str]:
    program = need("clamd", package="clamav-daemon")
    signatures = folder / "signatures"
    signatures.mkdir()
    digest = md5(EICAR.encode()).hexdigest()  # the form of a .hdb file
    (signatures / "test.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test\n")
    (signatures / "test.ndb").write_text(f"Gateway.Test:0:*:{VIRUS.encode().hex()}\n")
    (folder / "clamd.conf").write_text(_CLAMD.format(folder=folder))
    return (str(program), "-c", str(folder / "clamd.conf"))


@contextmanager
def _running(command: Sequence[str], output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with output.open("wb") as log:
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(timeout=10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _wait_for(program: "subprocess.Popen[bytes]", path: Path, output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert program.poll() is None, f"it ended by itself: {output.read_text(errors='replace')[-2000:]}"
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError(f"nothing listens at {path}: {output.read_text(errors='replace')[-2000:]}")
