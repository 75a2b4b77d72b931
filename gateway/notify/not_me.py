"""What an automatic mail says to somebody who may never have written to us, and how a short answer to it reads."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_ANSWER = {"ko": "제가 보낸 게 아닙니다", "ja": "私ではありません", "en": "not me"}
_SENTENCES = {
    "ko": "직접 보내신 메일이 아니라면 알려 주십시오. 이 주소로는 자동 메일을 더 보내지 않겠습니다.",
    "ja": "このメールにお心当たりがない場合は、お知らせください。今後、このアドレスへ自動メールをお送りすることはありません。",
    "en": "Was it not you who wrote to us? Let us know, and this address will get no more automatic mail from us.",
}
_BY_REPLY = {
    "ko": "이 메일에 '{answer}'라고만 답장하셔도 됩니다.",
    "ja": "このメールに「{answer}」とだけご返信いただいても結構です。",
    "en": 'You can also reply to this email with just these words: "{answer}"',
}
_LABELS = {"ko": "제가 보낸 게 아닙니다", "ja": "私ではありません", "en": "This was not me"}

# Whole answers, without spaces and punctuation: a longer text is read by people.
_WORDS = re.compile(
    r"(?:no|hi|hello|sorry)?(?:(?:this|that|it)(?:was|is|were)?(?:not|nt|wasnt|isnt)|wasnt|isnt|not)(?:from)?(?:me|mine|us)"
    r"|(?:i|we)(?:did|have)?(?:not|nt|didnt|havent|never)(?:write|written|wrote|send|sent)(?:this|that|it|you|toyou)?"
    r"|(?:제가|저는|내가|우리가)?(?:보낸|작성한|문의한)(?:게|것이|거|메일이|적이)?(?:아닙니다|아니에요|아니예요|아님|없습니다|없어요)"
    r"|(?:저|제가|나|내가)(?:아닙니다|아니에요|아니예요|아님)"
    r"|(?:いいえ)?(?:これは|それは)?(?:私|わたし|僕|俺|当方|弊社)(?:では|じゃ|が送ったものでは|が送ったメールでは|の送ったメールでは)(?:ありません|ないです|ない)"
    r"|(?:送って|送信して)(?:いません|おりません|ません)"
    r"|(?:心当たり|お心当たり|身に覚え)(?:が|は)?(?:ありません|ございません|ないです)"
)
LONGEST_ANSWER = 80  # characters of an answer that is looked at


@dataclass(frozen=True, slots=True)
class NotMe:
    """How one recipient says it: a page, where the web view can be reached from outside, and a mailbox of their own."""

    link: str  # "" where there is no page
    mailbox: str


def not_me_fields(not_me: NotMe | None, language: str) -> Mapping[str, str]:
    """The placeholders of the layout; all empty where nobody is asked."""
    if not_me is None:
        return {"not_me": "", "not_me_url": "", "not_me_label": ""}
    url = not_me.link or f"mailto:{quote(not_me.mailbox, safe='@+')}?subject={quote(_ANSWER[language])}"
    return {
        "not_me": f"{_SENTENCES[language]} {_BY_REPLY[language].format(answer=_ANSWER[language])}",
        "not_me_url": url,
        "not_me_label": _LABELS[language],
    }


def not_me_text(not_me: NotMe | None, language: str) -> str:
    """The last lines of the text part."""
    if not_me is None:
        return ""
    lines = (_SENTENCES[language], not_me.link, _BY_REPLY[language].format(answer=_ANSWER[language]))
    return "\n\n" + "\n".join(line for line in lines if line)


def says_not_me(reply: str) -> bool:
    """Is the whole answer one of the ways to say it, in any of our languages? ``reply``: without what it quotes."""
    said = reply.strip()
    if not said or len(said) > LONGEST_ANSWER:
        return False
    letters = "".join(letter for letter in unicodedata.normalize("NFKC", said).lower() if letter.isalnum())
    return _WORDS.fullmatch(letters) is not None
