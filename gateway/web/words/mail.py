"""Words of outbox and quarantine: English, Korean, Japanese."""

MAIL: dict[str, tuple[str, str, str]] = {
    # outbox
    "to": ("To", "받는 사람", "宛先"),
    "reverse_path": ("Reverse-path", "반송 경로", "リバースパス"),
    "headers": ("Headers", "헤더", "ヘッダー"),
    "state_queued": ("queued", "대기 중", "送信待ち"),
    "state_sending": ("sending", "발송 중", "送信中"),
    "state_sent": ("sent", "발송됨", "送信済み"),
    "state_failed": ("failed", "실패", "失敗"),
    "state_held": ("held", "보류됨", "保留"),
    "notice_ack": ("acknowledgement", "접수 확인", "受付確認"),
    "notice_answer": ("answer", "답장", "返信"),
    "notice_resolution": ("resolution notice", "해결 안내", "解決のお知らせ"),
    "notice_agent": ("to an agent", "상담원에게", "担当者宛て"),
    "hold_no_smarthost": (
        "held until a smarthost is set",
        "스마트호스트를 설정하면 발송됩니다",
        "スマートホスト設定まで保留",
    ),
    "hold_budget": ("held: too much automatic mail", "자동 메일이 너무 많아 보류됨", "自動メールが多すぎるため保留"),
    "hold_agent": ("held by an agent", "상담원이 보류함", "担当者が保留"),
    "hold": ("Hold", "보류", "保留する"),
    "release": ("Release", "발송 허용", "保留を解除"),
    "retry_now": ("Try now", "지금 다시 시도", "今すぐ再試行"),
    "attempts": ("{count} tries", "{count}회 시도", "{count}回試行"),
    "attempts_made": ("Tries", "시도 횟수", "試行回数"),
    "next_attempt": ("next", "다음 시도", "次回"),
    "last_reply": ("Last reply", "마지막 응답", "最後の応答"),
    "no_smarthost": (
        "No smarthost is set: mail is held here and leaves nobody's machine.",
        "스마트호스트가 없어 메일이 여기에 보관되며 외부로 나가지 않습니다.",
        "スマートホストが未設定のため、メールはここに保留され、外部へは送信されません。",
    ),
    "empty_outbox": ("No mail.", "메일이 없습니다.", "メールはありません。"),
    # quarantine
    "quarantine_what": (
        "Mail that was accepted and could not be worked on. Nothing is lost: the raw mail is kept.",
        "접수했지만 처리하지 못한 메일입니다. 원본은 그대로 보관되어 있습니다.",
        "受け付けたものの処理できなかったメールです。原本は保存されています。",
    ),
    "empty_quarantine": ("Quarantine is empty.", "격리된 메일이 없습니다.", "隔離されたメールはありません。"),
    "peer": ("Received from", "수신 경로", "受信元"),
    "in_clear": ("without TLS", "TLS 없음", "TLSなし"),
    "crashes": ("Crashes", "오류 횟수", "異常終了"),
    "last_error": ("Last error", "마지막 오류", "最後のエラー"),
    "retry": ("Try again", "다시 처리", "再処理"),
    "retry_why": (
        "Puts the mail back in front of the pipeline, as if it had just come in.",
        "방금 들어온 메일처럼 다시 처리합니다.",
        "届いたばかりのメールとしてもう一度処理します。",
    ),
}
