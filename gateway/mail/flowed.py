"""Text that may be wrapped anew: format=flowed (RFC 3676)."""


def unflow(text: str, *, delete_space: bool) -> str:
    """Join the lines that the sender's program broke. Quoted lines keep their marks, and join lines of the same depth only.

    ``delete_space`` is DelSp=yes: the blank at the line's end is not part of the text, as in Chinese, Japanese or Korean without blanks.
    """
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        content = line[marks:]
        if content.startswith(" "):
            content = content[1:]
        if paragraph and (marks != depth or content == "-- "):
            out.append(_quoted("".join(paragraph), depth))
            paragraph = []
        depth = marks
        # A signature separator ends in a blank and is no flowed line (section 4.3).
        if content.endswith(" ") and content != "-- ":
            paragraph.append(content[:-1] if delete_space else content)
            continue
        paragraph.append(content)
        out.append(_quoted("".join(paragraph), depth))
        paragraph = []
    if paragraph:
        out.append(_quoted("".join(paragraph).rstrip(" "), depth))
    return "\n".join(out)


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text
