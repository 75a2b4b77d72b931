"""Words of the page on which notices are looked at: English, Korean, Japanese."""

NOTICES: dict[str, tuple[str, str, str]] = {
    "notices": ("Mail to customers", "고객에게 보내는 메일", "お客様へのメール"),
    "notices_what": (
        "What customers read, as it would be sent now. Nothing is sent or changed here; addresses and links in it lead nowhere.",
        "지금 발송하면 고객이 보게 될 내용입니다. 여기서는 발송되거나 바뀌는 것이 없으며, 메일 속 주소와 링크도 동작하지 않습니다.",
        "今送信した場合にお客様がご覧になる内容です。この画面では何も送信・変更されません。メール内の宛先やリンクは機能しません。",
    ),
    "notices_ticket": ("About ticket", "티켓 번호", "チケット番号"),
    "notices_made_up": ("a made-up one", "예시 티켓", "例のチケット"),
    "notices_brand": ("Brand", "브랜드", "ブランド"),
    "notices_situation": ("Situation", "상황", "状況"),
    "notices_template": ("Template", "템플릿", "テンプレート"),
    "notices_show": ("Show", "보기", "表示"),
    "notices_length": (
        "The text has {count} characters; beyond {limit} few people read on.",
        "본문은 {count}자입니다. {limit}자가 넘으면 끝까지 읽는 사람이 드뭅니다.",
        "本文は{count}文字です。{limit}文字を超えると、最後まで読まれにくくなります。",
    ),
    "notices_findings": ("Worth a look", "확인이 필요한 항목", "確認が必要な項目"),
    "notices_no_findings": (
        "No language, part or signature is missing in your own words, and none is too long.",
        "직접 작성한 문구에 빠진 언어나 본문, 서명이 없고 지나치게 긴 문구도 없습니다.",
        "独自の文面に、不足している言語・本文・署名はなく、長すぎる文面もありません。",
    ),
    "language_ko": ("Korean", "한국어", "韓国語"),
    "language_ja": ("Japanese", "일본어", "日本語"),
    "language_en": ("English", "영어", "英語"),
    "situation_": ("as usual", "평상시", "通常"),
    "situation_holiday": ("holiday", "휴무일", "休業日"),
    "situation_after_hours": ("after hours", "업무 시간 외", "営業時間外"),
    "situation_overload": ("overload", "문의 폭주", "混雑時"),
    "situation_vip": ("important customer", "중요 고객", "重要なお客様"),
}
