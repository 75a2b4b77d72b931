"""Words of "this was not me" and of the admin's page about abuse: English, Korean, Japanese."""

ABUSE: dict[str, tuple[str, str, str]] = {
    # mail that asks for a code or a click
    "asked_verification": ("It asks for this", "요청 내용", "求められている内容"),
    "asked_forwarding": ("It confirms a forwarding", "전달 확인", "転送の確認"),
    "asked_proven": (
        "The sender is verified. Use this only if one of you asked for it.",
        "발신자가 확인되었습니다. 직접 요청한 경우에만 사용하십시오.",
        "送信元は確認済みです。社内の誰かが依頼した場合に限り使用してください。",
    ),
    "asked_unproven": (
        "Nothing proves that this is from whom it says. A forger may want you to confirm something: open the service yourself instead.",
        "발신자가 확인되지 않았습니다. 사칭 메일일 수 있으니 링크를 열지 말고 해당 서비스에 직접 접속하십시오.",
        "送信元を確認できません。なりすましの可能性があるため、リンクは開かず、ご自身でサービスにアクセスしてください。",
    ),
    "asked_code": ("Code", "코드", "コード"),
    "asked_link": ("Link", "링크", "リンク"),
    "asked_nothing": (
        "No code and no link of this service was found; read the raw mail.",
        "코드나 해당 서비스의 링크를 찾지 못했습니다. 원본을 확인하십시오.",
        "コードもこのサービスのリンクも見つかりません。原本を確認してください。",
    ),
    # the admin's page
    "abuse": ("Abuse", "도용·남용", "なりすまし・悪用"),
    "breaker": ("Breaker of automatic mail", "자동 메일 차단기", "自動メールの遮断"),
    "breaker_open": (
        "Open until {until}: addresses that nothing proves get no automatic mail.",
        "{until}까지 작동 중: 확인되지 않은 주소로는 자동 메일을 보내지 않습니다.",
        "{until} まで作動中です。確認できないアドレスへの自動メールは送信されません。",
    ),
    "breaker_shut": (
        "Closed. {sent} of {limit} automatic mails to addresses that nothing proves within {minutes} minutes.",
        "작동하지 않음. 최근 {minutes}분 동안 확인되지 않은 주소로 보낸 자동 메일: {limit}통 중 {sent}통",
        "作動していません。確認できないアドレスへの自動メールは、直近{minutes}分で上限{limit}通のうち{sent}通です。",
    ),
    "breaker_close": ("Close it now", "지금 해제", "今すぐ解除"),
    "done_breaker_closed": ("The breaker is closed.", "차단기를 해제했습니다.", "遮断を解除しました。"),
    "campaigns": ("Mail in other people's names", "다른 사람 이름으로 온 메일", "他人の名前で届いたメール"),
    "campaigns_what": (
        "Waves of similar mails that came to light because somebody said “this was not me”.",
        "‘제가 보낸 게 아닙니다’라는 신고로 드러난 비슷한 메일들입니다.",
        "「私ではありません」という申告で判明した、似たメールのまとまりです。",
    ),
    "campaigns_none": ("Nobody has denied a mail.", "신고된 메일이 없습니다.", "申告されたメールはありません。"),
    "campaign_size": (
        "Tickets: {tickets} · addresses: {addresses} · denied: {denied}",
        "주소 {addresses}개, 티켓 {tickets}건 (신고 {denied}건)",
        "アドレス{addresses}件、チケット{tickets}件（申告{denied}件）",
    ),
    "campaign_from": ("From", "발신 네트워크", "送信元ネットワーク"),
    "silences": ("No automatic mail to", "자동 메일을 보내지 않는 주소", "自動メールを送らないアドレス"),
    "silences_what": (
        "Your people's answers still go to these addresses.",
        "상담원의 답장은 그대로 발송됩니다.",
        "担当者の返信は、これまでどおり送信されます。",
    ),
    "silences_none": (
        "Every address gets automatic mail.",
        "해당하는 주소가 없습니다.",
        "該当するアドレスはありません。",
    ),
    "silence_link": ("said so on the page", "링크로 신고", "リンクから申告"),
    "silence_reply": ("said so by mail", "메일로 신고", "メールで申告"),
    "silence_admin": ("by an admin", "관리자가 지정", "管理者が指定"),
    "silence_end": ("Allow again", "다시 허용", "再び許可"),
    "done_silence_ended": (
        "The address gets automatic mail again.",
        "이 주소로 다시 자동 메일을 보냅니다.",
        "このアドレスへの自動メールを再開しました。",
    ),
    "hold_silenced": (
        "held: the address gets no automatic mail",
        "자동 메일을 받지 않는 주소라서 보류됨",
        "自動メールを送らないアドレスのため保留",
    ),
    # the customer's page
    "not_me_title": ("Was it not you?", "직접 보내신 메일이 아닌가요?", "お心当たりがありませんか"),
    "not_me_what": (
        "{brand} got an email in the name of {mailbox} and confirmed that it arrived (reference {number}).",
        "{brand}에 {mailbox} 주소로 보낸 메일이 접수되어 접수 확인 메일을 보내 드렸습니다(문의 번호 {number}).",
        "{brand} に {mailbox} からのメールが届き、受付の確認メールをお送りしました（お問い合わせ番号 {number}）。",
    ),
    "not_me_then": (
        "If you did not write it, somebody else used your address. Tell us, and you will get no more automatic email from {brand}.",
        "직접 보내신 것이 아니라면 다른 사람이 고객님의 주소를 사용한 것입니다. "
        "알려 주시면 {brand}에서 더 이상 자동 메일을 보내지 않겠습니다.",
        "お送りになっていない場合は、第三者がお客様のアドレスを使用しています。"
        "お知らせいただければ、今後 {brand} から自動メールをお送りすることはありません。",
    ),
    "not_me_button": ("This was not me", "제가 보낸 게 아닙니다", "私ではありません"),
    "not_me_else": (
        "If you did write to us, simply close this page. Nothing changes.",
        "직접 보내신 것이 맞다면 이 페이지를 닫으시면 됩니다. 아무것도 바뀌지 않습니다.",
        "ご自身でお送りになった場合は、このページを閉じてください。何も変更されません。",
    ),
    "not_me_done": ("Thank you for telling us.", "알려 주셔서 감사합니다.", "お知らせいただきありがとうございます。"),
    "not_me_done_why": (
        "Your address gets no more automatic email from {brand}. If you write to us yourself one day, our people will still answer you.",
        "이제 {brand}에서 고객님의 주소로 자동 메일을 보내지 않습니다. 나중에 직접 문의하시면 담당자가 답변드리겠습니다.",
        "今後、{brand} からお客様のアドレスへ自動メールをお送りすることはありません。"
        "ご自身でお問い合わせいただいた場合は、担当者が返信いたします。",
    ),
}
