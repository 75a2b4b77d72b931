"""Words of a ticket's end and what comes after it: English, Korean, Japanese."""

LIFECYCLE: dict[str, tuple[str, str, str]] = {
    "event_thanked": (
        "{actor} said thanks; the ticket stays as it is",
        "{actor} 님이 감사 인사를 보냈습니다. 티켓 상태는 그대로입니다",
        "{actor} からお礼のメールが届きました。チケットの状態は変わりません",
    ),
    "event_undelivered": (
        "Our mail to {to} did not arrive: {why}",
        "{to} 주소로 보낸 메일이 도착하지 않았습니다: {why}",
        "{to} 宛てのメールが届きませんでした：{why}",
    ),
    "thanked_reopen": ("It needs an answer: reopen", "답변이 필요함: 다시 열기", "回答が必要：再開する"),
}
