"""Words of macros, shared and own ones: English, Korean, Japanese."""

MACROS: dict[str, tuple[str, str, str]] = {
    "macros_own": ("My macros", "내 매크로", "マイマクロ"),
    "macros_shared": ("For everybody", "공용", "共用"),
    "macros_own_what": (
        "Only you use them: on the ticket page, and by mail with #macro and the title. They win over shared ones of the same name.",
        "본인만 쓰는 답변과 설정입니다. 티켓 화면에서 고르거나 메일에 #매크로와 제목을 적습니다. 같은 이름의 공용 매크로보다 우선합니다.",
        "自分専用の定型文と設定です。チケット画面で選ぶか、メールに「#マクロ」とタイトルを書きます。同名の共用マクロより優先されます。",
    ),
    "macro_new": ("New macro", "새 매크로", "新しいマクロ"),
    "macro_field_title": ("Title", "제목", "タイトル"),
    "macro_title_why": (
        "What you choose on the ticket page and write after #macro.",
        "티켓 화면에서 고르고, 메일에서는 #매크로 다음에 적는 이름입니다.",
        "チケット画面で選び、メールでは「#マクロ」の後に書く名前です。",
    ),
    "macro_field_text": ("Text", "내용", "本文"),
    "macro_text_why": (
        "The ticket's language is used, else the brand's. Filled in: {names}",
        "티켓의 언어로 된 내용이 쓰이며, 없으면 브랜드의 언어가 쓰입니다. 자동으로 채워지는 항목: {names}",
        "チケットの言語の本文を使い、なければブランドの言語を使います。自動で入る項目: {names}",
    ),
    "macro_text_en": ("English", "영어", "英語"),
    "macro_text_ko": ("Korean", "한국어", "韓国語"),
    "macro_text_ja": ("Japanese", "일본어", "日本語"),
    "macro_sets": ("Sets on the ticket", "티켓에 설정할 항목", "チケットに設定する項目"),
    "macro_leaves": ("leave as it is", "변경하지 않음", "変更しない"),
    "macro_field_status": ("Status", "상태", "ステータス"),
    "macro_field_priority": ("Priority", "우선순위", "優先度"),
    "macro_field_team": ("Team", "팀", "チーム"),
    "macro_field_tags": ("Tags to add", "추가할 태그", "追加するタグ"),
    "macro_field_fields": ("Details", "상세 정보", "詳細"),
    "macro_fields_why": (
        "Details that are left empty stay as they are on the ticket.",
        "비워 둔 상세 정보는 티켓에 있는 값을 그대로 둡니다.",
        "空欄の項目は、チケットの値をそのまま残します。",
    ),
    "macro_set_alone": (
        "Only set what the macro sets, without an answer",
        "답변 없이 매크로의 설정만 적용",
        "返信せずにマクロの設定だけを適用",
    ),
    "done_macro": (
        "What the macro sets is set; nothing was sent.",
        "매크로의 설정을 적용했습니다. 메일은 보내지 않았습니다.",
        "マクロの設定を適用しました。メールは送信していません。",
    ),
}
