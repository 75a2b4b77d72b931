"""An agent's plain text as the HTML of a mail: the same words, lines and indents, links made clickable, all else escaped."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

# Fonts that are on the reader's computer: Apple's, then Windows', then the free ones.
FONTS = {
    "ko": Markup("'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR','Noto Sans CJK KR',sans-serif"),
    "ja": Markup("'Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans JP','Noto Sans CJK JP',sans-serif"),
    "en": Markup("-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"),
}
# ASCII only: in Korean and Japanese the next word may follow a link without a space.
_LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\[\]]{1,2000}")
_PARAGRAPH, _PARAGRAPH_END = Markup('<p style="margin:0 0 16px;">'), Markup("</p>")
_LINK_HTML = Markup('<a href="{0}" style="color:#1a56db;" class="link">{0}</a>')
_BREAK = Markup("<br>\n")
_SPACE = Markup("&nbsp;")


def html_of(text: str) -> Markup:
    """Plain text as HTML paragraphs that look the same: line breaks, indents and links kept, everything else escaped."""
    if not text:
        return Markup("")
    return Markup("\n").join(_paragraph(block) for block in re.split(r"\n{2,}", text))


def _paragraph(block: str) -> Markup:
    return _PARAGRAPH + _BREAK.join([html_line(line) for line in block.split("\n")]) + _PARAGRAPH_END


def html_line(line: str) -> Markup:
    """One line of text."""
    stripped = line.lstrip(" \t")
    indent = line[: len(line) - len(stripped)].expandtabs(4)
    if "://" not in stripped:
        return _SPACE * len(indent) + escape(stripped) if indent else escape(stripped)
    pieces = [_SPACE * len(indent)]
    end = 0
    for found in _LINK.finditer(stripped):
        link = found[0].rstrip(".,;:!?'")
        if link.endswith(")") and "(" not in link:
            link = link.rstrip(").,")
        pieces += [escape(stripped[end : found.start()]), _LINK_HTML.format(link)]
        end = found.start() + len(link)
    return Markup("").join([*pieces, escape(stripped[end:])])


def page_of(text: str, language: str) -> str:
    """A whole page of one plain text, for mail to our own people."""
    return f'<html lang="{language}"><body style="font-family:{FONTS[language]}">{html_of(text)}</body></html>'


def listed_page(
    opening: str, link: str, sections: Sequence[tuple[str, Sequence[str]]], closing: str, language: str
) -> str:
    """A whole page of lists, each with its title ("" for none); empty ones are left out, and ``link`` is the only link.

    Colours are the reader's own, so it is readable in the dark.
    """
    body = Markup("<p>{}</p>\n").format(opening)
    if link:
        body += Markup('<p><a href="{0}">{0}</a></p>\n').format(link)
    for title, lines in sections:
        if lines:
            items = Markup("").join([Markup("<li>{}</li>\n").format(line) for line in lines])
            body += Markup("<h3>{}</h3>\n").format(title) if title else Markup("")
            body += Markup("<ul>\n{}</ul>\n").format(items)
    body += Markup('<p style="color:#7a8291;">{}</p>').format(closing)
    frame = Markup(
        '<!DOCTYPE html>\n<html lang="{}">\n<head><meta name="color-scheme" content="light dark"></head>\n'
        '<body style="font-family:{};line-height:1.6;">\n{}\n</body>\n</html>\n'
    )
    return str(frame.format(language, FONTS[language], body))
