"""Words of an answer on its way: English, Korean, Japanese."""

SENDING: dict[str, tuple[str, str, str]] = {
    "sending_soon": (
        "Your answer leaves in {seconds} s.",
        "{seconds}초 후에 답장을 보냅니다.",
        "{seconds}秒後に返信を送信します。",
    ),
    "sending_undo": ("Take it back", "보내기 취소", "送信を取り消す"),
    "done_recalled": (
        "Your answer was not sent. It is in the form again.",
        "답장을 보내지 않았습니다. 작성한 글은 입력란에 있습니다.",
        "返信は送信されませんでした。文章は入力欄に戻しました。",
    ),
    "audience": ("Goes to {count}", "받는 사람 {count}명", "宛先{count}名"),
    "audience_left": ("left out: {count}", "제외 {count}명", "対象外{count}名"),
    "audience_came_back": (
        "mail to this address came back before",
        "이전에 이 주소로 보낸 메일이 반송되었습니다",
        "以前このアドレス宛てのメールが戻ってきました",
    ),
    "audience_removed": ("was taken off the ticket", "티켓에서 제외되었습니다", "チケットから外されています"),
    "audience_asked": (
        "asks to take part, and nobody has let them in",
        "참여를 요청했지만 아직 승인되지 않았습니다",
        "参加を希望していますが、まだ承認されていません",
    ),
    "audience_copied": (
        "stood in To or Cc, but does not take part",
        "받는 사람이나 참조에 있었지만 참여자는 아닙니다",
        "宛先やCcに含まれていましたが、参加者ではありません",
    ),
    "audience_unsendable": (
        "no mail can go there: take this person off before you answer",
        "메일을 보낼 수 없는 주소입니다. 답장하기 전에 참여자에서 제외해 주세요",
        "メールを送れないアドレスです。返信の前に参加者から外してください",
    ),
    "audience_told": (
        "When it is solved without an answer, the requester gets a notice.",
        "답장 없이 해결로 바꾸면 요청자에게 해결 안내가 발송됩니다.",
        "返信せずに解決済みにすると、依頼者に解決のお知らせが届きます。",
    ),
    "audience_not_told": (
        "When it is solved without an answer, nobody is told: {why}",
        "답장 없이 해결로 바꾸면 안내 메일이 발송되지 않습니다: {why}",
        "返信せずに解決済みにしても、お知らせは送信されません：{why}",
    ),
}
