"""Words of agents' work by mail: English, Korean, Japanese."""

AGENTS: dict[str, tuple[str, str, str]] = {
    "fate_command": ("Orders of an agent", "상담원 명령", "担当者の指示"),
    "kind_agent_refused": (
        "In an agent's name, not carried out",
        "상담원 명의, 처리하지 않음",
        "担当者名義・処理せず",
    ),
    "kind_draft": ("Answer not sent yet", "아직 보내지 않은 답변", "未送信の回答"),
    "kind_sent_draft": ("Draft, sent since", "이후 발송된 초안", "送信済みの下書き"),
    "draft_send": ("Send to the customer", "고객에게 보내기", "お客様に送信"),
    "draft_why": (
        "This answer was written by mail and waits for its author: #send by mail, or here.",
        "메일로 작성한 답변이며 작성자의 확인을 기다립니다. 메일로 #보내기 를 보내거나 여기에서 보낼 수 있습니다.",
        "メールで書かれた回答で、作成者の確認待ちです。メールで #送信 と返信するか、ここから送信できます。",
    ),
    "event_agent_mail": ("{actor} by mail: {done}", "{actor} 님의 메일 처리: {done}", "{actor} がメールで実行: {done}"),
    "event_agent_refused": (
        "A mail in the name of {actor} was not carried out: {why}",
        "{actor} 님 명의의 메일을 처리하지 않음: {why}",
        "{actor} 名義のメールを処理せず: {why}",
    ),
    "event_recalled": (
        "{actor} took back an answer before it was sent to {to}",
        "{actor} 님이 발송 전에 답변을 취소함 ({to})",
        "{actor} が送信前に回答を取り消し（{to}）",
    ),
    "notifications": ("Mail about tickets", "티켓 알림 메일", "チケットの通知メール"),
    "notifications_why": (
        "You can answer these mails, and write commands at the top of your reply. You are never told of what you did yourself.",
        "이 메일에 답장하거나 답장 맨 위에 명령을 적을 수 있습니다. 본인이 한 일은 알리지 않습니다.",
        "このメールには返信でき、返信の先頭にコマンドを書けます。ご自身の操作は通知されません。",
    ),
    "notify_new": (
        "Tickets that nobody has, and replies on them",
        "담당자가 없는 티켓과 그 티켓의 답장",
        "担当者のいないチケットとその返信",
    ),
    "notify_assigned": (
        "A colleague assigns me a ticket",
        "동료가 나를 담당자로 지정할 때",
        "同僚が自分を担当者に指定したとき",
    ),
    "notify_reply": (
        "A customer replies on a ticket of mine",
        "내 티켓에 고객이 답장할 때",
        "自分のチケットにお客様の返信があったとき",
    ),
    "notify_mention": (
        "Somebody writes @ and my name in a note",
        "메모에서 @ 와 내 이름으로 언급될 때",
        "社内メモで @ と自分の名前が書かれたとき",
    ),
    "notify_sla": (
        "An answer is due soon, or late",
        "답변 기한이 다가오거나 지났을 때",
        "回答期限が近いとき、過ぎたとき",
    ),
    "macro": ("Macro", "매크로", "マクロ"),
    "macro_use": ("Insert", "넣기", "挿入"),
}
