"""Where do somebody's words end and the marks begin that programs and companies put below them?

Signatures behind "-- " (RFC 3676 section 4.3), "sent from my ...", legal notices, business cards below a closing phrase, list footers.
What has no clear mark stays: "Thanks, Alex" is said by Alex.
"""

import re
from collections.abc import Sequence

from gateway.mail.quotes import signatures

RULE = re.compile(r"[\s>]{0,6}(?:[-_=*~─━═—–‐―╌┄·ㅡ#+/★☆◆◇■□●○◎▲△▼▽∞♪♬.･・]\s?){3,200}[\s>]{0,6}$")

SIGNATURE_LINES = 18  # a signature below a plain "--" is not longer
NOTICE_LINES = 40  # nor a legal notice, in two languages
CARD_LINES = 14  # nor a business card

_DELIMITER = re.compile(r"[-—–]{2}$")
_NAME_AFTER_DASH = re.compile(
    r"[-–—~]{1,2}\s?(?:[A-ZÀ-Þ][\w.'’]{0,30}(?:\s(?:[A-ZÀ-Þ][\w.'’-]{0,30}|de|van|von|der|den|la|del|di|da)){0,4}|[가-힣]{2,5}\s?(?:드림|올림|배상))$"
)
_PHONE = re.compile(r"(?:\+|\(|0)\d[\d\s().\-·]{6,22}\d")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}")
_LABEL = re.compile(r"\s{0,4}([^:：|@/]{1,16}?)\s?[:：]\s")
_FRAME = " \t\u3000*_>|()[]<"
_NOTICE_FRAME = " \t\u3000-_=*~─━>#<|:：.\"'“”※[]【】()•·!"


def end_of_words(looks: Sequence[str], start: int, end: int) -> int:
    """For the run of lines start to end: the line behind the last of the person's own words."""
    first = next((number for number in range(start, end) if looks[number]), end)
    if first == end:
        return end
    top = start == 0  # what stands first in a mail is never a signature
    end = _before_delimiter(looks, first, end, top)
    end = _before_notice(looks, first, end, top)
    while True:
        last = end - 1
        while last >= first and (not looks[last] or RULE.match(looks[last])):
            last -= 1
        if last < first:
            return end if top else start
        if last == first and top:
            return end
        shorter = _before_mark(looks, first, last)
        if shorter > last:
            return last + 1
        end = shorter


def _before_delimiter(looks: Sequence[str], first: int, end: int, top: bool) -> int:
    """Above "-- " as the standard has it, else above the last plain "--"; a signature has few lines."""
    below = 0
    plain = end
    for number in range(end - 1, first - (not top), -1):
        if not looks[number]:
            continue
        if _DELIMITER.match(looks[number].strip()):
            return number
        below += 1
        if below > SIGNATURE_LINES:
            break
    return plain


def _before_notice(looks: Sequence[str], first: int, end: int, top: bool) -> int:
    """Above a legal notice: it begins a paragraph and is known by its first words and by what it speaks of."""
    found = end
    below = 0
    for number in range(end - 1, first - (not top), -1):
        if not looks[number]:
            continue
        below += 1
        if below > NOTICE_LINES:
            break
        if looks[number - 1] and number > first and not RULE.match(looks[number - 1]):
            continue
        look = looks[number].strip(_NOTICE_FRAME).lower()
        if len(look) > 3 and look.startswith(signatures.DISCLAIMERS):
            speech = " ".join(looks[number : min(number + 6, end)]).lower()
            if any(word in speech for word in signatures.DISCLAIMER_WORDS):
                found = number
    return found


def _before_mark(looks: Sequence[str], first: int, last: int) -> int:
    """Above one mark that ends at line ``last``, or the line behind it where there is none."""
    if is_program_mark(looks[last].strip(_FRAME)) or _is_name_after_dash(looks, first, last):
        return last
    return _before_card(looks, first, last)


def _is_name_after_dash(looks: Sequence[str], first: int, last: int) -> bool:
    """A paragraph of its own, "-Kim"; not the last item of a list."""
    if last - 1 <= first or looks[last - 1] or not _NAME_AFTER_DASH.match(looks[last]):
        return False
    above = looks[max(first, last - 4) : last]
    return not any(look.lstrip().startswith(("-", "–", "—", "*", "•")) for look in above)


def _before_card(looks: Sequence[str], first: int, last: int) -> int:
    """Above a business card (short lines below a closing phrase or a rule, with ways to reach somebody in them), or a list's footer."""
    keep = last + 1
    above = last
    contacts = 0
    ruled = False
    while above >= first and last - above < CARD_LINES:
        look = looks[above]
        if RULE.match(look) and look:
            ruled = True
            break
        if len(look) > 110 or look.endswith(("?", "？")):
            break
        if _closes(look):
            break
        contacts += is_contact(look)
        above -= 1
    else:
        return keep
    if above < first:
        return keep
    paragraph = [look for look in looks[above + 1 : last + 1] if look]
    if ruled and any("mailing list" in look.lower() or "mailman/listinfo" in look for look in paragraph):
        return above
    if not paragraph or contacts < (1 if ruled else 2) or contacts * 4 < len(paragraph):
        return keep
    if ruled:
        place = above - 1
        while place > first and (not looks[place] or RULE.match(looks[place])):
            place -= 1
        near = any(_closes(look) for look in looks[max(first, place - 3) : place + 1])
        return above if near else keep
    if not _closes(looks[above]) or not _is_card(paragraph):
        return keep
    # The closing phrase stays, and the name right below it.
    name = above + 1
    while name < last and not looks[name]:
        name += 1
    return name + 1 if name < last and not is_contact(looks[name]) and "|" not in looks[name] else above + 1


def _is_card(paragraph: Sequence[str]) -> bool:
    """A card holds a name or company without a label, and no labels of other things: "Order: 42" is what somebody has to say."""
    named = False
    for look in paragraph:
        label = _LABEL.match(look)
        if label and not label[1].lower().strip(" *•·|-").startswith(signatures.CONTACT):
            return False
        named = named or not label or label[1].isascii()
    return named


def _closes(look: str) -> bool:
    low = look.strip(_FRAME).lower().rstrip(" ,.!~^。、！")
    return 0 < len(low) <= 45 and (low.startswith(signatures.CLOSINGS) or low.endswith(signatures.CLOSING_ENDS))


def is_contact(look: str) -> bool:
    """Does this line name a way to reach somebody, as on a business card?"""
    low = look.strip(" \t\u3000*•·|-").lower()
    if low.startswith(signatures.CONTACT) and (_PHONE.search(look) or any(mark in low for mark in ":：.@/|")):
        return True
    return bool(_PHONE.search(look) or _ADDRESS.search(look))


def is_program_mark(look: str) -> bool:
    """Is this line put there by a phone or a mail program ("Sent from my iPhone", "나의 iPhone에서 보냄")?"""
    low = look.lower().rstrip(" .!。")
    if not 4 <= len(low) <= 120:
        return False
    words = len(low.split())
    device = any(name in low for name in signatures.DEVICES)
    if low.startswith(signatures.PROMOTIONS):
        return True
    if low.startswith(signatures.SENT_FROM):
        plain = not any(mark in low for mark in ",;:，、?") or "http" in low
        return (plain and words <= 7) or (device and words <= 9 and len(low) <= 100)
    bare = low.partition("<http")[0].partition("(http")[0].partition(" http")[0].rstrip(" .。")
    return device and len(bare) <= 60 and bare.endswith(signatures.SENT_FROM_ENDS)
