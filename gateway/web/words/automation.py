"""Words of what follows by rules and promises: English, Korean, Japanese."""

AUTOMATION: dict[str, tuple[str, str, str]] = {
    "by_rule": ("A rule", "규칙", "ルール"),
    "event_rules": ("Rules acted: {rules}", "적용된 규칙: {rules}", "適用されたルール：{rules}"),
    "event_rule_failed": (
        "A rule could not be carried out: {why}",
        "규칙을 실행하지 못했습니다: {why}",
        "ルールを実行できませんでした：{why}",
    ),
    "event_type": ("{actor} set the type to {after}", "{actor} → 유형 {after}", "{actor} が種別を {after} に変更"),
    "event_fields": (
        "{actor} changed fields: {change}",
        "{actor} 필드 변경: {change}",
        "{actor} が項目を変更：{change}",
    ),
    "event_sla_warned": (
        "{promise} is due soon: {due}",
        "{promise} 기한이 곧 다가옵니다: {due}",
        "{promise}の期限が近づいています：{due}",
    ),
    "event_sla_breached": (
        "{promise} was due at {due} and is late",
        "{promise} 기한({due})이 지났습니다",
        "{promise}の期限（{due}）を過ぎました",
    ),
    "event_promise_summed": (
        "{to} are told of the deadline {due} in a summary: too many at once",
        "기한({due})이 한꺼번에 몰려 {to}에게 요약 메일로 알립니다",
        "期限（{due}）が重なったため、{to}には要約メールでお知らせします",
    ),
    "promise_first_reply": ("The first answer", "첫 답변", "最初の回答"),
    "promise_next_reply": ("The next answer", "다음 답변", "次の回答"),
    "promise_update": ("The next update", "진행 상황 안내", "経過のご連絡"),
    "promise_wait": ("The customer's wait", "고객 대기 시간", "お客様の待ち時間"),
    "promise_resolution": ("The solution", "해결", "解決"),
}
