"""Where does a quotation begin? The attribution line ("On ..., Kim wrote:") and the header block ("From: ... Sent: ... Subject: ...").

A decision by counted evidence rather than by one large pattern: each look is a search for plain words or one small anchored pattern in
a line cut to 400 characters, so the cost is linear whatever the text.
"""

import re
from collections.abc import Callable, Sequence

from gateway.mail.quotes.attribution import DATE_STARTS, ENDS_WITHOUT_COLON, QUOTING, STARTS, VERBS, VERBS_ANYWHERE
from gateway.mail.quotes.labels import ROLES, Role, fold

LINE_LOOKED_AT = 400  # characters of a line that any look sees
WINDOW = 4  # lines that one attribution may be wrapped over
ATTRIBUTION_LIMIT = 330  # characters of a whole attribution
BLOCK_LINES = 16  # lines of one header block, wrapped ones included

_MAY_BEGIN = re.compile(r"[\d@:：<]")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時시点點]\s?\d{2}(?!\d)|\d{1,2}시|\d{1,2}時")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{1,2}\s?[월月]\s?\d{1,2}\s?[일日]|"
    r"(?<!\w)\d{1,2}\.?(?:\sde)?\s[^\W\d_]{3,12}\.?(?:\sde)?,?\s\d{2,4}(?!\d)|(?<!\w)[A-Z][a-z]{2,8}\.?\s\d{1,2},?\s(?:at|\d)"
)
_ADDRESS = re.compile(r"[\w.+=%'-]{1,80}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_VERB = re.compile(
    r"(?<!\w)(?:" + "|".join(re.escape(verb) for verb in sorted(VERBS, key=len, reverse=True)) + r")(?!\w)"
)
_DATED_MAILBOX = re.compile(
    r"\d{4}[./-]\d{1,2}[./-]\d{1,2}\s[^<>]{1,80}<[\w.+=%'-]{1,80}@[\w.-]{1,255}>?[:：]?"
)  # Gmail, 2011
_MAILBOX_WROTE = re.compile(r"[^<>:@]{1,80}<[\w.+=%'-]{1,80}@[\w.-]{1,255}>\s?[^\d<>]{2,20}[:：]")
_BEGINS_WITH_DATE = re.compile(r"[\"'(\[]?(?:\d{1,4}[./\-年년\s:]|\d{1,2}\s?[월月])")
_BEGINS_WITH_DAY = re.compile(
    r"[\"'(\[]?(?:"
    + "|".join(re.escape(day) for day in sorted(set(DATE_STARTS), key=len, reverse=True))
    + r")[\w]{0,10}[.,]{0,2}\s{0,2}\(?\d"
)


def attribution_at(looks: Sequence[str], number: int, *, quote_follows: Callable[[int], bool]) -> int:
    """How many lines does the attribution that begins at this line take? 0 if none begins here.

    ``quote_follows(n)`` says whether the next line that is not empty, from line n on, is marked as quoted.
    """
    if not _MAY_BEGIN.search(looks[number]):
        return 0
    first = _bare(looks[number])
    if not first or len(first) > ATTRIBUTION_LIMIT:
        return 0
    strong = _begins(first)
    if not strong and not (
        (first.endswith((":", "：")) and quote_follows(number + 1))
        or ("@" in first and _ADDRESS.search(first))
        or _DATE.search(first)
    ):
        return 0
    joined = first
    for length in range(1, WINDOW + 1):
        if length > 1:
            if number + length - 1 >= len(looks):
                return 0
            piece = _bare(looks[number + length - 1])
            if not piece or len(joined) + len(piece) > ATTRIBUTION_LIMIT:
                return 0
            if _begins_with_word(piece) and _attributes(_join(looks, number + length - 1), quoted=False):
                return 0  # the attribution begins further down; the line here is the sender's
            joined += " " + piece
        if _attributes(joined, quoted=quote_follows(number + length)) and (
            strong or length == 1 or not _begins(_bare(looks[number + length - 1]))
        ):
            return length
    return 0


def _join(looks: Sequence[str], number: int) -> str:
    pieces: list[str] = []
    for look in looks[number : number + WINDOW]:
        bare = _bare(look)
        if not bare:
            break
        pieces.append(bare)
        if bare.endswith((":", "：")):
            break
    return " ".join(pieces)[:ATTRIBUTION_LIMIT]


def _bare(look: str) -> str:
    return look.strip(" \t\u3000*_>|~-–—").replace("\u202f", " ")


def _begins_with_word(text: str) -> bool:
    return text.lower().startswith(STARTS)


def _begins(text: str) -> bool:
    low = text.lower()
    return low.startswith(STARTS) or bool(_BEGINS_WITH_DATE.match(text)) or bool(_BEGINS_WITH_DAY.match(low))


def _attributes(text: str, *, quoted: bool) -> bool:
    """Does this read as an attribution? Somebody, some time, and a verb of writing or an address right before the colon."""
    low = text.lower()
    tail = low.rstrip(" >*_")
    colon = tail.endswith((":", "：", ':"', "：」"))
    if (colon or quoted) and _DATED_MAILBOX.fullmatch(text):
        return True
    if not colon and not tail.endswith(ENDS_WITHOUT_COLON):
        return False
    dated = bool(_DATE.search(text))
    timed = bool(_TIME.search(text))
    address = "@" in text and bool(_ADDRESS.search(text))
    spoken = bool(_VERB.search(low)) or any(verb in low for verb in VERBS_ANYWHERE)
    if spoken and ((dated and timed) or (address and (dated or timed or _begins(text)))):
        return True
    if colon and address and ((dated and timed and _begins(text)) or low.startswith(QUOTING)):
        return True
    if spoken and _MAILBOX_WROTE.fullmatch(text):
        return True
    if not quoted:
        return spoken and dated and _begins(text) and len(text) <= 120 and len(text.split()) >= 4
    return (spoken and len(text) <= 200) or (colon and address and len(text) <= 200) or (colon and dated and timed)


def header_block_at(looks: Sequence[str], number: int, *, after_separator: bool = False) -> int:
    """Return the line after the header block that begins here, or 0.

    It takes three roles, From among them, and either a subject or a mail address: "From: Seoul / To: Busan / Date: 5 May" is no such
    block. Below a separator two roles are enough.
    """
    if number >= len(looks):
        return 0
    first = _label(looks[number])
    if first is None or first[0] is Role.OTHER:
        return 0
    roles: set[Role] = {first[0]}
    values = [first[1]]
    end = number + 1
    blanks = 0
    for place in range(number + 1, min(number + BLOCK_LINES, len(looks))):
        look = looks[place]
        if not look:
            blanks += 1
            if blanks > 1 and place - end >= 1 and not _label_follows(looks, place):
                break
            if not _label_follows(looks, place):
                break
            continue
        found = _label(look)
        if found is not None:
            if found[0] in roles and found[0] is Role.FROM:
                break
            roles.add(found[0])
            values.append(found[1])
        elif place > end or not _continues(look, values[-1], looks, place):
            break
        end = place + 1
    mailed = any("@" in value for value in values) or Role.SUBJECT in roles
    enough = 2 if after_separator else 3
    named = roles - {Role.OTHER}
    if Role.FROM in roles and len(named) >= enough and (mailed or after_separator):
        return end
    if Role.FROM in roles and len(named) == 2 and Role.SENT in roles and "@" in values[0] and first[0] is Role.FROM:
        return end
    return 0


def _label_follows(looks: Sequence[str], place: int) -> bool:
    return place + 1 < len(looks) and bool(looks[place + 1]) and _label(looks[place + 1]) is not None


def _continues(look: str, value: str, looks: Sequence[str], place: int) -> bool:
    """A wrapped value: an indented line, more addresses, or a line with another label right below it."""
    return (
        look[:1] in " \t"
        or "@" in look
        or ";" in look
        or value.endswith((",", ";", "<"))
        or _label_follows(looks, place)
    )


def _label(look: str) -> tuple[Role, str] | None:
    """The role and value of a line "Label: value", also in a table's row "| Label | value |"."""
    head = look.lstrip(" \t\u3000>*_|•·-")[:60]
    for mark in (":", "：", "|", "\t"):
        place = head.find(mark)
        if 0 < place <= 40:
            role = ROLES.get(fold(head[:place]))
            if role is not None and (
                mark in ":：" or look.lstrip().startswith("|") or (role is not Role.OTHER and mark == "\t")
            ):
                return role, look.lstrip(" \t\u3000>*_|•·-")[place + 1 :].strip(" *_|\t")
    return None
