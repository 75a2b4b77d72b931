"""Where the shipped templates and the starter configuration are: in a checkout, or in an installed wheel."""

from pathlib import Path
from typing import Literal

import gateway


def share_path(name: Literal["templates", "config"]) -> Path:
    """The folder; FileNotFoundError where the installation lacks it."""
    package = Path(gateway.__file__).resolve().parent
    for folder in (package / "_share" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the installation lacks its folder {name!r}; install support-gateway again")
