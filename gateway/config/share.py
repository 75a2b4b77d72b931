"""Where the files are that travel with the program: in the checkout, or inside the installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def share_path(name: str) -> Path:
    """The folder ``name`` ("templates", "config"). Raises FileNotFoundError, which names the places looked at.

    An installed wheel carries it under ``gateway/_share``; a checkout has it beside the package.
    """
    places = (_PACKAGE / "_share" / name, _PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the program's own folder {name!r} is neither at {places[0]} nor at {places[1]}")
