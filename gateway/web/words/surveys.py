"""Words of surveys: the customer's pages, and what our own people see of ratings. English, Korean, Japanese."""

SURVEYS: dict[str, tuple[str, str, str]] = {
    # the customer's page
    "rate_title": ("How did we do?", "상담은 만족스러우셨나요?", "対応はいかがでしたか"),
    "rate_what": (
        "{brand} would like to know how satisfied you are with the help you received (reference {number}).",
        "{brand} 상담에 얼마나 만족하셨는지 알려 주십시오(문의 번호 {number}).",
        "{brand} の対応にどの程度ご満足いただけたか、お聞かせください（お問い合わせ番号 {number}）。",
    ),
    "rate_scale": ("Your answer", "만족도", "ご満足度"),
    "rate_reason": (
        "If something was not right: what was it?",
        "아쉬운 점이 있었다면 무엇인가요?",
        "ご不満の点がございましたら、お選びください",
    ),
    "rate_no_reason": ("Choose, if you like", "선택 사항", "任意"),
    "rate_comment": ("Anything else you would like to tell us", "더 남기실 말씀", "ご意見・ご感想（任意）"),
    "rate_comment_why": (
        "For help with your request, please reply to our email instead.",
        "추가 도움이 필요하시면 저희가 보내 드린 메일에 답장해 주십시오.",
        "お困りのことがございましたら、メールにご返信ください。",
    ),
    "rate_button": ("Send my answer", "답변 보내기", "回答を送信"),
    "rate_change": ("Change my answer", "답변 변경", "回答を変更"),
    "rate_done": (
        "Thank you. Your answer: {label}",
        "답변해 주셔서 감사합니다. 선택하신 답변: {label}",
        "ご回答ありがとうございます。ご回答: {label}",
    ),
    "rate_again": (
        "You can still change your answer.",
        "답변을 변경하실 수 있습니다.",
        "回答は変更できます。",
    ),
    "rate_over": (
        "The time for answering this question is over.",
        "설문 응답 기간이 끝났습니다.",
        "回答の受付期間は終了いたしました。",
    ),
    "rate_stop": ("I want no more surveys", "설문을 그만 받고 싶습니다", "今後アンケートを受け取らない"),
    "rate_own_people": (
        "You are logged in as one of our own people, who do not rate. Log out to see the page as a customer does.",
        "상담원은 평가할 수 없습니다. 고객 화면을 사용하시려면 로그아웃하십시오.",
        "担当者は評価できません。お客様の画面を利用するには、ログアウトしてください。",
    ),
    "stop_title": ("No more surveys?", "설문을 그만 받으시겠습니까?", "アンケートの配信停止"),
    "stop_what": (
        "{brand} sometimes asks {mailbox} how satisfied you were. You can end that here.",
        "{brand}에서는 상담이 끝난 뒤 {mailbox} 주소로 만족도 설문을 보내 드립니다. 원하지 않으시면 여기에서 그만 받으실 수 있습니다.",
        "{brand} から {mailbox} 宛てに、対応後のアンケートをお送りしています。ご不要の場合は、こちらから停止できます。",
    ),
    "stop_button": ("Send me no more surveys", "설문 그만 받기", "アンケートを停止する"),
    "stop_done": (
        "You will get no more surveys from {brand}.",
        "이제 {brand}에서 설문을 보내지 않습니다.",
        "今後、{brand} からアンケートをお送りすることはありません。",
    ),
    "stop_done_why": (
        "Answers to your questions still reach you as before.",
        "문의에 대한 답변은 이전과 같이 받으실 수 있습니다.",
        "お問い合わせへの回答は、これまでどおりお送りいたします。",
    ),
    # for our own people
    "csat": ("Satisfaction", "만족도", "満足度"),
    "csat_what": (
        "The last {days} days. A rate counts customers whom the question reached: it was accepted and did not come back within 3 days.",
        "최근 {days}일. 응답률은 설문이 도착한 고객(접수된 뒤 3일 안에 반송되지 않음)을 기준으로 합니다.",
        "直近{days}日間。割合は、アンケートが届いたお客様（受理され、3日以内に返送されなかった方）を基準としています。",
    ),
    "csat_score": ("satisfied", "만족", "満足"),
    "csat_response": ("answered", "응답률", "回答率"),
    "csat_asked": ("asked", "설문 발송", "送信"),
    "csat_reached": ("reached", "도착", "到達"),
    "csat_answered": ("answers", "응답", "回答"),
    "csat_ratings": ("Latest answers", "최근 응답", "最近の回答"),
    "csat_none": ("Nobody has answered yet.", "아직 응답이 없습니다.", "回答はまだありません。"),
    "csat_off": (
        "Customers are not asked: set csat.enabled in the configuration.",
        "설문을 보내지 않도록 설정되어 있습니다. 설정의 csat.enabled를 확인하십시오.",
        "アンケートは送信されません。設定の csat.enabled をご確認ください。",
    ),
    "csat_skipped": ("Not asked, because", "보내지 않은 이유", "送信しなかった理由"),
    "csat_by_value": ("Answers", "응답 분포", "回答の内訳"),
    "notice_csat": ("survey", "만족도 설문", "アンケート"),
    "kind_rating": ("rating", "만족도 응답", "評価"),
    "event_rated": (
        "{actor} rated: {label} ({value}/{scale}) {comment}",
        "{actor} 님의 만족도 응답: {label} ({value}/{scale}) {comment}",
        "{actor} の評価: {label}（{value}/{scale}）{comment}",
    ),
    "event_no_surveys": (
        "{actor} wants no more surveys",
        "{actor} 님이 설문 수신을 거부했습니다",
        "{actor} がアンケートの停止を希望",
    ),
    "event_rating_ignored": ("A rating was not counted: {why}", "집계하지 않은 평가: {why}", "数えなかった評価: {why}"),
}
