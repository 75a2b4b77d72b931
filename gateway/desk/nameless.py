"""A text that addresses the customer by name, for a customer whose name is not known: "Hello," and not "Hello ,"."""

import re

_NAME = re.compile(r"\{\{ {0,8}customer {0,8}\}\}")
_HONORIFICS = ("님", "様", "さま", "さん")
_PAUSES = (",", "、", "，")
_ENDS = ("!", ".", "?", "。", "！", "？")


def without_name(words: str) -> str:
    """Take out each ``{{ customer }}`` with the space before it, and an honorific and pause that would be left over."""
    text, *rest = _NAME.split(words)
    for after in rest:
        text = _joined(text.rstrip(" "), _without_title(after))
    return text


def _without_title(after: str) -> str:
    """What stands behind the name, without an honorific and the pause that follows on it."""
    behind = after.lstrip(" ")
    title = next((one for one in _HONORIFICS if behind.startswith(one)), None)
    if title is None:
        return after
    behind = behind.removeprefix(title)
    pause = next((one for one in _PAUSES if behind.startswith(one)), "")
    return f" {behind.removeprefix(pause).lstrip(' ')}" if behind[:1] not in ("", "\n", *_ENDS) else behind


def _joined(before: str, after: str) -> str:
    if after.lstrip(" ")[:1] in _ENDS and before.endswith(_PAUSES):
        return before[:-1] + after.lstrip(" ")
    if not before or before.endswith("\n"):
        return before + after.lstrip(" ")
    return before + after
