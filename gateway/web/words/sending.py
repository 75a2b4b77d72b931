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
}
