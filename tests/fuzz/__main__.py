"""``python -m tests.fuzz [target ...] --seconds N``: look for octets that break a target (needs atheris: ``make fuzz``).

What is found is written to tests/fuzz/corpus/TARGET/crash-*: keep it there with the repair, and the normal suite replays it. The
inputs that reach new code are kept in .fuzz/ and are where the next run goes on.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import CORPUS, TARGETS

GROWN = Path(".fuzz")


def run(target: str, seconds: int) -> int:
    """One target in a process of its own: the fuzzer ends its process."""
    grown = GROWN / target
    grown.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        "--inside",
        target,
        str(grown),
        str(CORPUS / target),
        f"-max_total_time={seconds}",
        "-timeout=5",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        f"-artifact_prefix={CORPUS / target}/",
    ]
    return subprocess.run(command, check=False).returncode


def inside(target: str, arguments: list[str]) -> None:
    import atheris

    # Instrumented here, because the targets' modules were imported already.
    check = atheris.instrument_func(TARGETS[target])
    atheris.instrument_all()
    atheris.Setup([f"fuzz-{target}", *arguments], check)
    atheris.Fuzz()


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of {', '.join(TARGETS)}; all when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs have grown")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if options.fresh:
        shutil.rmtree(GROWN, ignore_errors=True)
    broken = [target for target in options.targets or TARGETS if run(target, options.seconds) != 0]
    print(f"broken: {', '.join(broken)}" if broken else "nothing found")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
