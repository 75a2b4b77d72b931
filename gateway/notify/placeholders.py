"""Placeholders that nothing fills, as can be seen without rendering: also in branches that no sample reaches."""

import difflib
from collections.abc import Iterator

from jinja2 import nodes

from gateway.notify.render import NoticeError, Templates


def placeholder_mistakes(templates: Templates, name: str, known: frozenset[str]) -> Iterator[str]:
    """In one template, in the order of the file; or why it cannot be read."""
    try:
        tree, file = templates.tree(name)
    except NoticeError as error:
        yield from error.mistakes
        return
    for line, placeholder in _unknown(tree, known):
        close = difflib.get_close_matches(placeholder, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(known))}"
        yield f"{file}:{line}: unknown placeholder {placeholder!r}; {hint}"


def _unknown(tree: nodes.Template, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Names that nothing defines. Loops define their own name and ``loop``."""
    own = {name.name for loop in tree.find_all(nodes.For) for name in _targets(loop)} | {"loop", "super"}
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in known and name.name not in own:
            yield name.lineno, name.name


def _targets(loop: nodes.For) -> Iterator[nodes.Name]:
    if isinstance(loop.target, nodes.Name):
        yield loop.target
    yield from loop.target.find_all(nodes.Name)
