"""Which replies there are by name: ``mail/<language>/reply/<name>.txt.j2`` in the folders of templates. Looks at files, reads none."""

import re
from pathlib import Path

from gateway.config.share import share_path

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
FOLDER = "reply"


def folders_of(override: Path | None, brand: str) -> tuple[Path, ...]:
    """Where templates of a brand are looked for: its own, the admin's, the shipped ones."""
    own = () if override is None else (override / "brands" / brand, override)
    return (*own, share_path("templates"))


def replies_in(folders: tuple[Path, ...], language: str, part: str = "txt") -> frozenset[str]:
    """Names of the replies that have this part (``txt`` or ``html``) in this language."""
    ending = f".{part}.j2"
    files = (path for folder in folders for path in (folder / "mail" / language / FOLDER).glob(f"*{ending}"))
    found = (path.name.removesuffix(ending) for path in files)
    return frozenset(name for name in found if NAME.fullmatch(name))
