"""CEL (Common Expression Language): the way out for conditions that YAML has no word for. No loops, no calls to the outside. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_EXPRESSION = 1_000  # characters
MAX_MACROS = 1
"""How many macros over lists (all, exists, map, filter) there may be: inside each other they cost a power of the list's length."""
_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)?")

NAMES = frozenset({"ticket", "event", "now"})


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression that yields true or false."""

    written: str
    _program: Any = field(repr=False, compare=False)

    def holds(self, values: Mapping[str, Any]) -> tuple[bool, str]:
        """Whether it holds, and why. An expression that fails on these values does not hold, and says so."""
        try:
            result = self._program.execute(dict(values))
        except Exception as error:  # the library raises ValueError, TypeError, RuntimeError, KeyError ...
            return False, f"the expression cannot be worked out here: {str(error).splitlines()[0][:200]}"
        if not isinstance(result, bool):
            return False, f"the expression gives {str(result)[:80]!r}, which is neither true nor false"
        return result, "the expression holds" if result else "the expression does not hold"


def compile_expression(written: str) -> Expression:
    """ValueError, in words for people, where it cannot be used."""
    if len(written) > MAX_EXPRESSION:
        raise ValueError(f"the expression has more than {MAX_EXPRESSION} characters")
    macros = _MACRO.findall(written)
    if len(macros) > MAX_MACROS:
        raise ValueError("an expression may go through one list once; write several conditions instead")
    import cel  # takes a fifth of a second: only rules that have an expression need it

    try:
        program = cel.compile(written)
    except ValueError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = lines[0].partition("ERROR: <input>:")[2] or lines[0]
        raise ValueError(f"{written!r} is not an expression in CEL: {reason}") from error
    unknown = sorted(set(program.variables()) - NAMES - set(macros))
    if unknown:
        raise ValueError(f"the expression names {unknown[0]!r}; known are {', '.join(sorted(NAMES))}")
    return Expression(written, program)
