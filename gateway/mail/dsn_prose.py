"""Delivery reports in plain words: who sends them, whom they name, what they say."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.mail.dsn_report import STATUS
from gateway.mail.kind_words import AUTO_REPLY_SUBJECTS

LOOKED_AT = 65_536  # characters of a report
LINE_LOOKED_AT = 500
RECIPIENTS_LIMIT = 1_000

_NOT_OF_ADDRESS = r"\s<>()\[\]\"',;:@|（）［］【】「」『』《》〈〉“”‘’，、。；：｜＜＞"
_ADDRESS = rf"[^{_NOT_OF_ADDRESS}]{{1,100}}@[^{_NOT_OF_ADDRESS}]{{1,255}}"
_SENDERS = (
    "mailer-daemon",
    "mailer_daemon",
    "mail_delivery",
    "mailerdaemon",
    "postmaster",
    "post-master",
    "post_master",
    "mail administrator",
    "mail delivery",
    "mail system",
    "mail server",
    "mail-daemon",
    "maildaemon",
    "mail.delivery",
    "mail delivery",
    "bounce",
    "mdaemon",
)
_SUBJECTS = (
    "undeliver", "returned mail", "failure notice", "error sending your mail", "mail delivery failed", "mail delivery failure",
    "delivery status notification", "delivery failure",
    "delivery notification", "mail failure", "mail error", "mail system error", "ndn:", "non-delivery", "non delivery",
    "delivery report", "failed delivery",
    "could not be delivered", "mail could not", "unable to deliver", "warning: could not send", "delayed mail",
    "message delayed", "delivery delayed",
    "rejected mail", "bounce", "message delivery", "mail delivery", "errors from", "loop alert", "postmaster notify",
    "delivery error", "message status", "not delivered",
    "반송", "전송 실패", "전송실패", "발송 실패", "발송실패", "메일 전송", "배달", "배송 불가", "전달 실패", "수신 실패",
    "전송되지", "발송되지", "배달되지",
    "配信", "送信エラー", "宛先不明", "送信できません", "エラーメール", "不達", "戻りメール", "送達", "unzustellbar", "退信",
    "投递失败", "无法投递", "無法傳遞", "未送达", "non remis", "non distribu", "devuelto", "no se puede entregar",
    "не доставлен", "недоставлен", "mancata consegna", "onbestelbaar", "niet bezorgd", "não entregue", "nie dostarczono",
    "kunde inte", "kunne ikke", "teslim edilemedi",
)  # fmt: skip
_EXACT_SUBJECTS = (
    "undelivered mail returned to sender", "delivery status notification (fail", "delivery status notification (delay",
    "mail delivery failed: returning",
    "failure notice", "returned mail: ", "undeliverable: ", "undeliverable mail", "undeliverable message", "delivery failure",
    "warning: could not send message",
    "mail could not be delivered", "delivery notification: delivery has failed", "mail system error - returned mail",
    "delivery report (failure)",
    "mail delivery failure", "non-delivery notification", "[반송]", "반송메일", "메일 발송 실패", "메일 전송 실패",
    "배달되지 않음: ", "配信不能: ", "系统退信",
)  # fmt: skip
_PHRASES = (
    "could not be delivered", "couldn't be delivered", "had trouble delivering", "had delivery problems",
    "wasn't able to deliver", "unable to deliver", "permanent fatal errors",
    "did not reach",
    "was not delivered", "wasn't delivered", "delivery to the following", "not be delivered to", "undeliverable",
    "failed permanently", "user unknown", "unknown user", "delivery failed", "failed delivery",
    "no such user", "delivery has failed", "delivery failure", "returned to sender",
    "not delivered", "cannot be delivered", "will be returned",
    "transcript of session follows", "undelivered", "delivery delayed", "has not been delivered", "have not been delivered",
    "not yet been delivered", "will continue to try", "recipient rejected",
    "invalid final delivery",
    "unknown recipient", "address not found", "failed to deliver", "error delivering", "could not be sent", "non-deliverable",
    "반송", "전송에 실패", "전송하지 못", "전달하지 못", "전달되지", "전송되지", "발송되지", "발송에 실패", "발송하지 못",
    "배달되지", "배달하지 못", "전송할 수 없", "전달할 수 없",
    "配信できません", "届けることができません", "お届けできません", "配送できません", "送信に失敗",
    "配信されません", "送達できません", "到達できません", "宛先不明",
    "nicht zugestellt", "impossible de remettre",
    "niet afgeleverd",
    "kunde inte levereras", "kunne ikke leveres",
    "не может быть доставлено", "не было доставлено", "не удалось доставить", "teslim edilemedi",
    "无法投递", "无法送达", "退信", "無法傳遞", "無法投遞", "投递失败", "发送失败", "未能送达",
)  # fmt: skip
# Enough only where a mail system is the sender, or the subject says the same: people away from their desks use these words too.
_VAGUE_PHRASES = (
    "delayed", "quota", "not exist", "was rejected", "is rejected", "been rejected", "mailbox is full",
    "not reach", "존재하지 않", "konnte nicht", "no se pudo", "no se ha podido", "não pôde ser",
    "non può essere", "non è stato possibile", "n'a pu être", "n'a pas pu être", "kon niet worden",
    "보내지 못", "보낼 수 없", "送信できません", "not deliver", "was not sent", "could not send", "nie może zostać",
    "nie mogła zostać", "届いておりません", "届きませんでした", "duplicated message-id", "not member", "not a member",
    "loop",
)  # fmt: skip
_DELAYS = (
    "could not send message for past", "warning message only", "delivery delayed", "temporary failure report",
    "temporarily delayed", "will continue to try", "will be retried",
    "delivery attempts will continue", "still being tried", "is delayed",
    "지연", "再送", "遅延",
)  # fmt: skip
# Whom a report names, the most telling shape first; the recipients are all lines of the first shape that occurs.
_NAMED = (
    "recipient address|final.recipient|받는 사람|받는사람|수신자|수신인|수신 주소|수신주소|받는 주소|받는이|수신 메일|"
    "宛先|宛て先|受信者|送信先|送付先|收件人|收件者|destinataire|empfänger|destinatario|destinatário|odbiorca|получатель|alıcı|người nhận"
)
_BEFORE = (
    "rcpt to|delivered to|delivery to|deliver to|deliver your mail to|deliver message to|delivering your mail to|"
    "deliver your message to|message sent to|userid|recipient|user|address|to|for|envelope-to"
)
_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\s{{0,8}}<({_ADDRESS})>(?:\s?[:：]|,? ?\.\.\.)",
        rf"[45]\d\d[ -](?:[45]\.\d{{1,3}}\.\d{{1,3}} )?<?({_ADDRESS})>?\.\.\.",
        rf"[\s*·•-]{{0,8}}(?:{_NAMED})\s{{0,4}}[:：]\s{{0,4}}(?:rfc822;\s?)?<?({_ADDRESS})>?",
        rf"\s{{0,20}}(?:[*•·-]\s{{0,4}})?[<\"]?({_ADDRESS})[>\"]?[.:]?$",
        rf"\s{{0,20}}<?({_ADDRESS})>?\s{{0,4}}(?:\.\.\.|:|：|on |\(|\[|,|invalid|because|is not|does not|failed)",
        rf".{{0,160}}?(?<!\w)(?:{_BEFORE})\s{{0,4}}:?\s{{0,10}}<?({_ADDRESS})>?",
        rf".{{0,160}}?<({_ADDRESS})>",
        rf".{{0,160}}?[\s:'\"(：「]({_ADDRESS})",
    )
)
_NOT_OF_RECIPIENT = re.compile(
    r"\s{1,8}(?:from|sender|reply-to|return-path|message-id|subject)\s{0,4}:|"
    r"\W{0,12}(?:in:\s{1,4})?mail\s{0,4}from|\s{0,8}from[:\s]|\s{0,8}generated from|"
    r"\W{0,12}(?:your |the )?(?:original )?message[- ]?id(?:entifier)?\b",
    re.IGNORECASE,
)
# Whom to ask for help: the one that failed only where no other line names one.
_ASIDE = re.compile(
    r"\W{0,8}(?:please (?:reply|contact|send|write|forward)|for (?:further |more )?(?:help|assistance|information)|if you |contact )",
    re.IGNORECASE,
)
_REPLY_CODE = re.compile(r"(?<![\d.:])([45])[0-5]\d(?:[\s:-](?=[\s\w<#:\[(])|$)", re.MULTILINE)


def may_be_bounce(headers: Sequence[tuple[str, str]], *, subject: str, author: str | None) -> bool:
    """Whether any text would make it one: a mail system is the sender, or the subject is a mail system's."""
    signs = _signs(headers, subject, author)
    return signs.named or signs.robot or signs.null_sender or signs.own_words


def is_bounce(headers: Sequence[tuple[str, str]], *, subject: str, author: str | None, text: str) -> bool:
    """Two signs out of: sent by a mail system, its subject, its words."""
    signs = _signs(headers, subject, author)
    if signs.named:
        return True
    topic = any(word in subject[:LINE_LOOKED_AT].lower() for word in _SUBJECTS)
    if signs.robot:
        return topic or _says(text, _PHRASES) or _says(text, _VAGUE_PHRASES)
    if signs.null_sender:
        return _says(text, _PHRASES) or (topic and _says(text, _VAGUE_PHRASES))
    asks = any(mark in text[:LOOKED_AT] for mark in "?？")  # people ask, reports do not
    return signs.own_words and not asks and _says(text, _PHRASES) and bool(recipients(text, ()))


@dataclass(frozen=True, slots=True)
class _Signs:
    named: bool  # X-Failed-Recipients
    robot: bool
    null_sender: bool
    own_words: bool


def _signs(headers: Sequence[tuple[str, str]], subject: str, author: str | None) -> _Signs:
    names = {name.lower(): value for name, value in headers}
    sender = ((author or "") + " " + names.get("from", "")[:LINE_LOOKED_AT]).lower()
    low = " ".join(subject[:LINE_LOOKED_AT].lower().split())
    return _Signs(
        named="x-failed-recipients" in names,
        robot=any(word in sender for word in _SENDERS) or _is_list_server(names),
        null_sender=names.get("return-path", "").strip() == "<>" and not low.startswith(AUTO_REPLY_SUBJECTS),
        # A person may write about a bounce, too: without a mail system as the sender the subject must be a mail system's, word for word,
        # and the reverse-path not the author's own.
        own_words=low.startswith(_EXACT_SUBJECTS)
        and "in-reply-to" not in names
        and (not author or names.get("return-path", "").strip("<> ").lower() != author.lower()),
    )


def _is_list_server(names: Mapping[str, str]) -> bool:
    """A list manager speaking for itself, not one of its members (fml)."""
    return "x-mlserver" in names and not {"list-id", "list-post", "x-ml-count", "x-mail-count"} & names.keys()


def _says(text: str, phrases: Sequence[str]) -> bool:
    low = " ".join(text[:LOOKED_AT].lower().replace("’", "'").split())
    return any(phrase in low for phrase in phrases)


def is_delay(headers: Sequence[tuple[str, str]], text: str) -> bool:
    """Does the report warn only, and the mail system go on trying?"""
    subject = next((value.lower() for name, value in headers if name.lower() == "subject"), "")
    return "delayed" in subject or "(delay)" in subject or _says(text, _DELAYS)


def own_addresses(headers: Sequence[tuple[str, str]]) -> frozenset[str]:
    """To whom the report went and who sent it: greeted in its text, but not the ones that failed."""
    wanted = ("to", "from", "delivered-to", "x-original-to", "reply-to", "return-path")
    return frozenset(
        address.lower()
        for name, value in headers
        if name.lower() in wanted
        for address in re.findall(_ADDRESS, value[:2_000])
    )


def recipients(text: str, own: Collection[str]) -> tuple[str, ...]:
    """Failed addresses in the words of the report, lower case: those of the most precise shape that occurs."""
    lines = [
        line[:LINE_LOOKED_AT].rstrip()
        for line in text[:LOOKED_AT].splitlines()
        if "@" in line and not _NOT_OF_RECIPIENT.match(line)
    ]
    for said in ([line for line in lines if not _ASIDE.match(line)], lines):
        for pattern in _LINES:
            matches = (pattern.match(line) for line in said)
            found = [address for match in matches if match and (address := _clean(match[1])) and address not in own]
            if found:
                return tuple(dict.fromkeys(found[:RECIPIENTS_LIMIT]))
    return ()


def _clean(address: str) -> str:
    bare = address.strip(".*`-=/\\!?。、").lower()
    local, _, domain = bare.rpartition("@")
    return bare if local and domain and not domain.startswith(".") and "/" not in domain else ""


def named_recipients(headers: Sequence[tuple[str, str]], returned: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """X-Failed-Recipients, else the recipient of the returned mail."""
    for fields, wanted in (
        (headers, ("x-failed-recipients",)),
        (returned, ("to", "delivered-to", "x-original-to", "cc", "bcc")),
    ):
        for name, value in fields:
            if name.lower() in wanted:
                found = re.findall(_ADDRESS, value[:4_000])
                if found:
                    return tuple(dict.fromkeys(address.lower() for address in found))
    return ()


def status_of(text: str) -> str | None:
    """The first enhanced status code of a failure (RFC 3463), else the class of the first SMTP reply code of one."""
    for match in STATUS.finditer(text[:LOOKED_AT]):
        if match[1] != "2":
            return f"{match[1]}.{match[2]}.{match[3]}"
    code = _REPLY_CODE.search(text[:LOOKED_AT])
    return f"{code[1]}.0.0" if code else None


def diagnostic_of(text: str) -> str | None:
    """The line that carries the SMTP reply, if there is one, with the lines it is folded over."""
    lines = text[:LOOKED_AT].splitlines()
    for number, line in enumerate(lines):
        if _REPLY_CODE.search(line[:LINE_LOOKED_AT]):
            said = [line.strip()[:LINE_LOOKED_AT]]
            indent = len(line) - len(line.lstrip())
            for following in lines[number + 1 : number + 4]:
                if (
                    not following.strip()
                    or len(following) - len(following.lstrip()) < max(indent, 1)
                    or _REPLY_CODE.match(following.strip())
                ):
                    break
                said.append(following.strip()[:LINE_LOOKED_AT])
            return " ".join(said)
    return None
