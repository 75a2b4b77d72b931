"""Words of reports: English, Korean, Japanese. docs/reports.md repeats the English definitions."""

REPORTS: dict[str, tuple[str, str, str]] = {
    "reports": ("Reports", "보고서", "レポート"),
    "report_times": ("How long tickets take", "티켓 처리 시간", "チケットの対応時間"),
    "topics": ("What customers write about", "문의 내용", "問い合わせの内容"),
    "topics_what": (
        "Beside it as many days before. Of each, the fifteen most frequent; `gateway report topics` tells all.",
        "오른쪽은 그 앞 같은 기간의 값입니다. 항목마다 많은 순으로 15개만 보입니다. 전체는 `gateway report topics` 명령으로 확인합니다.",
        "右はその前の同じ期間の値です。それぞれ上位15件を表示します。すべては `gateway report topics` で確認できます。",
    ),
    "topics_unused": (
        "Fields that no ticket of this time has: {names}",
        "이 기간에 한 번도 쓰이지 않은 필드: {names}",
        "この期間に一度も使われていない項目：{names}",
    ),
    "topic_type": ("Type", "유형", "種別"),
    "topic_now": ("Tickets", "티켓", "チケット"),
    "topic_before": ("Before", "이전 기간", "前の期間"),
    "report_days": ("Last {count} days", "최근 {count}일", "過去{count}日"),
    "report_tickets": (
        "tickets created since {since}: {count}",
        "{since} 이후 생성된 티켓 {count}건",
        "{since}以降に作成されたチケット{count}件",
    ),
    "report_cut": (
        "Only the newest {count} tickets are counted here; `gateway report times` counts all.",
        "최신 티켓 {count}건만 집계했습니다. `gateway report times` 명령은 전체를 집계합니다.",
        "最新の{count}件だけを集計しています。すべての集計は `gateway report times` で行えます。",
    ),
    "report_measured": ("{known} of {count} measured", "{count}건 중 {known}건 측정", "{count}件中{known}件を計測"),
    "report_business": ("Business time", "업무 시간", "営業時間"),
    "report_calendar": ("Calendar time", "실제 시간", "実時間"),
    "report_mean": ("mean", "평균", "平均"),
    "report_median": ("median", "중앙값", "中央値"),
    "report_p90": ("9 of 10 within", "90%가 이내", "90%がこの時間以内"),
    "report_definitions": ("What the figures mean", "지표의 정의", "指標の定義"),
    "report_counts": (
        "Answers: {replies}; solved by one touch: {one_touch} of {solved}; reopened tickets: {reopened} (times in all: {reopens})",
        "답변 {replies}건 · 해결된 티켓 {solved}건 중 {one_touch}건을 한 번에 해결 · 다시 열린 티켓 {reopened}건(모두 {reopens}회)",
        "回答{replies}件・解決済み{solved}件のうち{one_touch}件をワンタッチで解決・再オープンされたチケット{reopened}件（計{reopens}回）",
    ),
    "report_all": ("All tickets", "전체 티켓", "すべてのチケット"),
    "report_none": ("(none)", "(없음)", "（なし）"),
    "measure_first_reply": ("First reply time", "첫 답변 시간", "初回返信時間"),
    "measure_first_reply_what": (
        "The customer's first word to the first public answer after it. Acknowledgements and other automatic mail are no answers.",
        "고객의 첫 메시지부터 그 뒤의 첫 공개 답변까지입니다. 접수 확인 등 자동 메일은 답변으로 치지 않습니다.",
        "お客様の最初のメッセージから、その後の最初の公開回答までです。受付確認などの自動メールは回答に含みません。",
    ),
    "measure_first_resolution": ("First resolution time", "첫 해결 시간", "初回解決時間"),
    "measure_first_resolution_what": (
        "The customer's first word to the first time the ticket was solved.",
        "고객의 첫 메시지부터 티켓이 처음 해결된 때까지입니다.",
        "お客様の最初のメッセージから、チケットが初めて解決されるまでです。",
    ),
    "measure_full_resolution": ("Full resolution time", "최종 해결 시간", "最終解決時間"),
    "measure_full_resolution_what": (
        "The customer's first word to the last time the ticket was solved; unknown while it is not solved.",
        "고객의 첫 메시지부터 티켓이 마지막으로 해결된 때까지입니다. 해결되지 않은 동안에는 값이 없습니다.",
        "お客様の最初のメッセージから、チケットが最後に解決されるまでです。解決していない間は値がありません。",
    ),
    "measure_requester_wait": ("Requester wait", "고객 대기 시간", "お客様の待ち時間"),
    "measure_requester_wait_what": (
        "All the time in which the customer waited for us or a third party (new, open, on hold), until solved; "
        "unknown while it is not solved.",
        "고객이 우리나 제삼자를 기다린 시간(신규, 진행 중, 보류)을 해결까지 모두 더한 값입니다. 해결되지 않은 동안에는 값이 없습니다.",
        "お客様が当方または第三者を待っていた時間（新規、対応中、保留）を、解決まで合計したものです。解決していない間は値がありません。",
    ),
    "measure_agent_work": ("Agent work", "상담원 처리 시간", "担当者の対応時間"),
    "measure_agent_work_what": (
        "The part of the requester wait in which it was our turn (new, open).",
        "고객 대기 시간 가운데 우리 차례였던 시간(신규, 진행 중)입니다.",
        "お客様の待ち時間のうち、当方の番だった時間（新規、対応中）です。",
    ),
    "measure_on_hold": ("On-hold time", "보류 시간", "保留時間"),
    "measure_on_hold_what": (
        "The part of the requester wait in which it was a third party's turn (on hold).",
        "고객 대기 시간 가운데 제삼자의 차례였던 시간(보류)입니다.",
        "お客様の待ち時間のうち、第三者の番だった時間（保留）です。",
    ),
    "measure_agent_wait": ("Agent wait", "상담원 대기 시간", "担当者の待ち時間"),
    "measure_agent_wait_what": (
        "All the time in which we waited for the customer (pending), until solved; unknown while it is not solved.",
        "우리가 고객을 기다린 시간(고객 답변 대기)을 해결까지 모두 더한 값입니다. 해결되지 않은 동안에는 값이 없습니다.",
        "当方がお客様を待っていた時間（お客様の返信待ち）を、解決まで合計したものです。解決していない間は値がありません。",
    ),
    "measure_counts_what": (
        "Answers are public words of agents. One touch: solved with one answer at most, and never reopened. "
        "Reopens: how often a solved ticket was opened again.",
        "답변은 상담원의 공개 메시지입니다. 한 번에 해결: 답변 한 번 이내로 해결되고 다시 열리지 않은 티켓입니다. "
        "다시 열림: 해결된 티켓이 다시 열린 횟수입니다.",
        "回答は担当者の公開メッセージです。ワンタッチ：1回以内の回答で解決し、再オープンされていないチケットです。"
        "再オープン：解決済みのチケットが再び開かれた回数です。",
    ),
    "measure_time_what": (
        "Business time counts the hours of the calendar of the ticket's policy, else of its team, else day and night; "
        "calendar time is the time on the clock. A time is known once both its events have happened; merged tickets are not counted.",
        "업무 시간은 티켓에 적용된 정책의 달력, 없으면 팀의 달력, 그것도 없으면 24시간을 기준으로 셉니다. "
        "실제 시간은 시계로 잰 시간입니다. 시작과 끝이 모두 일어난 뒤에만 값이 있으며, 병합된 티켓은 세지 않습니다.",
        "営業時間は、チケットのポリシーのカレンダー、なければチームのカレンダー、それもなければ24時間で数えます。"
        "実時間は時計どおりの時間です。開始と終了の両方が起きて初めて値があります。統合されたチケットは数えません。",
    ),
}
