"""Runs commands of the gateway, each in a process of its own, which is a fork of this one: everything is imported once.

Reads orders as JSON lines on standard input and answers each with its exit status. ``tests.support.commands`` is the other end.
"""

import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway import cli
from gateway.cli.main import main

for module in pkgutil.iter_modules(cli.__path__):
    if not module.name.startswith("__"):
        importlib.import_module(f"gateway.cli.{module.name}")


def run(order: dict[str, Any]) -> NoReturn:
    """What ``python -m gateway`` does, in the place and with the streams of the order."""
    for number, (name, flags) in enumerate(
        [("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY | os.O_CREAT), ("stderr", os.O_WRONLY | os.O_CREAT)]
    ):
        os.dup2(os.open(order[name], flags, 0o600), number)
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["cwd"])
    sys.exit(main(order["arguments"]))


def serve() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
