"""Words of what happened to a ticket: English, Korean, Japanese."""

EVENTS: dict[str, tuple[str, str, str]] = {
    # events
    "event_status": (
        "{actor}: {before} → {after}",
        "{actor}: {before} → {after}",
        "{actor}: {before} → {after}",
    ),
    "event_assigned": ("{actor} assigned {after}", "{actor} → 담당자 {after}", "{actor} が担当者を {after} に変更"),
    "event_team": ("{actor} moved it to team {after}", "{actor} → 팀 {after}", "{actor} がチームを {after} に変更"),
    "event_priority": (
        "{actor} set priority {after}",
        "{actor} → 우선순위 {after}",
        "{actor} が優先度を {after} に変更",
    ),
    "event_tags": ("{actor} changed tags: {change}", "{actor} 태그 변경: {change}", "{actor} がタグを変更: {change}"),
    "event_merged": (
        "{actor} merged ticket #{source} into this one",
        "{actor} 님이 티켓 #{source} 을 병합했습니다",
        "{actor} がチケット #{source} を統合",
    ),
    "event_merged_into": (
        "{actor} merged this into ticket #{into}",
        "{actor} 님이 티켓 #{into} 에 병합했습니다",
        "{actor} がチケット #{into} に統合",
    ),
    "event_notice": ("Automatic mail: {notice} to {to}", "자동 메일: {notice} ({to})", "自動メール: {notice}（{to}）"),
    "event_forwarded_by": (
        "{actor} forwarded this mail of {author} ({sure})",
        "{actor} 님이 {author} 님의 메일을 전달 ({sure})",
        "{actor} が {author} のメールを転送（{sure}）",
    ),
    "forwarded_by": ("forwarded by {agent}", "{agent} 님이 전달", "{agent} が転送"),
    "event_maybe_from": (
        "Maybe from {author}: it reads as forwarded by {actor}, but nothing proves that {actor} sent it ({sure})",
        "{author} 님의 메일일 수 있음: {actor} 님이 전달한 것으로 보이지만 보낸 사람이 확인되지 않음 ({sure})",
        "{author} からの可能性: {actor} が転送したように見えますが、送信者を確認できません（{sure}）",
    ),
    "signature_images": ("Images of the signature", "서명 이미지", "署名の画像"),
    "hidden_text": (
        "This mail holds text that nobody sees: {count} characters. It is left out of the text and of quotes.",
        "이 메일에는 보이지 않는 글이 {count}자 있습니다. 본문과 인용에는 넣지 않았습니다.",
        "このメールには見えない文字が{count}字あります。本文と引用には含めていません。",
    ),
    "tracking_pixels": (
        "Tracking pixels taken out: {count}",
        "추적 픽셀 제거: {count}개",
        "追跡用の画像を除去: {count}件",
    ),
    "sure_exact": ("the original is attached", "원본 첨부", "原本を添付"),
    "sure_likely": ("read from the text", "본문에서 읽음", "本文から判断"),
    "event_form_fields": ("Form {form}: {fields}", "문의 양식 {form}: {fields}", "フォーム {form}：{fields}"),
    "event_voicemail": (
        "Recognised as from {system}. {said}",
        "{system}에서 온 메일로 인식. {said}",
        "{system} からのメールと判断。{said}",
    ),
    "event_suppressed": (
        "Not sent: {notice} – {why}",
        "발송하지 않음: {notice} – {why}",
        "送信せず: {notice} – {why}",
    ),
    "event_replayed": (
        "{actor} accepted what reading a mail again came to (change set {change_set}): {fields}",
        "{actor} 님이 메일을 다시 읽은 결과를 반영했습니다(변경 세트 {change_set}): {fields}",
        "{actor} がメールを読み直した結果を反映しました（変更セット {change_set}）：{fields}",
    ),
    "event_other": ("{kind}: {why}", "{kind}: {why}", "{kind}: {why}"),
}
