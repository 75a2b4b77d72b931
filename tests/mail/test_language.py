"""The language of a text by its scripts."""

import pytest

from gateway.mail.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("로그인이 안 됩니다.", "ko"),
        ("ㅠㅠ 안돼요", "ko"),
        ("iPhone에서 Google Chrome 122 error code ERR_CONNECTION_RESET 가 나옵니다", "ko"),
        ("안녕하세요. 漢字도 씁니다.", "ko"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "ko"),  # decomposed, as macOS writes it
        ("ログインできません。", "ja"),
        ("ご確認お願いします", "ja"),
        ("ﾛｸﾞｲﾝできない", "ja"),
        ("東京都渋谷区の山田です。", "ja"),
        ("東京都渋谷区", None),
        ("无法登录，请帮忙。", None),
        ("I cannot log in since yesterday, please help.", "en"),
        ("Thanks!", "en"),
        ("It doesn’t work", "en"),
        ("Ich kann mich nicht anmelden, bitte helfen Sie mir.", None),
        ("Je ne peux pas me connecter.", None),
        ("No puedo entrar, gracias por la ayuda.", None),
        ("Nie moge sie zalogowac", None),
        ("Не могу войти", None),
        ("ไม่สามารถเข้าสู่ระบบได้", None),
        ("https://example.com/a/b?c=d hong@example.com 12345", None),
        ("12345 67-89", None),
        ("ERR_42 0x80070005", None),
        ("", None),
        ("👍", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_only_the_beginning_of_a_long_text_counts() -> None:
    assert language_of("로그인 " * 10_000 + "x" * 10_000_000) == "ko"
