"""Words of why a mail is where it is: English, Korean, Japanese."""

TRACE: dict[str, tuple[str, str, str]] = {
    # trace
    "receipt": ("receipt", "접수 번호", "受付番号"),
    "evidence": ("Evidence", "근거", "根拠"),
    "verdict": ("Verdict", "판정", "判定"),
    "reason": ("Reason", "이유", "理由"),
    "trace_none": (
        "An agent wrote this; there was nothing to decide.",
        "상담원이 작성한 글이므로 판단할 것이 없었습니다.",
        "担当者が書いたもので、判定の対象ではありません。",
    ),
    "outcome": ("Outcome", "결과", "結果"),
    "outcome_open": ("opened this ticket", "새 티켓을 열었습니다", "新しいチケットを作成"),
    "outcome_append": ("joined this ticket", "이 티켓에 추가되었습니다", "このチケットに追加"),
    "outcome_follow_up": ("opened a follow-up ticket", "후속 티켓을 열었습니다", "続きのチケットを作成"),
    "outcome_join_request": (
        "kept as a stranger's request to join",
        "외부인의 참여 요청으로 보관되었습니다",
        "第三者の参加依頼として保管",
    ),
    "outcome_bounce": ("recorded as a bounce", "반송으로 기록되었습니다", "配信不能通知として記録"),
    "outcome_silent_event": ("recorded, nothing was sent", "기록만 하고 답하지 않았습니다", "記録のみ（自動返信なし）"),
    "written_by": ("Written by", "작성 주체", "作成者"),
    "rules": ("Rules", "규칙", "ルール"),
    "defects": ("Defects", "결함", "不備"),
    "forward_paths": ("Recipients", "수신 주소", "受信アドレス"),
    "configuration": ("Configuration", "설정", "設定"),
}
