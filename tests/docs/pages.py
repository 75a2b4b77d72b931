"""The pages of the documentation as data: blocks, links, words in code."""

import re
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / name for name in ("README.md", "HACKING.md", "CHANGELOG.md"))]
)
RUN = "<!-- run -->"

_BLOCK = re.compile(
    r"^(?P<run><!-- run -->\n+)?(?P<fence>```+)(?P<kind>\w*)\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE
)
_INDENTED = re.compile(r"(?<=\n\n)(?:    .*\n|\n(?=    ))+")
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``run``: it stands behind ``<!-- run -->``, so a test runs it."""

    page: str
    line: int
    kind: str
    run: bool
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def blocks(kind: str | None = None) -> list[Block]:
    """Every fenced block of every page, in order."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("text")) + 1
            if kind in (None, match["kind"]):
                found.append(Block(name_of(page), line, match["kind"], match["run"] is not None, match["text"]))
    return found


FILES = {
    "rules": ("rules", "events", "timers", "tests"),
    "calendars": ("calendars",),
    "teams": ("teams",),
    "sla": ("policies",),
    "menus": ("menus",),
    "macros": ("macros",),
    "fields": ("fields", "statuses", "matrix"),
    "organizations": ("organizations",),
    "webhooks": ("webhooks",),
    "views": ("views",),
}
"""The files of a configuration beside gateway.yaml, and the keys at the top by which one knows a block of each."""


def file_of(text: str) -> str:
    """Which file a block of YAML is, without ``.yaml``: by its first key."""
    match = re.search(r"^(\w+):", text, re.MULTILINE)
    assert match is not None
    return next((file for file, keys in FILES.items() if match[1] in keys), "gateway")


def together(block: "Block") -> dict[str, str]:
    """The block as a file, with the other files that stand under the same heading: examples of several files belong together."""
    text = (REPOSITORY / block.page).read_text("utf-8")
    headings = [match.start() for match in re.finditer(r"^#{1,6} ", _blanked(text), re.MULTILINE)]
    found: dict[str, str] = {}
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        at = [sum(heading < place for heading in headings) for place in (match.start(), _offset(text, block.line))]
        if match["kind"] == "yaml" and at[0] == at[1] and line != block.line:
            found.setdefault(file_of(match["text"]), match["text"])
    return found | {file_of(block.text): block.text}


def _blanked(text: str) -> str:
    """The page with its blocks blanked, octet for octet: comments in them are no headings."""
    return _BLOCK.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _offset(text: str, line: int) -> int:
    return sum(len(one) for one in text.splitlines(keepends=True)[: line - 1])


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text("utf-8"))


def code_words(page: Path) -> list[str]:
    """Everything that a page shows as code: inline, one item each; and the lines of its blocks."""
    text = prose(page)
    lines = [line for match in _BLOCK.finditer(page.read_text("utf-8")) for line in match["text"].splitlines()]
    lines += [line for match in _INDENTED.finditer(text) for line in match[0].splitlines()]
    return [*_INLINE.findall(text), *(line.strip() for line in lines)]


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    text = (REPOSITORY / page).read_text("utf-8")
    match = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.DOTALL | re.MULTILINE)
    assert match is not None, f"{page} has no heading {heading!r}"
    return match[2]


def first_column(text: str) -> set[str]:
    """The words in code of the first column of the tables in ``text``."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return {word for row in rows for word in _INLINE.findall(row)}
