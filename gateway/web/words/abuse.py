"""Words of "this was not me" and of the admin's page about abuse: English, Korean, Japanese."""

ABUSE: dict[str, tuple[str, str, str]] = {
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
