"""The recipes of docs/rules.md, each with its files as an admin would write them."""

import re

from tests.docs.pages import REPOSITORY, file_of

PAGE = (REPOSITORY / "docs" / "rules.md").read_text("utf-8")
_TEXT = PAGE[PAGE.index("\n## Recipes\n") :]


def _files(text: str) -> dict[str, str]:
    return {file_of(block): block for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)}


RECIPES = {
    title: _files(text) for title, text in re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", _TEXT, re.DOTALL | re.MULTILINE)
}
"""By title: the text of each file by its name without ``.yaml``."""

INTAKE = {
    title: files["rules"]
    for title, files in RECIPES.items()
    if set(files) == {"rules"} and not re.search("^(events|timers):", files["rules"], re.MULTILINE)
}
"""Those that are about mail that comes in alone."""
