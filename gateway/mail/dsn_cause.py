"""Why was it not delivered? From the words of the mail system, the stage of the SMTP dialogue, and the status code."""

import re
from collections.abc import Sequence

from gateway.mail.dsn_reasons import Reason
from gateway.mail.dsn_words import BY_REPLY_CODE, BY_STATUS, VAGUE, WORDS

LOOKED_AT = 4_000  # characters of each text

_AFTER_MAIL = re.compile(
    r"(?:in reply to|after|did not like our) (?:the )?mail(?: from)?|sender was rejected|>>> mail from|response to mail"
)
_AFTER_RCPT = re.compile(
    r"(?:in reply to|after|did not like our|to) (?:the )?rcpt|>>> rcpt to|"
    r"does not like recipient|rcpt to:\s?<|need rcpt|no valid recipients|smtp command:? rcpt"
)
_AFTER_DATA = re.compile(
    r"(?:in reply to|after|did not like our) (?:the )?(?:end of data|data)|>>> data|>>> \.|"
    r"failed after i sent the message|end of data|smtp command:? data|"
    r"\(state 1[5-8]\)"  # Google's numbers: 14 is RCPT, 18 the message itself
)
# KDDI names the recipient in front of the colon when it refuses RCPT, and nobody when the recipient's own filter refuses the content.
_OF_NOBODY = re.compile(r"(?<!\d)[45]\d\d:? : (?:user unknown|unknown user)")
_NAMES = re.compile(
    r"[^\s<>()\[\]\"',;:@（）「」【】，。；：]{1,100}@[\w.-]{1,255}|https?://(?!groups\.google)[^\s<>]{1,400}"
)
_EMPTY = re.compile(r"< ?>|\[ ?\]|\( ?\)|\" ?\"|' ?'")  # where an address stood
_STATES = frozenset({Reason.FULL, Reason.SUSPENDED})  # of a mailbox that is there
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")


def cause_of(texts: Sequence[str], status: str | None, dialogue: str) -> Reason:
    """Say why.

    ``texts`` are what is said about the recipient, the most precise first; ``dialogue`` is the report's prose, in which the stage of the
    SMTP dialogue may be told. A refusal after DATA judges the content and one after MAIL the sender, whatever words it uses: the
    recipient had been accepted by then.
    """
    if status is not None and status.startswith("4."):
        return Reason.TEMPORARY
    for text in texts:
        spoken = _plain(text)
        low = " ".join(_EMPTY.sub(" ", spoken).split())
        reason = next((reason for reason, words in WORDS if any(word in low for word in words)), Reason.OTHER)
        if reason is Reason.UNKNOWN_USER and any(word in low for word in VAGUE):
            if _OF_NOBODY.search(spoken):
                return Reason.FILTERED
            if (closer := _said_elsewhere(texts)) is not None:
                return closer
            return _staged(reason, " ".join(dialogue[:LOOKED_AT].lower().split()))
        if reason is Reason.OTHER and (code := _REPLY_CODE.search(low)):
            reason = BY_REPLY_CODE.get(code[1], reason)
        if reason is not Reason.OTHER:
            return reason
    return BY_STATUS.get(status or "", Reason.OTHER)


def _said_elsewhere(texts: Sequence[str]) -> Reason | None:
    """Some carriers send a sentence that says more than the reply they quote: "The account is disabled", "550 user unknown"."""
    low = " ".join(_plain(text) for text in texts)
    return next((reason for reason, words in WORDS if reason in _STATES and any(word in low for word in words)), None)


def _plain(text: str) -> str:
    """Lower case, one blank between words, and without the addresses and links, whose words say nothing about the reason."""
    return " ".join(_NAMES.sub(" ", text[:LOOKED_AT]).lower().replace("’", "'").split())


def _staged(reason: Reason, dialogue: str) -> Reason:
    if _AFTER_RCPT.search(dialogue):
        return reason
    if _AFTER_DATA.search(dialogue):
        return Reason.FILTERED
    return Reason.SENDER if _AFTER_MAIL.search(dialogue) else reason
