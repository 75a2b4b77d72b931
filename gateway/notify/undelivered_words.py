"""Why a mail did not arrive, in an agent's words: English, Korean, Japanese."""

from collections.abc import Sequence

from gateway.mail.dsn_reasons import Reason
from gateway.notify.agent_words import LANGUAGES

_WORDS: dict[str, tuple[str, str, str]] = {
    "no_such_address": (
        "the address does not exist",
        "존재하지 않는 주소입니다",
        "宛先のメールアドレスが存在しません",
    ),
    "no_such_domain": (
        "the domain of the address does not exist or takes no mail",
        "주소의 도메인이 없거나 메일을 받지 않습니다",
        "宛先のドメインが存在しないか、メールを受け付けていません",
    ),
    "moved": (
        "the person has moved to another address",
        "다른 주소로 옮긴 메일함입니다",
        "メールアドレスが変更されています",
    ),
    "disabled": ("the mailbox is switched off", "사용이 중지된 메일함입니다", "メールボックスが停止されています"),
    "full": ("the mailbox is full", "메일함이 가득 찼습니다", "メールボックスの容量がいっぱいです"),
    "too_big": (
        "the mail is too big for the mailbox",
        "메일이 너무 커서 받을 수 없습니다",
        "メールのサイズが大きすぎます",
    ),
    "filtered": (
        "the recipient's own filter refuses it",
        "받는 사람의 수신 차단에 걸렸습니다",
        "受信者側の設定で拒否されました",
    ),
    "refused": (
        "the recipient's mail server refuses our mail, perhaps as spam",
        "받는 쪽 메일 서버가 스팸 등의 이유로 거부했습니다",
        "相手のメールサーバーが迷惑メールなどの理由で拒否しました",
    ),
    "sender": (
        "the recipient's mail server does not accept us as a sender",
        "받는 쪽 메일 서버가 우리 발신 주소를 받아 주지 않습니다",
        "相手のメールサーバーがこちらの送信元を受け付けません",
    ),
    "unreachable": (
        "the recipient's mail server could not be reached in time",
        "기한 안에 받는 쪽 메일 서버에 연결하지 못했습니다",
        "期限内に相手のメールサーバーへ届けられませんでした",
    ),
    "unconfirmed": (
        "the connection broke twice at the end; it may have arrived",
        "전송이 끝날 무렵 두 번 끊겼습니다. 도착했을 수도 있습니다",
        "送信の最後で接続が二度切れました。届いている可能性もあります",
    ),
    "address": (
        "the mail server does not take the address as it is written",
        "메일 서버가 받아들이지 않는 주소입니다",
        "メールサーバーが受け付けない形式のアドレスです",
    ),
    "unknown": (
        "the mail server gave no reason that we know",
        "메일 서버가 알 수 있는 이유를 알려 주지 않았습니다",
        "メールサーバーからの理由が不明です",
    ),
}

_BY_REPORT: dict[Reason, str] = {
    Reason.UNKNOWN_USER: "no_such_address",
    Reason.UNKNOWN_HOST: "no_such_domain",
    Reason.MOVED: "moved",
    Reason.NOT_ACCEPTING: "no_such_domain",
    Reason.FULL: "full",
    Reason.SUSPENDED: "disabled",
    Reason.TOO_BIG: "too_big",
    Reason.SENDER: "sender",
    Reason.AUTHENTICATION: "sender",
    Reason.FILTERED: "filtered",
    Reason.RATE: "refused",
    Reason.RELAY: "sender",
    Reason.REFUSED: "refused",
    Reason.TEMPORARY: "unreachable",
    Reason.OTHER: "unknown",
}
_BY_REPLY = {  # gateway.delivery.outcome.Explanation.reason
    "no_such_mailbox": "no_such_address",
    "no_such_domain": "no_such_domain",
    "bad_address": "address",
    "moved": "moved",
    "mailbox_disabled": "disabled",
    "mailbox_unavailable": "disabled",
    "mailbox_full": "full",
    "too_big": "too_big",
    "not_ascii": "address",
    "refused": "refused",
    "content": "refused",
    "unreachable": "unreachable",
    "expired": "unreachable",
    "server_trouble": "unreachable",
    "unconfirmed": "unconfirmed",
}


_ELSEWHERE = (
    "The ticket page proposes another address of theirs",
    "티켓 화면에서 같은 분의 다른 주소를 제안합니다",
    "チケット画面で同じ方の別のアドレスを提案しています",
)


def by_report(reason: Reason) -> str:
    """The key for what a delivery report says."""
    return _BY_REPORT[reason]


def by_reply(reason: str) -> str:
    """The key for the outcome of our own tries."""
    return _BY_REPLY.get(reason, "unknown")


def known_elsewhere(addresses: Sequence[str], language: str) -> str:
    """What follows the reason where the ticket page proposes other addresses of the customer; "" where it proposes none."""
    if not addresses:
        return ""
    words = _ELSEWHERE[LANGUAGES.index(language) if language in LANGUAGES else 0]
    return f". {words}: {', '.join(addresses)}"


def why_undelivered(key: str, language: str) -> str:
    """The reason as a short sentence; English where the language is unknown."""
    return _WORDS.get(key, _WORDS["unknown"])[LANGUAGES.index(language) if language in LANGUAGES else 0]
