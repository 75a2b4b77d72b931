"""Words of tickets that an agent begins: English, Korean, Japanese."""

BEGIN: dict[str, tuple[str, str, str]] = {
    "begin": ("Write to a customer", "고객에게 먼저 쓰기", "お客様に送る"),
    "begin_what": (
        "Your mail opens a ticket that waits for the answer.",
        "메일을 보내면 답장을 기다리는 티켓이 만들어집니다.",
        "メールを送ると、返信待ちのチケットが作られます。",
    ),
    "begin_to": ("To", "받는 사람", "宛先"),
    "begin_name": ("Name, if you know it", "이름(알고 있는 경우)", "お名前（わかる場合）"),
    "begin_subject": ("Subject", "제목", "件名"),
    "begin_language": ("Language", "언어", "言語"),
    "begin_language_known": ("as we know them", "알려진 언어", "登録済みの言語"),
}
