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
    "event_details_unread": (
        "{actor} answered what we asked for, but not so that it could be kept: {why}",
        "{actor} 님이 요청한 항목에 답했지만 저장할 수 없는 값입니다: {why}",
        "{actor} から項目の回答がありましたが、保存できない値です：{why}",
    ),
    "notify_daily": (
        "Once a day: my tickets that are due, that wait, that were thanked for",
        "하루에 한 번: 기한, 답변 대기, 감사 인사를 받은 내 티켓",
        "1日1回：期限・回答待ち・お礼が届いた担当チケット",
    ),
    "notify_weekly": (
        "Once a week: the week in figures (admins alone)",
        "일주일에 한 번: 한 주의 통계(관리자만)",
        "週1回：1週間の集計（管理者のみ）",
    ),
    "notice_reminder": ("reminder", "회신 요청", "返信のお願い"),
    "notice_delayed": ("notice of a delay", "답변 지연 안내", "回答遅延のお知らせ"),
    "notice_merged": ("notice of a merge", "병합 안내", "統合のお知らせ"),
    "notice_reply": ("reply by a rule", "규칙에 따른 답장", "ルールによる返信"),
    "notice_menu": ("menu", "번호 선택 안내", "番号選択のご案内"),
    "event_reminded": (
        "The customer was reminded ({step})",
        "고객에게 회신을 다시 요청했습니다 ({step})",
        "お客様に返信をお願いしました（{step}）",
    ),
    "event_promised": (
        "The customer was told: an answer by {until}",
        "고객에게 안내한 답변 기한: {until}",
        "お客様に案内した回答期限：{until}",
    ),
    "thanked_reopen": ("It needs an answer: reopen", "답변이 필요함: 다시 열기", "回答が必要：再開する"),
}
