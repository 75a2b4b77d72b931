"""Words of the mails to agents that no template holds: what happened, what was done, and why not. English, Korean, Japanese."""

LANGUAGES = ("en", "ko", "ja")

_WORDS: dict[str, tuple[str, str, str]] = {
    # why we write
    "event_new": ("New ticket from {who}", "{who} 님이 새로 문의했습니다", "{who} 様から新しいお問い合わせです"),
    "event_assigned": (
        "{who} assigned this ticket to you",
        "{who} 님이 나를 이 티켓의 담당자로 지정했습니다",
        "{who} さんがこのチケットの担当に指定しました",
    ),
    "event_reply": ("{who} replied", "{who} 님이 답장했습니다", "{who} 様から返信がありました"),
    "event_rule": ("{who}", "{who}", "{who}"),
    "event_returned": (
        "This ticket went from {who} back to the team",
        "{who} 님이 맡던 티켓이 팀으로 돌아왔습니다",
        "{who} さんが担当していたチケットがチームに戻りました",
    ),
    "event_undelivered": (
        "Our mail did not arrive: {who}",
        "보낸 메일이 도착하지 않았습니다: {who}",
        "送信したメールが届きませんでした: {who}",
    ),
    "event_mention": (
        "{who} mentioned you in an internal note",
        "{who} 님이 내부 메모에서 나를 언급했습니다",
        "{who} さんから社内メモでメンションがありました",
    ),
    "event_sla_warning": (
        "An answer is due soon: {who}",
        "곧 답변 기한입니다: {who}",
        "まもなく回答期限です: {who}",
    ),
    "event_sla_breach": (
        "The answer is overdue: {who}",
        "답변 기한이 지났습니다: {who}",
        "回答期限を過ぎました: {who}",
    ),
    # facts of a ticket
    "status_new": ("new", "신규", "新規"),
    "status_open": ("open", "진행 중", "対応中"),
    "status_pending": ("waiting for the customer", "고객 답변 대기", "お客様の返信待ち"),
    "status_on_hold": ("on hold", "보류", "保留"),
    "status_solved": ("solved", "해결됨", "解決済み"),
    "status_closed": ("closed", "종료됨", "終了"),
    "priority_low": ("low", "낮음", "低"),
    "priority_normal": ("normal", "보통", "中"),
    "priority_high": ("high", "높음", "高"),
    "priority_urgent": ("urgent", "긴급", "緊急"),
    "nobody": ("nobody", "없음", "なし"),
    "customer": ("Customer", "고객", "お客様"),
    "status": ("Status", "상태", "状態"),
    "priority": ("Priority", "우선순위", "優先度"),
    "due": ("Due", "기한", "期限"),
    "due_at": ("{when}", "{when}", "{when}"),
    "due_late": ("{when}, overdue", "{when} (기한 지남)", "{when}（期限超過）"),
    "team": ("Team", "팀", "チーム"),
    "assignee": ("Assignee", "담당자", "担当者"),
    "tags": ("Tags", "태그", "タグ"),
    "others": ("Other tickets", "다른 티켓", "ほかのチケット"),
    "sender": ("Sender", "보낸 사람", "送信者"),
    "public": ("Public", "공개", "公開"),
    "internal": ("Internal", "내부", "社内"),
    "folded": (
        "(quoted text left out: {lines} lines)",
        "(인용된 내용 {lines}줄 생략)",
        "（引用された {lines} 行は省略）",
    ),
    "cut": ("(shortened)", "(일부 생략)", "（以下省略）"),
    "no_text": ("(no text)", "(내용 없음)", "（本文なし）"),
    "files": ("Files: {names}", "첨부 파일: {names}", "添付ファイル: {names}"),
    # how sure the sender is
    "trust_strong": ("verified by signature", "서명으로 확인됨", "署名で確認済み"),
    "trust_forwarded": ("verified by our mail provider", "메일 서비스가 확인함", "メールサービスが確認済み"),
    "trust_weak": (
        "sent by the domain's server, but not signed",
        "도메인의 서버에서 보냈으나 서명 없음",
        "ドメインのサーバーから送信、署名なし",
    ),
    "trust_none": (
        "NOT VERIFIED: may be somebody else",
        "확인되지 않음: 다른 사람일 수 있음",
        "未確認: 別人の可能性があります",
    ),
    "trust_temperror": (
        "could not be checked yet",
        "아직 확인하지 못함",
        "まだ確認できていません",
    ),
    # what was done
    "done_answer": (
        "Answer sent to: {to}",
        "답변을 보냈습니다. 받는 사람: {to}",
        "回答を送信しました。宛先: {to}",
    ),
    "done_answer_waiting": (
        "Public answer to: {to}. It leaves in {seconds} seconds; reply with #undo before then to take it back",
        "공개 답변, 받는 사람: {to}. {seconds}초 뒤에 발송되며, 그 전에 #취소 로 답장하시면 보내지 않습니다",
        "公開の回答、宛先: {to}。{seconds} 秒後に送信されます。取り消すには、それまでに #取消 と返信してください",
    ),
    "done_note": (
        "Internal note added. The customer does not see it",
        "내부 메모를 남겼습니다. 고객에게는 보이지 않습니다",
        "社内メモを追加しました。お客様には表示されません",
    ),
    "done_note_default": (
        "Internal note added, because you replied to an internal mail. The customer does not see it; "
        "to answer the customer, write #public at the top",
        "내부 메일에 답장하셨으므로 내부 메모로 남겼습니다. 고객에게는 보이지 않습니다. 고객에게 답변하려면 맨 위에 #공개 를 적어 주세요",
        "社内向けのメールへの返信のため、社内メモとして追加しました。お客様には表示されません。"
        "お客様に回答するには、先頭に #公開 と書いてください",
    ),
    "done_status": ("Status: {value}", "상태: {value}", "状態: {value}"),
    "done_assign": ("Assignee: {value}", "담당자: {value}", "担当者: {value}"),
    "done_team": ("Team: {value}", "팀: {value}", "チーム: {value}"),
    "done_priority": ("Priority: {value}", "우선순위: {value}", "優先度: {value}"),
    "done_tag": ("Tags: {value}", "태그: {value}", "タグ: {value}"),
    "done_field": ("{name}: {value}", "{name}: {value}", "{name}: {value}"),
    "done_field_emptied": ("{name}: emptied", "{name}: 비웠습니다", "{name}: 空にしました"),
    "type": ("Type", "유형", "種別"),
    "fields": ("Fields", "필드", "項目"),
    "done_type": ("Type: {value}", "유형: {value}", "種別: {value}"),
    "type_question": ("question", "문의", "質問"),
    "type_incident": ("incident", "장애", "障害"),
    "type_problem": ("problem", "문제", "問題"),
    "type_task": ("task", "작업", "作業"),
    "yes": ("yes", "예", "はい"),
    "no": ("no", "아니요", "いいえ"),
    "done_macro": ("Macro: {value}", "매크로: {value}", "マクロ: {value}"),
    "done_merge": (
        "This ticket was merged into #{value}; later replies go there",
        "이 티켓을 #{value} 에 병합했습니다. 이후의 답장은 그곳에 모입니다",
        "このチケットを #{value} に統合しました。以後の返信はそちらに届きます",
    ),
    "done_unmerge": (
        "The merge is undone: #{value} is a ticket of its own again",
        "병합을 취소했습니다. #{value} 은(는) 다시 별도의 티켓입니다",
        "統合を取り消しました。#{value} は再び独立したチケットです",
    ),
    "done_join": (
        "Taken into the conversation: {value}",
        "대화에 참여하도록 승인했습니다: {value}",
        "会話への参加を承認しました: {value}",
    ),
    "done_split": (
        "The last message became ticket #{value}",
        "마지막 메시지를 티켓 #{value} 로 분리했습니다",
        "最後のメッセージをチケット #{value} に分割しました",
    ),
    "done_spam": ("Marked as spam", "스팸으로 표시했습니다", "迷惑メールとして処理しました"),
    "done_undo_answer": (
        "Taken back before it was sent to: {to}. Your text was kept as an internal note",
        "발송 전에 취소했습니다. 받는 사람이었던 주소: {to}. 내용은 내부 메모로 남겼습니다",
        "送信前に取り消しました。宛先: {to}。本文は社内メモとして残しました",
    ),
    "done_undo": ("As it was before: {value}", "이전으로 되돌렸습니다: {value}", "元に戻しました: {value}"),
    "done_nothing": (
        "Nothing: the mail had no text and no command",
        "없음: 메일에 내용도 명령도 없었습니다",
        "なし: メールに本文もコマンドもありませんでした",
    ),
    # what was not done
    "unknown": (
        "{line} — there is no such command",
        "{line} — 없는 명령입니다",
        "{line} — このコマンドはありません",
    ),
    "unknown_meant": (
        "{line} — there is no such command; did you mean {meant}?",
        "{line} — 없는 명령입니다. 혹시 {meant} 인가요?",
        "{line} — このコマンドはありません。{meant} のことでしょうか",
    ),
    "value_missing": (
        "{line} — something is missing; write for example {meant}",
        "{line} — 값이 빠졌습니다. 예: {meant}",
        "{line} — 値がありません。例: {meant}",
    ),
    "value_superfluous": (
        "{line} — {meant} stands alone on its line",
        "{line} — {meant} 는 한 줄에 단독으로 적어 주세요",
        "{line} — {meant} は 1 行に単独で書いてください",
    ),
    "no_such": (
        "{line} — there is no “{value}”",
        "{line} — “{value}”에 해당하는 항목이 없습니다",
        "{line} — 「{value}」はありません",
    ),
    "no_such_meant": (
        "{line} — there is no “{value}”; did you mean {meant}?",
        "{line} — “{value}”에 해당하는 항목이 없습니다. 혹시 {meant} 인가요?",
        "{line} — 「{value}」はありません。{meant} のことでしょうか",
    ),
    "several": (
        "{line} — “{value}” could be {meant}; write more of the name",
        "{line} — “{value}” 에 해당하는 것이 여럿입니다: {meant}. 이름을 더 적어 주세요",
        "{line} — 「{value}」に当てはまるものが複数あります: {meant}。名前をもう少し書いてください",
    ),
    "refused": (
        "{line} — not done: {why}",
        "{line} — 처리하지 못했습니다: {why}",
        "{line} — 処理できませんでした: {why}",
    ),
    "role": (
        "{line} — your role does not allow this",
        "{line} — 권한이 없는 명령입니다",
        "{line} — この操作の権限がありません",
    ),
    "contradiction": (
        "#note and #public together — the text stays internal",
        "#메모 와 #공개 를 함께 적으셨습니다 — 내용은 내부에만 남깁니다",
        "#メモ と #公開 の両方があります — 本文は社内だけに残します",
    ),
    "nothing_to_send": (
        "{line} — you have no answer waiting on this ticket",
        "{line} — 이 티켓에 보류된 답변이 없습니다",
        "{line} — このチケットに保留中の回答はありません",
    ),
    "nothing_to_undo": (
        "{line} — nothing of yours from the last {seconds} seconds can be taken back on this ticket",
        "{line} — 이 티켓에서 최근 {seconds}초 안에 하신 일 가운데 되돌릴 수 있는 것이 없습니다",
        "{line} — このチケットで直近 {seconds} 秒以内に取り消せる操作はありません",
    ),
    "sent_already": (
        "{line} — already sent, cannot be taken back: {to}",
        "{line} — 이미 발송되어 취소할 수 없습니다: {to}",
        "{line} — すでに送信済みのため取り消せません: {to}",
    ),
    "not_undone": (
        "{line} — not taken back: {value}",
        "{line} — 되돌리지 못했습니다: {value}",
        "{line} — 取り消せませんでした: {value}",
    ),
    "nothing_to_join": (
        "{line} — nobody asks to join this ticket",
        "{line} — 이 티켓에 참여를 요청한 사람이 없습니다",
        "{line} — このチケットへの参加を求めている人はいません",
    ),
    # answers that wait for their author
    "held": (
        "Your answer was NOT sent. It waits as an internal draft. Reply with #send to send it as it is",
        "답변을 보내지 않았습니다. 내부 초안으로 보관 중입니다. 그대로 보내려면 #보내기 로 답장해 주세요",
        "回答は送信していません。社内の下書きとして保管しています。このまま送信するには #送信 と返信してください",
    ),
    "held_newer": (
        "{who} answered the customer at {time}, after the mail that you replied to. Read that answer first (it is in the web view)",
        "답장하신 메일보다 나중인 {time} 에 {who} 님이 고객에게 먼저 답변했습니다. 그 답변을 먼저 확인해 주세요(웹 화면에 있습니다)",
        "返信されたメールより後の {time} に、{who} さんがお客様に回答しています。先にその回答をご確認ください（Web 画面にあります）",
    ),
    "held_unclear": (
        "A line at the top was not understood, so it is not sure that the rest is meant for the customer",
        "맨 위의 명령 가운데 이해하지 못한 것이 있어, 나머지 내용이 고객에게 보낼 것인지 확실하지 않습니다",
        "先頭に理解できない行があり、残りの本文がお客様宛てかどうか判断できません",
    ),
    "held_quote": (
        "The text holds parts of our mail to you, which may have internal notes in it",
        "내용에 내부 메모가 들어 있을 수 있는 알림 메일의 일부가 포함되어 있습니다",
        "本文に、社内メモを含む可能性のある通知メールの一部が含まれています",
    ),
    "held_files": (
        "Your mail has files ({names}). Files are not sent to customers from a mailbox; #send sends the text without them",
        "메일에 파일({names})이 있습니다. 메일로 보내신 파일은 고객에게 전달되지 않으며, #보내기 를 쓰면 내용만 발송됩니다",
        "メールに添付ファイル（{names}）があります。添付ファイルはお客様に送信されません。#送信 では本文だけが送信されます",
    ),
    "held_closed": (
        "The ticket is closed. To answer all the same, write #open above #send",
        "종료된 티켓입니다. 그래도 답변하려면 #보내기 위에 #열기 를 함께 적어 주세요",
        "チケットは終了しています。それでも回答するには、#送信 の上に #再開 と書いてください",
    ),
    "held_impossible": (
        "It cannot be sent: {why}",
        "발송할 수 없습니다: {why}",
        "送信できません: {why}",
    ),
    # why a mail in an agent's name was not carried out
    "refusal_token": (
        "It was not sent to the reply address of your own notification mail.",
        "본인에게 발송된 알림 메일의 회신 주소로 보낸 메일이 아닙니다.",
        "ご本人宛ての通知メールの返信先に送られたものではありません。",
    ),
    "refusal_other": (
        "It used a reply address that was given to somebody else, or for another ticket.",
        "다른 사람 또는 다른 티켓에 발급된 회신 주소를 사용했습니다.",
        "ほかの人、または別のチケット用の返信先が使われていました。",
    ),
    "refusal_expired": (
        "The reply address that it used has expired.",
        "사용된 회신 주소의 유효 기간이 지났습니다.",
        "使われた返信先は有効期限が切れています。",
    ),
    "refusal_unproven": (
        "Nothing proves that it came from you: it has no valid DKIM signature of your domain.",
        "본인이 보낸 메일임이 확인되지 않았습니다. 본인 도메인의 유효한 DKIM 서명이 없습니다.",
        "ご本人が送信したことを確認できません。ご本人のドメインの有効な DKIM 署名がありません。",
    ),
    # what each command does
    "help_solved": ("solve the ticket", "해결 처리", "解決にする"),
    "help_open": ("open it (again)", "진행 중으로 변경, 다시 열기", "対応中にする、再開する"),
    "help_pending": ("wait for the customer", "고객 답변 대기", "お客様の返信を待つ"),
    "help_hold": ("put it on hold", "보류", "保留にする"),
    "help_status": ("set the status", "상태 변경", "状態を変更する"),
    "help_assign": (
        "give it to a colleague (“me”, “nobody” work too)",
        "담당자 지정 (나, 없음도 가능)",
        "担当者を指定する（自分、なし も可）",
    ),
    "help_take": ("take it yourself", "내가 담당", "自分が担当する"),
    "help_team": ("give it to a team", "팀 지정", "チームを指定する"),
    "help_priority": ("set the priority", "우선순위 변경", "優先度を変更する"),
    "help_tag": ("add and remove tags", "태그 추가와 제거", "タグを追加・削除する"),
    "help_field": ("set a field", "필드 값 입력", "項目の値を入力する"),
    "help_type": (
        "question, incident, problem or task",
        "문의, 장애, 문제, 작업 중에서 유형 지정",
        "質問・障害・問題・作業から種別を指定する",
    ),
    "help_note": ("the text below stays internal", "아래 내용을 내부 메모로", "以下の本文を社内メモにする"),
    "help_public": ("the text below goes to the customer", "아래 내용을 고객에게 발송", "以下の本文をお客様に送信する"),
    "help_macro": ("answer with a prepared text", "준비된 문구로 답변", "定型文で回答する"),
    "help_merge": ("merge this ticket into another", "다른 티켓에 병합", "別のチケットに統合する"),
    "help_join": ("let in whoever asks to join", "참여 요청 승인", "参加の依頼を承認する"),
    "help_split": (
        "give the customer's last mail a ticket of its own",
        "고객의 마지막 메일을 새 티켓으로 분리",
        "お客様の最新メールを別のチケットにする",
    ),
    "help_spam": (
        "close it as spam, without a word to the sender",
        "스팸으로 종료, 보낸 사람에게 알리지 않음",
        "迷惑メールとして終了（送信者には通知しない）",
    ),
    "help_send": ("send your answer that waits", "보류된 내 답변 발송", "保留中の自分の回答を送信する"),
    "help_undo": ("take back what your last mail did", "직전 메일로 한 일 되돌리기", "直前のメールの操作を取り消す"),
    "help_help": ("this list", "이 목록", "この一覧"),
    # explanations of the footer
    "reply_public": (
        "Your reply to this mail goes to the customer.",
        "이 메일에 답장하시면 고객에게 발송됩니다.",
        "このメールに返信すると、お客様に送信されます。",
    ),
    "reply_internal": (
        "Your reply to this mail stays internal.",
        "이 메일에 답장하시면 내부 메모로 남습니다.",
        "このメールへの返信は社内メモになります。",
    ),
    "reply_off": (
        "Replies by mail are not taken here, because senders are not checked (trust.verify). Please use the web view.",
        "보낸 사람을 확인하지 않는 설정(trust.verify)이므로 메일 답장은 처리되지 않습니다. 웹 화면을 이용해 주세요.",
        "送信者を確認しない設定（trust.verify）のため、メールでの返信は受け付けていません。Web 画面をご利用ください。",
    ),
    "commands": (
        "Commands, one a line, at the very top: {list}",
        "명령은 맨 위에 한 줄에 하나씩 적습니다: {list}",
        "コマンドは先頭に 1 行に 1 つずつ書きます: {list}",
    ),
}

WORDS = _WORDS


def say(language: str, key: str, /, **names: object) -> str:
    """The sentence for ``key`` in a language (English where it is unknown), with ``{names}`` filled in. KeyError for no such key."""
    sentence = _WORDS[key][LANGUAGES.index(language) if language in LANGUAGES else 0]
    return sentence.format(**names) if names else sentence
