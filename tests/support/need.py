"""What a test needs of the machine. Without it the test is skipped with the reason; under ``CI=true`` it fails.

A check that silently did not run looks like one that passed. ``.ci/run`` installs everything that is asked for here.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = REPOSITORY.parent / "shared" / "corpus"
_MORE_PLACES = "/usr/sbin:/sbin"  # a daemon's folder is not on everybody's PATH


def is_ci() -> bool:
    return os.environ.get("CI") == "true"


def missing(reason: str) -> NoReturn:
    """Skip the test with this reason; under CI let it fail."""
    if is_ci():
        pytest.fail(f"{reason}, and CI=true allows no skipping", pytrace=False)
    pytest.skip(reason)


def need(program: str, *, package: str | None = None) -> Path:
    """The path of a program of the system; ``package`` is Debian's name for what brings it, where it differs."""
    found = shutil.which(program) or shutil.which(program, path=_MORE_PLACES)
    if found is None:
        missing(f"{program} is not installed (Debian: apt-get install {package or program})")
    return Path(found)


def need_root(what: str) -> None:
    if os.geteuid() != 0:
        missing(f"{what} needs root")


def need_corpus() -> Path:
    """The folder of real mail beside the checkout."""
    if not CORPUS.is_dir():
        missing("there is no ../shared/corpus beside the checkout")
    return CORPUS


_NO_MAIL = {"expected.jsonl", "LICENSES.md", "LICENSE.upstream", ".gitattributes"}


def corpus_mails() -> list[Path]:
    """Every mail of the corpus, in the order of its names."""
    corpus = need_corpus()
    return sorted(path for path in corpus.rglob("*") if path.is_file() and path.name not in _NO_MAIL)
